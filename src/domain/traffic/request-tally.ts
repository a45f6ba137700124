import type {EngineMetricsSample, HistogramSample} from '../../samples/engine-metrics.ts';
import type {LoggedRequest} from '../../samples/logged-request.ts';
import {absent, isAbsent, isPresent} from '../../samples/reading.ts';
import {type Counters, finishedCounter} from './own-requests/sample-counters.ts';
import {WAITED} from './unmeasured.ts';

/** Reasons counted for requests in a log: it does not say whether one ended with `stop` or `length`. */
export const FINISHED = 'finished';
const ABORTED = 'abort';

/** `task` is null for one without a name. */
type CompleteRequest = {readonly task: string | null; readonly answerTokens: number | null};

/** The requests in an engine's log, added up since its start: what other engines expose as counters and histograms. */
export type RequestTally = {
  readonly finished: Readonly<Record<typeof FINISHED | typeof ABORTED, number>>;
  readonly prefillSeconds: HistogramSample;
  readonly decodeSeconds: HistogramSample;
  readonly interTokenSeconds: HistogramSample;
  readonly totalSeconds: HistogramSample;
  readonly generatedTokens: HistogramSample;
  readonly promptTokens: HistogramSample;
  /** Generated tokens of the request whose lines are read; null between requests. */
  readonly answerTokens: number | null;
  /** Complete, and not yet released. */
  readonly unreleased: readonly CompleteRequest[];
  /** True once the log has been read from its start to now. */
  readonly isComplete: boolean;
  /** Since when the engine has generated tokens and the log had no request, monotonic ms; null if it is not so. */
  readonly silentSinceMs: number | null;
  /** When a request last waited for a turn, monotonic ms; null for never. */
  readonly waitedAtMs: number | null;
};

/** Four bounds per doubling, from 1 ms to an hour: a quantile is within 10 % without the sum's help. */
const secondBounds = geometric(0.001, 3_600);
const tokenBounds = geometric(1, 1_048_576);
/** Of more than these, the release was not logged. */
const MOST_UNRELEASED = 1_024;
/** An engine that has generated tokens for so long without a request in its log does not log them. */
const SILENT_AFTER_MS = 10_000;
/** After a request has waited, times without that wait are not shown for as long as quantiles reach back. */
const WAIT_HOLDS_MS = 60_000;

function geometric(from: number, to: number): readonly number[] {
  const count = Math.ceil(Math.log2(to / from) * 4);
  return [...Array.from({length: count + 1}, (_, step) => from * 2 ** (step / 4)), Number.POSITIVE_INFINITY];
}

function empty(bounds: readonly number[]): HistogramSample {
  return {buckets: bounds.map((le) => ({le, count: 0})), sum: 0, count: 0};
}

/** No request yet. */
export const noRequests: RequestTally = {
  finished: {[FINISHED]: 0, [ABORTED]: 0},
  prefillSeconds: empty(secondBounds),
  decodeSeconds: empty(secondBounds),
  interTokenSeconds: empty(secondBounds),
  totalSeconds: empty(secondBounds),
  generatedTokens: empty(tokenBounds),
  promptTokens: empty(tokenBounds),
  answerTokens: null,
  unreleased: [],
  isComplete: false,
  silentSinceMs: null,
  waitedAtMs: null,
};

/** The tally after one more line about a request. */
export function withLoggedRequest(tally: RequestTally, logged: LoggedRequest): RequestTally {
  switch (logged.part) {
    case 'started':
      return tally;
    case 'prefill':
      return {...tally, prefillSeconds: observed(tally.prefillSeconds, logged.ms / 1000)};
    case 'decode': {
      const {ms, generatedTokens} = logged;
      const gaps = Math.max(0, generatedTokens - 1);
      return {
        ...tally,
        decodeSeconds: observed(tally.decodeSeconds, ms / 1000),
        interTokenSeconds:
          gaps === 0 ? tally.interTokenSeconds : observed(tally.interTokenSeconds, ms / 1000 / gaps, gaps),
        generatedTokens: observed(tally.generatedTokens, generatedTokens),
        answerTokens: generatedTokens,
      };
    }
    case 'complete':
      return {
        ...tally,
        totalSeconds: observed(tally.totalSeconds, logged.ms / 1000),
        finished: {...tally.finished, [FINISHED]: tally.finished[FINISHED] + 1},
        answerTokens: null,
        unreleased: [...tally.unreleased, {task: logged.task, answerTokens: tally.answerTokens}].slice(
          -MOST_UNRELEASED,
        ),
      };
    case 'released':
      return released(tally, logged.task, logged.tokens);
  }
}

