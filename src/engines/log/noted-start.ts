import type {Finding} from '../../domain/diagnosis/finding.ts';
import {hasReached} from '../../domain/lifecycle/phases.ts';
import type {EngineLogEvent} from '../engine.ts';
import {deadProgramIn, type ProgramsOf} from './ending/dead-program.ts';
import {isPeerLost, mayBeError} from './ending/error-line.ts';
import {FinalErrorFinder} from './ending/final-error.ts';
import {type FailureEvent, isHarmless, type NumberedLine} from './log-interpreter.ts';
import {hasWork} from './log-rules.ts';
import type {EnteredPhase} from './start-times.ts';
import {StepTracks} from './step-track.ts';

/** An engine that still generates tokens this long after a failure has survived it: periodic lines tell of the ten seconds before them. */
const SURVIVED_MS = 30_000;

type Failure = Pick<FailureEvent, 'finding' | 'isConsequence' | 'harmlessFrom'> & {
  readonly atMs: number | null;
  readonly lineNumber: number;
};

/** What is known so far about one start in the log. */
export type Start = {
  version: string | null;
  readonly entered: EnteredPhase[];
  readonly facts: Record<string, number>;
  failures: Failure[];
  readonly notices: Finding[];
  isReady: boolean;
  readyAtMs: number | null;
  isStopped: boolean;
  /** Its processes ended: lines of a start that continues are those of another engine in the same text. */
  isEnded: boolean;
  /** A process of it died of a signal: the same. */
  crash: {readonly atMs: number | null} | null;
  /** It generated text, or logged again and again that it has nothing to do: engines do so once they serve. */
  hasTraffic: boolean;
  /** It logged once that it has nothing to do, which an engine that stops does too. */
  isIdle: boolean;
  /** Of what no catalog entry matches, the error that ended it. */
  readonly finalError: FinalErrorFinder;
  readonly steps: StepTracks;
};

/** Before its first line. */
export function newStart(): Start {
  return {
    version: null,
    entered: [],
    facts: {},
    failures: [],
    notices: [],
    isReady: false,
    readyAtMs: null,
    isStopped: false,
    isEnded: false,
    crash: null,
    hasTraffic: false,
    isIdle: false,
    finalError: new FinalErrorFinder(),
    steps: new StepTracks(),
  };
}

/** Notes what a line tells of the start. */
export function note(start: Start, event: EngineLogEvent, line: NumberedLine, atMs: number | null): void {
  if (isOutlived(start, event, atMs)) {
    start.crash = null;
    start.finalError.outlive();
  }
  if (hasEnded(start) && ofLiving.has(event.type)) return;
  switch (event.type) {
    case 'version':
      start.version = event.version;
      break;
    case 'phase':
    case 'progress':
      enter(start, {phase: event.phase, lineNumber: line.number, atMs});
      break;
    case 'fact':
      start.facts[event.name] = event.value;
      break;
    case 'ready':
      enter(start, {phase: 'serve', lineNumber: line.number, atMs});
      start.isReady = true;
      start.readyAtMs ??= atMs;
      // The start continued: report it, but not as the cause.
      survive(start, () => true);
      start.finalError.serve();
      break;
    case 'shutdown-requested':
      start.isStopped = true;
      break;
    case 'failure':
      // A server that is ready without a model may fail to download one later.
      if (start.entered.some(({phase}) => phase !== 'serve' && isHarmless(event, phase))) break;
      // It says the same as the failure just before it, and better.
      if (event.isPrecise) start.failures = start.failures.slice(0, -1);
      // Whatever it was doing when the connection was lost, the cause is elsewhere.
      addFailure(start, {
        ...event,
        isConsequence: event.isConsequence || isPeerLost(line.text),
        atMs,
        lineNumber: line.number,
      });
      start.isEnded ||= event.isEnd === true;
      break;
    case 'notice':
      if (!start.notices.some((known) => known.code === event.finding.code)) start.notices.push(event.finding);
      break;
    case 'traffic':
      // It still works: what was logged before did not end it.
      if ((event.traffic.generationTokensPerSecond ?? 0) > 0) {
        start.finalError.advance();
        survive(start, ({atMs: failedMs}) => failedMs !== null && (atMs ?? failedMs) - failedMs >= SURVIVED_MS);
      }
      start.hasTraffic ||= start.isIdle || hasWork(event.traffic);
      start.isIdle = true;
      break;
    case 'request':
      if (event.request.part === 'complete') start.finalError.advance();
      start.hasTraffic = true;
      break;
    // Whether it still makes steps is seen from all events of its lines.
    case 'step-awaited':
      break;
  }
}

/** What only an engine logs that continues. */
const ofLiving: ReadonlySet<EngineLogEvent['type']> = new Set(['phase', 'progress', 'ready', 'traffic', 'request']);

/** Whose log a line is of, whether it means something to the engine's rules, and its time by the log's clock, in ms. */
type ErrorContext = {readonly engine: ProgramsOf; readonly isKnown: boolean; readonly atMs: number | null};

/** Notes what a line tells of the error that ended the start. */
export function noteError(start: Start, line: NumberedLine, {engine, isKnown, atMs}: ErrorContext): void {
  if (start.isStopped) return;
  const died = mayBeError(line.text) ? deadProgramIn(line.text, engine) : null;
  // Scripts that start an engine start exporters and monitors too.
  if (died === 'another') return;
  const hadCrashed = start.finalError.hasCrashed;
  start.finalError.take(line, isKnown);
  if (!hadCrashed && start.finalError.hasCrashed && died !== 'unknown') start.crash = {atMs};
}

/** True once its processes have ended. */
export function hasEnded({isEnded, crash}: Start): boolean {
  return isEnded || crash !== null;
}

/** True for generated text long after a process died: that process was none that the engine needs. */
function isOutlived({crash}: Start, event: EngineLogEvent, atMs: number | null): boolean {
  if (event.type !== 'traffic' || crash === null || crash.atMs === null || atMs === null) return false;
  return (event.traffic.generationTokensPerSecond ?? 0) > 0 && atMs - crash.atMs >= SURVIVED_MS;
}

/** What did not end it is reported, but not as the cause. */
function survive(start: Start, isSurvived: (failure: Failure) => boolean): void {
  if (start.failures.length === 0) return;
  const survived = start.failures.filter(isSurvived);
  start.failures = start.failures.filter((failure) => !survived.includes(failure));
  for (const {finding} of survived) {
    const isKnown = start.notices.some(({code}) => code === finding.code);
    if (!isKnown) start.notices.push({...finding, severity: 'warning'});
  }
}

/** Each code once: of a cause and a general line with the same code, the cause. */
function addFailure(start: Start, failure: Failure): void {
  const known = start.failures.find(({finding}) => finding.code === failure.finding.code);
  // The same failure, said again with more knowledge of the ranks.
  const isSame = known !== undefined && known.finding.evidence === failure.finding.evidence;
  if (known !== undefined && !isSame && (failure.isConsequence || !known.isConsequence)) return;
  start.failures = isSame
    ? start.failures.map((other) => (other === known ? {...other, finding: failure.finding} : other))
    : [...start.failures.filter((other) => other !== known), failure];
}

/** A start only goes forward: ranks log their phases in turn. */
function enter(start: Start, next: EnteredPhase): void {
  const present = start.entered.at(-1);
  if (present !== undefined && hasReached(present.phase, next.phase)) return;
  start.entered.push(next);
  start.failures = start.failures.filter((failure) => !isHarmless(failure, next.phase));
  start.finalError.advance();
}
