import type {Engine, EngineLogEvent} from '../../engines/engine.ts';
import {createLogInterpreter} from '../../engines/log/log-interpreter.ts';
import type {LogLine} from '../../samples/log-line.ts';
import type {Clock} from '../loop/clock.ts';

import type {RunSinks} from './watched-run.ts';

/**
 * Turns the log lines of a run into lifecycle events, in order. `isPast`: lines from before this supervisor, of an engine
 * that serves: what it reported about itself holds, what happened then is over.
 */
export function createLogReader(
  runId: string,
  engine: Pick<Engine, 'interpretLogLine'>,
  clock: Pick<Clock, 'monotonicMs'>,
  {post, observe}: RunSinks,
): (lines: readonly LogLine[], isPast?: boolean) => void {
  const interpret = createLogInterpreter(engine);

  function take(event: EngineLogEvent): void {
    switch (event.type) {
      case 'version':
        post({type: 'log-version', runId, version: event.version});
        break;
      case 'phase':
        post({type: 'log-phase', runId, phase: event.phase});
        break;
      case 'progress':
        post({type: 'log-progress', runId, phase: event.phase, ratio: event.ratio});
        break;
      case 'ready':
        post({type: 'log-progress', runId, phase: 'serve', ratio: 1});
        break;
      case 'fact':
        post({type: 'log-fact', runId, name: event.name, value: event.value});
        break;
      case 'failure':
        post({type: 'log-failure', runId, finding: event.finding});
        break;
      case 'traffic':
        observe({type: 'logged-traffic', traffic: event.traffic});
        break;
      case 'request':
        observe({type: 'logged-request', request: event.request});
        break;
      case 'notice':
        observe({type: 'log-notice', finding: event.finding, isLasting: event.isLasting ?? false});
        break;
      // Steps are counted by the engine's metrics.
      case 'step-awaited':
      case 'shutdown-requested':
        break;
    }
  }

  return (lines, isPast = false) => {
    for (const line of lines) {
      for (const event of interpret(line, clock.monotonicMs())) if (!isPast || holds(event)) take(event);
    }
  };
}

/** True for what an engine says of itself, and for what is added up since its start; false for what happened at a moment. */
function holds(event: EngineLogEvent): boolean {
  switch (event.type) {
    case 'failure':
    case 'traffic':
      return false;
    case 'notice':
      return event.isLasting === true;
    default:
      return true;
  }
}
