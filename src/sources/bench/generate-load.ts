import type {BenchPoint, LatencyQuantiles} from '../../domain/bench/bench-point.ts';
import type {BenchWorkload} from '../../domain/bench/bench-workload.ts';
import {absent} from '../../samples/reading.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {promptText, type TextScale, textScale, wordsOf} from './prompts.ts';
import {type LoadFault, type LoadTarget, type StreamedAnswer, streamAnswer} from './stream-answer.ts';

/** Words of the two requests with which the scale is found. */
const SHORT_WORDS = 16;
const LONG_WORDS = 256;
/** An engine that refuses so many requests one after the other is not loaded further. */
const MOST_FAULTS_IN_A_ROW = 8;

/** How far a load is. */
export type LoadProgress = {
  readonly completed: number;
  readonly failed: number;
  readonly total: number;
  /** Others' requests may be among the completed ones. */
  readonly isEstimate?: boolean;
};

export type Load = {
  readonly target: LoadTarget;
  readonly workload: Pick<BenchWorkload, 'promptTokens' | 'answerTokens' | 'cachedRatio'>;
  readonly concurrency: number;
  readonly requests: number;
  /** Prompts of another seed have nothing in common. */
  readonly seed: string;
  readonly scale: TextScale;
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
  readonly onProgress: (progress: LoadProgress) => void;
};

/** Finds how long text has to be, by two small requests; they also show whether the engine accepts any. */
export async function findTextScale({
  target,
  seed,
  signal,
  nowMs,
}: Pick<Load, 'target' | 'seed' | 'signal' | 'nowMs'>): Promise<Result<TextScale, LoadFault>> {
  const measured: {words: number; promptTokens: number}[] = [];
  for (const words of [SHORT_WORDS, LONG_WORDS]) {
    const text = wordsOf(`${seed} scale ${words}`, words);
    const answer = await streamAnswer(target, {text, answerTokens: 1, signal}, nowMs);
    if (!answer.ok) return answer;
    measured.push({words, promptTokens: answer.value.promptTokens});
  }
  const [short, long] = measured;
  const scale = short === undefined || long === undefined ? null : textScale(short, long);
  return scale === null
    ? err({status: null, message: 'the engine counts as many prompt tokens for a long text as for a short one'})
    : ok(scale);
}

/** Brings the shared part of the prompts into the prefix cache, where all requests of a node that runs find it. */
export async function warmUp(
  load: Pick<Load, 'target' | 'workload' | 'seed' | 'scale' | 'signal' | 'nowMs'>,
): Promise<Result<null, LoadFault>> {
  const {target, workload, seed, scale, signal, nowMs} = load;
  if (workload.cachedRatio === 0) return ok(null);
  const text = promptText({shared: sharedSeed(seed), own: `${seed} warm`}, workload, scale);
  const answer = await streamAnswer(target, {text, answerTokens: 1, signal}, nowMs);
  return answer.ok ? ok(null) : answer;
}

/**
 * Keeps `concurrency` requests running until `requests` have been sent: each stream sends its next one when its answer is
 * complete. An error if none completed, with the first fault.
 */
export async function generateLoad(load: Load): Promise<Result<BenchPoint, LoadFault>> {
  const answers: StreamedAnswer[] = [];
  const faults: LoadFault[] = [];
  let sent = 0;
  let inARow = 0;
  const startedAtMs = load.nowMs();
  const stream = async (): Promise<void> => {
    while (sent < load.requests && !load.signal.aborted && inARow < MOST_FAULTS_IN_A_ROW) {
      sent += 1;
      const answer = await streamAnswer(load.target, requestOf(load, sent), load.nowMs);
      inARow = answer.ok ? 0 : inARow + 1;
      if (answer.ok) answers.push(answer.value);
      else faults.push(answer.error);
      load.onProgress({completed: answers.length, failed: faults.length, total: load.requests});
    }
  };
  await Promise.all(Array.from({length: Math.min(load.concurrency, load.requests)}, stream));
  const [fault] = faults;
  if (answers.length === 0) return err(fault ?? {status: null, message: 'it was ended before the first answer'});
  return ok(pointOf(load.concurrency, answers, faults.length, load.nowMs() - startedAtMs));
}

function requestOf({seed, workload, scale, signal, concurrency}: Load, number: number) {
  const seeds = {shared: sharedSeed(seed), own: `${seed} ${concurrency} ${number}`};
  return {text: promptText(seeds, workload, scale), answerTokens: workload.answerTokens, signal};
}

function sharedSeed(seed: string): string {
  return `${seed} shared`;
}

function pointOf(
  concurrency: number,
  answers: readonly StreamedAnswer[],
  failed: number,
  durationMs: number,
): BenchPoint {
  const cached = answers.map(({cachedPromptTokens}) => cachedPromptTokens).filter((tokens) => tokens !== null);
  return {
    concurrency,
    completed: answers.length,
    failed,
    durationMs,
    promptTokens: sum(answers.map(({promptTokens}) => promptTokens)),
    cachedPromptTokens: cached.length === answers.length ? sum(cached) : absent('the answers do not say it'),
    generatedTokens: sum(answers.map(({generatedTokens}) => generatedTokens)),
    timeToFirstToken: quantilesOf(answers.map(({firstTokenMs}) => firstTokenMs)),
    timePerOutputToken: quantilesOf(answers.flatMap(perTokenMs)),
    endToEnd: quantilesOf(answers.map(({endToEndMs}) => endToEndMs)),
  };
}

/** Empty for an answer of one token. */
function perTokenMs({firstTokenMs, endToEndMs, generatedTokens}: StreamedAnswer): readonly number[] {
  return generatedTokens > 1 ? [(endToEndMs - firstTokenMs) / (generatedTokens - 1)] : [];
}

/** Nearest rank: of few requests, p99 is the slowest one. */
function quantilesOf(values: readonly number[]): LatencyQuantiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.ceil(share * sorted.length) - 1] ?? absent('no request has more than one token');
  return {p50Ms: at(0.5), p90Ms: at(0.9), p99Ms: at(0.99)};
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
