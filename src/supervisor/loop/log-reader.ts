import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {RunEvent} from '../../domain/lifecycle/lifecycle.ts';
import type {Engine, EngineLogEvent} from '../../engines/engine.ts';
import type {LogLine} from '../../samples/log-line.ts';
import type {Clock} from './clock.ts';
import type {WithoutTime} from './without-time.ts';

/** The first cause named is the one: ranks and processes that fail after it tell of it in words of their own. */
const BURST_MS = 120_000;
/** A consequence this long after a cause is still its own: a peer's watchdog waits ten minutes. */
const CAUSE_HOLDS_MS = 15 * 60_000;

/** Turns the log lines of a run into lifecycle events, in order. */
export function createLogReader(
  runId: string,
  engine: Pick<Engine, 'interpretLogLine'>,
  clock: Pick<Clock, 'monotonicMs'>,
  onEvent: (event: WithoutTime<RunEvent>) => void,
): (lines: readonly LogLine[]) => void {
  const nameFailure = createFailureNamer(clock);
  let isShuttingDown = false;

  function take(event: EngineLogEvent, line: LogLine): void {
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
      case 'fact':
        onEvent({type: 'log-fact', runId, name: event.name, value: event.value});
        break;
      case 'shutdown-requested':
        isShuttingDown = true;
        break;
      case 'failure':
        // An engine told to stop complains about its own workers leaving; that is not a failure.
        if (!isShuttingDown) onEvent({type: 'log-failure', runId, finding: nameFailure(event, line)});
        break;
    }
  }

  return (lines) => {
    for (const line of lines) for (const event of engine.interpretLogLine(line.text)) take(event, line);
  };
}

/** Names a failure by its cause: the line's own finding, or the cause that went before it. */
function createFailureNamer(
  clock: Pick<Clock, 'monotonicMs'>,
): (failure: Extract<EngineLogEvent, {type: 'failure'}>, line: LogLine) => Finding {
  let cause: {readonly finding: Finding; readonly atMs: number} | null = null;
  return ({finding, isConsequence}, line) => {
    const atMs = clock.monotonicMs();
    const holdsMs = isConsequence ? CAUSE_HOLDS_MS : BURST_MS;
    if (cause !== null && atMs - cause.atMs <= holdsMs) return cause.finding;
    const named = {...finding, evidence: `line ${line.number}: ${finding.evidence ?? line.text}`};
    if (!isConsequence) cause = {finding: named, atMs};
    return named;
  };
}
