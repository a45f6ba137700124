import {explainFindings} from '../../domain/diagnosis/cause-chains.ts';
import {detailsOf} from '../../domain/diagnosis/details/details.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {LogDiagnosis, LogEnding} from '../../domain/diagnosis/log-diagnosis.ts';
import type {Engine} from '../engine.ts';
import {earlierFailure} from './ending/earlier-failure.ts';
import {isPeerLost} from './ending/error-line.ts';
import type {FinalError} from './ending/final-error.ts';
import {unfinishedStart} from './ending/unfinished-start.ts';
import {isTelling, unknownFailure} from './ending/unknown-failure.ts';
import {knownByMessage} from './ending/whole-message.ts';
import {createLogClock} from './log-clock.ts';
import {createLogInterpreter, isAnotherStart, type NumberedLine} from './log-interpreter.ts';
import {hasEnded, newStart, note, noteError, type Start} from './noted-start.ts';
import {phasesOf, startSecondsOf} from './start-times.ts';

/** Lines kept from the end of a log that no known failure explains. */
const LAST_LINES = 20;
/** Findings beyond this number repeat the first ones. */
const MAX_FINDINGS = 12;

/** What of an engine a diagnosis needs; without a name where the text does not tell which engine wrote it. */
export type DiagnosedEngine = Pick<Engine, 'displayName' | 'interpretLogLine' | 'readLogTimeMs'> &
  Partial<Pick<Engine, 'rankMark' | 'lastStep' | 'roleOfProcess'>> & {
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
  /** What ended the start before the present one, the cause first. */
  let earlier: readonly Finding[] = [];
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
      if (event.type === 'phase' && event.phase === 'launch' && isOver(start, line)) begin();
      note(start, event, line, lastMs);
    }
    start.steps.take(events, line, atMs);
    noteError(start, line, {engine, isKnown: events.length > 0 && !isPeerLost(line.text), atMs: lastMs});
  }

  function begin(): void {
    if (endingOf(start) === 'failed') earlier = findingsOf(start, engine, lastLines);
    // It served: what an earlier one failed of is over.
    else if (start.isReady) earlier = [];
    start = newStart();
    startCount += 1;
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
      findings: withEarlier(start, findingsOf(start, engine, lastLines), earlier),
      exit: endingOf(start),
      lineCount,
      startCount: startCount + 1,
      lastLines: isUnexplained(start) ? [...lastLines] : [],
    }),
  };
}

/** A launch after a failure is another try; of one start, the lines of a launch are next to each other. */
function isOver(start: Start, {number}: NumberedLine): boolean {
  const launch = start.entered.find(({phase}) => phase === 'launch');
  const isRetry = start.failures.length > 0 && launch !== undefined && launch.lineNumber < number;
  return (
    hasEnded(start) || isRetry || isAnotherStart({phase: start.entered.at(-1)?.phase ?? null, isReady: start.isReady})
  );
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

/** Of an excerpt without any phase of a start, traffic, a request that was refused or a full cache shows that it serves. */
function isExcerptOfServing({entered, hasTraffic, notices}: Start): boolean {
  return entered.length === 0 && (hasTraffic || notices.some(({code}) => /\.(?:request-|kv-cache-full$)/.test(code)));
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

/** The failure of the start before this one, unless this one failed of the same. */
function withEarlier(start: Start, own: readonly Finding[], [cause]: readonly Finding[]): readonly Finding[] {
  if (cause === undefined || own.some(({code, severity}) => code === cause.code && severity === 'critical')) return own;
  return [...own, earlierFailure(cause, endingOf(start))];
}

function unexplainedFindings(
  start: Start,
  engine: DiagnosedEngine,
  lastLines: readonly NumberedLine[],
): readonly Finding[] {
  const consequences = start.failures.map(({finding}) => finding);
  const error = errorOf(start);
  if (error !== null && (consequences.length === 0 || isTelling(error, start.failures))) {
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
