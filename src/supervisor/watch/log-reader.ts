import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {RunEvent} from '../../domain/lifecycle/lifecycle.ts';
import type {Engine, EngineLogEvent} from '../../engines/engine.ts';
import {createLogInterpreter} from '../../engines/log/log-interpreter.ts';
import type {LogLine} from '../../samples/log-line.ts';
import type {LoggedTraffic} from '../../samples/logged-traffic.ts';
import type {Clock, WithoutTime} from '../loop/clock.ts';

/** Who hears what of a run's log. */
export type LogReaderObservers = {
  readonly onEvent: (event: WithoutTime<RunEvent>) => void;
  readonly onTraffic: (traffic: LoggedTraffic) => void;
  readonly onNotice: (finding: Finding) => void;
};

/** Turns the log lines of a run into lifecycle events, in order. */
export function createLogReader(
  runId: string,
  engine: Pick<Engine, 'interpretLogLine'>,
  clock: Pick<Clock, 'monotonicMs'>,
  observers: LogReaderObservers,
): (lines: readonly LogLine[]) => void {
  const interpret = createLogInterpreter(engine);
  const {onEvent, onTraffic, onNotice} = observers;

  function take(event: EngineLogEvent): void {
    switch (event.type) {
      case 'version':
        onEvent({type: 'log-version', runId, version: event.version});
        break;
      case 'phase':
        onEvent({type: 'log-phase', runId, phase: event.phase});
        break;
      case 'progress':
        onEvent({type: 'log-progress', runId, phase: event.phase, ratio: event.ratio});
        break;
      case 'ready':
        onEvent({type: 'log-progress', runId, phase: 'serve', ratio: 1});
        break;
      case 'fact':
        onEvent({type: 'log-fact', runId, name: event.name, value: event.value});
        break;
      case 'failure':
        onEvent({type: 'log-failure', runId, finding: event.finding});
        break;
      case 'traffic':
        onTraffic(event.traffic);
        break;
      case 'notice':
        onNotice(event.finding);
        break;
      case 'shutdown-requested':
        break;
    }
  }

  return (lines) => {
    for (const line of lines) for (const event of interpret(line, clock.monotonicMs())) take(event);
  };
}
