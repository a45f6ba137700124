import {explainFindings} from '../../domain/diagnosis/cause-chains.ts';
import {detailsOf} from '../../domain/diagnosis/details/details.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {LogDiagnosis, LogEnding} from '../../domain/diagnosis/log-diagnosis.ts';
import {hasReached} from '../../domain/lifecycle/phases.ts';
import type {Engine, EngineLogEvent} from '../engine.ts';
import {isPeerLost} from './ending/error-line.ts';
import {type FinalError, FinalErrorFinder} from './ending/final-error.ts';
import {unfinishedStart} from './ending/unfinished-start.ts';
import {isTelling, unknownFailure} from './ending/unknown-failure.ts';
import {knownByMessage} from './ending/whole-message.ts';
import {createLogClock} from './log-clock.ts';
import {
  createLogInterpreter,
  type FailureEvent,
  isAnotherStart,
  isHarmless,
  type NumberedLine,
} from './log-interpreter.ts';
import {hasWork} from './log-rules.ts';
import {type EnteredPhase, phasesOf, startSecondsOf} from './start-times.ts';
import {StepTrack} from './step-track.ts';

/** Lines kept from the end of a log that no known failure explains. */
const LAST_LINES = 20;
/** An engine that still generates tokens this long after a failure has survived it: periodic lines tell of the ten seconds before them. */
const SURVIVED_MS = 30_000;
/** Findings beyond this number repeat the first ones. */
const MAX_FINDINGS = 12;

type Failure = Pick<FailureEvent, 'finding' | 'isConsequence' | 'harmlessFrom'> & {readonly atMs: number | null};

/** What is known so far about one start in the log. */
type Start = {
  version: string | null;
  readonly entered: EnteredPhase[];
  readonly facts: Record<string, number>;
  failures: Failure[];
  readonly notices: Finding[];
  isReady: boolean;
  readyAtMs: number | null;
  isStopped: boolean;
  /** It generated text, or logged again and again that it has nothing to do: engines do so once they serve. */
  hasTraffic: boolean;
  /** It logged once that it has nothing to do, which an engine that stops does too. */
  isIdle: boolean;
  /** Of what no catalog entry matches, the error that ended it. */
  readonly finalError: FinalErrorFinder;
  readonly steps: StepTrack;
};

/** What of an engine a diagnosis needs; without a name where the text does not tell which engine wrote it. */
export type DiagnosedEngine = Pick<Engine, 'displayName' | 'interpretLogLine' | 'readLogTimeMs'> &
  Partial<Pick<Engine, 'rankMark' | 'lastStep'>> & {
    readonly name: string | null;
  };

/** Takes the lines of a log one by one; `result` may be called at any time. */
export type LogDiagnoser = {
  readonly take: (line: NumberedLine) => void;
  readonly result: () => LogDiagnosis;
};

/** Reads a log of this engine, from any machine, into phases with times, facts, the cause and its fix. */
export function createLogDiagnoser(engine: DiagnosedEngine): LogDiagnoser {
  const interpret = createLogInterpreter(engine);
  const clock = createLogClock(engine);
  const lastLines: NumberedLine[] = [];
  let start = newStart();
  let startCount = 0;
  let lineCount = 0;
  let lastMs: number | null = null;

  function take(line: NumberedLine): void {
    lineCount += 1;
    // Someone who passes a log on may add a comment above it.
    if (line.text.startsWith('# ')) return;
    const atMs = clock(line.text);
    lastMs = atMs ?? lastMs;
    if (line.text.trim() !== '') lastLines.push(line);
    if (lastLines.length > LAST_LINES) lastLines.shift();
    const events = interpret(line, lastMs ?? 0);
    for (const event of events) {
      if (event.type === 'phase' && event.phase === 'launch' && isOver(start, line)) {
        start = newStart();
        startCount += 1;
      }
      note(start, event, line, lastMs);
    }
    start.steps.take(events, line, atMs);
    if (!start.isStopped) start.finalError.take(line, events.length > 0 && !isPeerLost(line.text));
  }

  return {
    take,
    result: () => ({
      engine: engine.name,
      displayName: engine.displayName,
      version: start.version,
      phase: start.entered.at(-1)?.phase ?? null,
      isReady: start.isReady,
      phases: phasesOf(start, lastMs),
      startSeconds: startSecondsOf(start),
      startSecondsFrom: 'log',
      facts: {...start.facts},
      findings: findingsOf(start, engine, lastLines),
      exit: endingOf(start),
      lineCount,
      startCount: startCount + 1,
      lastLines: isUnexplained(start) ? [...lastLines] : [],
    }),
  };
}