/**
 * Of a request that its client gave up, only the release is logged. The prompt of a complete one, with what of it was cached, is what the
 * answer leaves of all its tokens; the last token of an answer is not among them.
 */
function released(tally: RequestTally, task: string | null, tokens: number | null): RequestTally {
  const {unreleased} = tally;
  const named = unreleased.findIndex((complete) => complete.task === task);
  const at = named >= 0 ? named : unreleased.findIndex((complete) => complete.task === null);
  if (at < 0) return {...tally, finished: {...tally.finished, [ABORTED]: tally.finished[ABORTED] + 1}};
  const answerTokens = unreleased[at]?.answerTokens ?? null;
  const promptTokens = tokens === null || answerTokens === null ? 0 : tokens - answerTokens + 1;
  return {
    ...tally,
    unreleased: unreleased.toSpliced(at, 1),
    promptTokens: promptTokens < 1 ? tally.promptTokens : observed(tally.promptTokens, promptTokens),
  };
}

function observed({buckets, sum, count}: HistogramSample, value: number, times = 1): HistogramSample {
  return {
    buckets: buckets.map(({le, count: upTo}) => ({le, count: value <= le ? upTo + times : upTo})),
    sum: sum + value * times,
    count: count + times,
  };
}

/**
 * The sample with the tally where it has no such values, and the tally after it: whether requests wait is known from the
 * metrics alone.
 */
export function addTally(
  tally: RequestTally,
  sample: EngineMetricsSample,
): {readonly requests: RequestTally; readonly sample: EngineMetricsSample} {
  const {stamp, waitingRequests} = sample;
  const isWaiting = isPresent(waitingRequests) && waitingRequests > 0;
  const waitedAtMs = isWaiting ? stamp.monotonicMs : tally.waitedAtMs;
  const silentSinceMs = isSilent(tally, sample) ? (tally.silentSinceMs ?? stamp.monotonicMs) : null;
  const requests = {...tally, waitedAtMs, silentSinceMs};
  return {requests, sample: tally.isComplete ? withTally(sample, requests) : sample};
}

/**
 * The sample with the tally of the log where it has no such values. The log's times begin with a request's turn: they are
 * those of its client only if none waited, so the time to first token and the whole time are absent after one did.
 */
function withTally(sample: EngineMetricsSample, tally: RequestTally): EngineMetricsSample {
  const {waitedAtMs, silentSinceMs} = tally;
  // The log is read a moment after the metrics.
  if (silentSinceMs !== null && sample.stamp.monotonicMs - silentSinceMs >= SILENT_AFTER_MS) return sample;
  const hasWaited = waitedAtMs !== null && sample.stamp.monotonicMs - waitedAtMs <= WAIT_HOLDS_MS;
  const ofClients = (times: HistogramSample) => (hasWaited ? absent(WAITED) : times);
  const or = <K extends keyof EngineMetricsSample>(name: K, logged: EngineMetricsSample[K]): EngineMetricsSample[K] =>
    isAbsent(sample[name]) ? logged : sample[name];
  return {
    ...sample,
    finishedRequestsTotal: or('finishedRequestsTotal', {...tally.finished}),
    timeToFirstTokenSeconds: or('timeToFirstTokenSeconds', ofClients(tally.prefillSeconds)),
    interTokenLatencySeconds: or('interTokenLatencySeconds', tally.interTokenSeconds),
    endToEndLatencySeconds: or('endToEndLatencySeconds', ofClients(tally.totalSeconds)),
    prefillTimeSeconds: or('prefillTimeSeconds', tally.prefillSeconds),
    decodeTimeSeconds: or('decodeTimeSeconds', tally.decodeSeconds),
    promptLengthTokens: or('promptLengthTokens', tally.promptTokens),
    generationLengthTokens: or('generationLengthTokens', tally.generatedTokens),
  };
}

/** An engine that counts tokens of requests, none of which is in its log. */
function isSilent(tally: RequestTally, {generationTokensTotal}: EngineMetricsSample): boolean {
  const isLogged = tally.totalSeconds.count > 0 || tally.finished[ABORTED] > 0;
  return !isLogged && isPresent(generationTokensTotal) && generationTokensTotal > 0;
}

/**
 * The tally once the log was read up to now; `countedBefore` are the counters as an earlier supervisor read them. A log that
 * was rotated no longer has all of its requests: there are never fewer than were counted.
 */
export function completeTally(tally: RequestTally, countedBefore: Counters | null): RequestTally {
  const atLeast = (reason: keyof RequestTally['finished']): number =>
    Math.max(tally.finished[reason], countedBefore?.get(finishedCounter(reason)) ?? 0);
  return {...tally, isComplete: true, finished: {[FINISHED]: atLeast(FINISHED), [ABORTED]: atLeast(ABORTED)}};
}
