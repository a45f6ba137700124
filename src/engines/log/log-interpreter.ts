import {processEnds} from '../../domain/diagnosis/cause-codes.ts';
import {isCode} from '../../domain/diagnosis/code-pattern.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import {hasReached, type StartPhase} from '../../domain/lifecycle/phases.ts';
import {withinWords} from '../../shared/within-words.ts';
import {type Engine, type EngineLogEvent, type LogContext, unknownLogContext} from '../engine.ts';
import {versionName} from '../launch/engine-version.ts';
import {CollectiveNotes} from '../torch/collective/collective-notes.ts';
import {isInformative} from './ending/error-line.ts';
import {createExceptionNotes} from './ending/exception-notes.ts';
import {TracebackFrames} from './ending/traceback-frames.ts';
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
  engine: Pick<Engine, 'interpretLogLine'> & Partial<Pick<Engine, 'rankMark'>>,
  startingAt: LogContext = unknownLogContext,
): LogInterpreter {
  let context = startingAt;
  let isShuttingDown = false;
  let isEnded = false;
  const ranks = new CollectiveNotes();
  const frames = new TracebackFrames();
  const namer = createFailureNamer(startingAt.isReady ? 'serving' : 'starting');

  /** Of what another start logged, nothing is known. */
  function begin(line: NumberedLine): void {
    isShuttingDown = false;
    isEnded = false;
    context = {...unknownLogContext, phase: 'launch'};
    namer.forget('starting');
    ranks.forget();
    ranks.take(line.text);
  }

  function take(event: EngineLogEvent, line: NumberedLine, atMs: number): EngineLogEvent | null {
    switch (event.type) {
      case 'phase':
        if (event.phase === 'launch' && (isEnded || isAnotherStart(context))) begin(line);
        else context = {...context, phase: later(context.phase, event.phase)};
        namer.reach(context.phase);
        return event;
      case 'ready':
        namer.forget('serving');
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
        if (isShuttingDown || isInformative(line.text)) return null;
        if (isHarmless(event, context.phase)) return {...event, finding: withLine(event.finding, line)};
        return takeFailure(event, line, atMs);
      case 'traffic':
      case 'request':
        // Of a log that was rotated, the line that says it is ready may be gone.
        namer.serve();
        return event;
      default:
        return asLogged(event, line);
    }
  }

  /** Each line that repeats a failure may say more of the ranks; an end is the line's own, also where the cause is named. */
  function takeFailure(event: FailureEvent, line: NumberedLine, atMs: number): FailureEvent {
    const named = {...event, ...namer.name(event, line, atMs)};
    const finding = ranks.explain(named.finding, {rankMark: engine.rankMark ?? null});
    if (!isEndOfProcess(event, line)) return {...named, finding};
    isEnded = true;
    return {...named, finding, isEnd: true};
  }

  return (line, atMs) => {
    const functions = frames.take(line.text, context.phase);
    const events = engine.interpretLogLine(line.text, functions.length === 0 ? context : {...context, functions});
    if (events.length === 0) namer.noteException(line, atMs);
    ranks.take(line.text);
    return events.map((event) => take(event, line, atMs)).filter((event) => event !== null);
  };
}

function asLogged(event: EngineLogEvent, line: NumberedLine): EngineLogEvent {
  if (event.type === 'notice') return {...event, finding: withLine(event.finding, line)};
  return event.type === 'version' ? {...event, version: versionName(event.version)} : event;
}

/** What a process writes that is about to abort. */
const abortLine =
  /\bterminate called (?:after|without|recursively)|taking the entire process down|watchdog thread terminated with exception/;

/** A child of llama.cpp's router, which writes the port of the child before its lines: the others serve on. */
const childOfRouter = /^\s{0,4}\[ {0,5}\d{1,5}\] /;
/** What a server without its engine raises; a request may raise it too, of a server that serves on. */
const raised = /\bAttributeError: /;

function isEndOfProcess({finding}: FailureEvent, {text}: NumberedLine): boolean {
  if (childOfRouter.test(text) || raised.test(text)) return false;
  return abortLine.test(text) || processEnds.some((pattern) => isCode(finding.code, pattern));
}

/** Ranks log their phases in turn: a line of an earlier phase does not move the start back. */
function later(present: LogContext['phase'], next: NonNullable<LogContext['phase']>): LogContext['phase'] {
  return present !== null && !hasReached(next, present) ? present : next;
}

/** For a log that several starts appended to: true when a new start begins. */
export function isAnotherStart({phase, isReady}: Pick<LogContext, 'phase' | 'isReady'>): boolean {
  return isReady || hasReached(phase, 'load-weights');
}

export type FailureEvent = Extract<EngineLogEvent, {type: 'failure'}>;
type Named = Pick<FailureEvent, 'finding' | 'isPrecise'>;

/** True for a failure that a start in this phase has survived. */
export function isHarmless({harmlessFrom}: Pick<FailureEvent, 'harmlessFrom'>, phase: StartPhase | null): boolean {
  return harmlessFrom !== undefined && hasReached(phase, harmlessFrom);
}

/**
 * Reports a failure by its cause: the line's own finding, or the cause found before it. The evidence of a consequence
 * without a known cause is the exception that led to it.
 */
function createFailureNamer(at: 'starting' | 'serving') {
  let cause: (FailureEvent & {readonly atMs: number}) | null = null;
  /** Of several consequences without a cause, the first is nearest to it: later ones only pass it on. */
  let consequence: {readonly finding: Finding; readonly atMs: number} | null = null;
  let state = at;
  let exceptions = createExceptionNotes(at);
  return {
    noteException: (line: NumberedLine, atMs: number): void => exceptions.note(line, atMs),
    name(event: FailureEvent, line: NumberedLine, atMs: number): Named {
      const {finding, isConsequence, isPrecise} = event;
      const holdsMs = isConsequence ? CAUSE_HOLDS_MS : BURST_MS;
      const isKnown = cause !== null && atMs - cause.atMs <= holdsMs;
      if (cause !== null && isKnown && (cause.isPrecise || !isPrecise)) return {finding: cause.finding, isPrecise};
      const exception = isConsequence ? exceptions.before(line, atMs) : null;
      if (exception !== null) return {finding: withException(finding, exception.line), isPrecise: exception.isOfEngine};
      if (isConsequence && consequence !== null && atMs - consequence.atMs <= BURST_MS) {
        return {finding: consequence.finding, isPrecise};
      }
      const named = withLine(finding, line);
      if (isConsequence) consequence = {finding: named, atMs};
      else cause = {...event, finding: named, atMs};
      return {finding: named, isPrecise};
    },
    reach(phase: StartPhase | null): void {
      if (cause !== null && isHarmless(cause, phase)) cause = null;
    },
    serve(): void {
      if (state === 'serving') return;
      state = 'serving';
      exceptions = createExceptionNotes(state);
    },
    /** Forgets what was logged so far, which prevented no start; what follows is that of an engine in this state. */
    forget(next: 'starting' | 'serving'): void {
      cause = null;
      consequence = null;
      state = next;
      exceptions = createExceptionNotes(state);
    },
  };
}

function withLine(finding: Finding, line: NumberedLine): Finding {
  return {...finding, evidence: `line ${line.number}: ${finding.evidence ?? line.text}`};
}

function withException(finding: Finding, {number, text}: NumberedLine): Finding {
  return {...finding, evidence: `line ${number}: ${withinWords(text, MAX_EVIDENCE_LENGTH)}`};
}