function newStart(): Start {
  return {
    version: null,
    entered: [],
    facts: {},
    failures: [],
    notices: [],
    isReady: false,
    readyAtMs: null,
    isStopped: false,
    hasTraffic: false,
    isIdle: false,
    finalError: new FinalErrorFinder(),
    steps: new StepTrack(),
  };
}

/** A launch after a failure is another try; of one start, the lines of a launch are next to each other. */
function isOver(start: Start, {number}: NumberedLine): boolean {
  const launch = start.entered.find(({phase}) => phase === 'launch');
  const isRetry = start.failures.length > 0 && launch !== undefined && launch.lineNumber < number;
  return isRetry || isAnotherStart({phase: start.entered.at(-1)?.phase ?? null, isReady: start.isReady});
}

function note(start: Start, event: EngineLogEvent, line: NumberedLine, atMs: number | null): void {
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
      addFailure(start, {...event, isConsequence: event.isConsequence || isPeerLost(line.text), atMs});
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

function endingOf(start: Start): LogEnding {
  if (start.failures.length > 0) return 'failed';
  const error = errorOf(start);
  // What it survived until it was asked to stop did not end it.
  if (error?.form === 'stopped' || (start.isStopped && (error === null || start.isReady))) return 'stopped';
  if (error !== null) return 'failed';
  if (!start.isReady && !isExcerptOfServing(start)) return 'starting';
  return start.steps.isStalled ? 'failed' : 'serving';
}

/** The error that ended it; the traceback of a request that a running server refused did not. */
function errorOf(start: Start): FinalError | null {
  return start.finalError.result(isExcerptOfServing(start));
}

/** Of an excerpt without any phase of a start, traffic or a request that was refused shows that it serves. */
function isExcerptOfServing({entered, hasTraffic, notices}: Start): boolean {
  return entered.length === 0 && (hasTraffic || notices.some(({code}) => /\.request-/.test(code)));
}

/** True if no catalog entry says why it failed, or if it may have failed. */
function isUnexplained(start: Start): boolean {
  const ending = endingOf(start);
  return ending === 'starting' || (ending === 'failed' && causesOf(start).length === 0);
}

function causesOf({failures}: Start): readonly Finding[] {
  return failures.filter(({isConsequence}) => !isConsequence).map(({finding}) => finding);
}

function findingsOf(start: Start, engine: DiagnosedEngine, lastLines: readonly NumberedLine[]): readonly Finding[] {
  const causes = causesOf(start);
  const own = causes.length > 0 ? causes : [...unexplainedFindings(start, engine, lastLines)];
  return explainFindings([...own, ...start.notices].slice(0, MAX_FINDINGS));
}

function unexplainedFindings(
  start: Start,
  engine: DiagnosedEngine,
  lastLines: readonly NumberedLine[],
): readonly Finding[] {
  const consequences = start.failures.map(({finding}) => finding);
  const error = errorOf(start);
  if (error !== null && (consequences.length === 0 || isTelling(error, consequences))) {
    const finding = withPeers(knownByMessage(error, engine) ?? unknownFailure(error, engine.displayName), consequences);
    const isSurvived = endingOf(start) === 'stopped';
    return [isSurvived ? {...finding, severity: 'warning'} : finding, ...consequences];
  }
  if (endingOf(start) !== 'starting') return [...consequences, ...stepFindings(start)];
  const phase = start.entered.at(-1)?.phase ?? null;
  const {displayName, lastStep} = engine;
  const silent = start.steps.awaited;
  return [unfinishedStart({displayName, phase, lastLines, silent, ...(lastStep === undefined ? {} : {lastStep})})];
}

/** Of an engine that was stopped or failed, its end says more. */
function stepFindings({failures, isStopped, steps}: Start): readonly Finding[] {
  return failures.length > 0 || isStopped ? [] : steps.findings();
}

/** Of a lost connection, whose log is needed is known to the finding of the catalog, which is only its consequence. */
function withPeers(finding: Finding, consequences: readonly Finding[]): Finding {
  const known = consequences.find((consequence) => detailsOf(consequence, '*.peer-closed') !== null);
  return finding.code === 'log.peer-lost' && known !== undefined ? {...finding, remedy: known.remedy} : finding;
}
