import type {Finding} from '../../domain/diagnosis/finding.ts';
import {startPhases} from '../../domain/lifecycle/phases.ts';
import {type Engine, type EngineLogEvent, type LogContext, unknownLogContext} from '../engine.ts';
import {versionName} from '../launch/engine-version.ts';
import {isExceptionLine} from './exception-line.ts';
import {MAX_EVIDENCE_LENGTH} from './failure-catalog.ts';

/** The first failure is the cause: ranks and processes that fail later report it in other words. */
const BURST_MS = 120_000;
/** A consequence may follow its cause by this long: a peer's watchdog waits ten minutes. */
const CAUSE_HOLDS_MS = 15 * 60_000;

/** A line of a log, and its line number counting from 1. */
export type NumberedLine = {readonly text: string; readonly number: number};

/** Events of the next line. `atMs` is from any monotonic clock: the line's own, or the reader's. */
export type LogInterpreter = (line: NumberedLine, atMs: number) => readonly EngineLogEvent[];

/**
 * Reads an engine's log line by line, with context: the phase decides what a failure means, a failure is reported
 * by its cause and not by its consequences, and what an engine logs after a stop request is not a failure.
 * Started in the middle of a log, it knows less but reports nothing false. Evidence includes its line number.
 */
export function createLogInterpreter(
  engine: Pick<Engine, 'interpretLogLine'>,
  startingAt: LogContext = unknownLogContext,
): LogInterpreter {
  let context = startingAt;
  let isShuttingDown = false;
  const namer = createFailureNamer();

  function take(event: EngineLogEvent, line: NumberedLine, atMs: number): EngineLogEvent | null {
    switch (event.type) {
      case 'phase':
        if (event.phase === 'launch' && isAnotherStart(context)) {
          isShuttingDown = false;
          context = {...unknownLogContext, phase: 'launch'};
          namer.forget();
        } else context = {...context, phase: later(context.phase, event.phase)};
        return event;
      case 'ready':
        // Earlier failures did not prevent the start.
        namer.forget();
        context = {...context, phase: 'serve', isReady: true};
        return event;
      case 'shutdown-requested':
        isShuttingDown = true;
        return event;
      case 'fact':
        context = {...context, facts: {...context.facts, [event.name]: event.value}};
        return event;
      case 'failure':
        // A stopping engine reports its own workers' exits as errors.
        return isShuttingDown ? null : {...event, ...namer.name(event, line, atMs)};
      case 'notice':
        return {...event, finding: withLine(event.finding, line)};
      case 'version':
        return {...event, version: versionName(event.version)};
      default:
        return event;
    }
  }

  return (line, atMs) => {
    const events = engine.interpretLogLine(line.text, context);
    if (events.length === 0) namer.noteException(line, atMs);
    return events.map((event) => take(event, line, atMs)).filter((event) => event !== null);
  };
}

/** Ranks log their phases in turn: a line of an earlier phase does not move the start back. */
function later(present: LogContext['phase'], next: NonNullable<LogContext['phase']>): LogContext['phase'] {
  return present !== null && startPhases.indexOf(next) < startPhases.indexOf(present) ? present : next;
}

/** For a log that several starts appended to: true when a new start begins. */
export function isAnotherStart({phase, isReady}: Pick<LogContext, 'phase' | 'isReady'>): boolean {
  return isReady || (phase !== null && startPhases.indexOf(phase) >= startPhases.indexOf('load-weights'));
}

type FailureEvent = Extract<EngineLogEvent, {type: 'failure'}>;
type Named = Pick<FailureEvent, 'finding' | 'isPrecise'>;

/**
 * Reports a failure by its cause: the line's own finding, or the cause found before it. The evidence of a consequence
 * without a known cause is the first exception before it, that of a worker: later ones only pass it on.
 */
function createFailureNamer(): {
  readonly noteException: (line: NumberedLine, atMs: number) => void;
  readonly name: (failure: FailureEvent, line: NumberedLine, atMs: number) => Named;
  readonly forget: () => void;
} {
  let cause: {readonly finding: Finding; readonly atMs: number; readonly isPrecise: boolean} | null = null;
  let exception: {readonly line: NumberedLine; readonly atMs: number} | null = null;
  return {
    noteException(line, atMs) {
      const isKnown = exception !== null && atMs - exception.atMs <= BURST_MS;
      if (!isKnown && isExceptionLine(line.text)) exception = {line, atMs};
    },
    name({finding, isConsequence, isPrecise}, line, atMs): Named {
      const holdsMs = isConsequence ? CAUSE_HOLDS_MS : BURST_MS;
      const isKnown = cause !== null && atMs - cause.atMs <= holdsMs;
      if (cause !== null && isKnown && (cause.isPrecise || !isPrecise)) return {finding: cause.finding, isPrecise};
      const known = exception !== null && atMs - exception.atMs <= BURST_MS ? exception.line : null;
      if (isConsequence && known !== null) return {finding: withException(finding, known), isPrecise: true};
      const named = withLine(finding, line);
      if (!isConsequence) cause = {finding: named, atMs, isPrecise};
      return {finding: named, isPrecise};
    },
    forget() {
      cause = null;
      exception = null;
    },
  };
}

function withLine(finding: Finding, line: NumberedLine): Finding {
  return {...finding, evidence: `line ${line.number}: ${finding.evidence ?? line.text}`};
}

function withException(finding: Finding, {number, text}: NumberedLine): Finding {
  return {...finding, evidence: `line ${number}: ${text.slice(0, MAX_EVIDENCE_LENGTH)}`};
}
