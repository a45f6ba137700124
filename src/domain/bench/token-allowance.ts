import {isAbsent} from '../../samples/reading.ts';
import type {BenchPoint} from './bench-point.ts';
import type {BenchWorkload} from './bench-workload.ts';

/** Tokens of requests: all of their prompts, the cached ones included, and of their answers. */
export type BenchTokens = {readonly promptTokens: number; readonly generatedTokens: number};
export const noBenchTokens: BenchTokens = {promptTokens: 0, generatedTokens: 0};

/** One load of a benchmark; `point` is null until it is measured, and for one that could not be. */
export type SentLoad = {readonly requests: number; readonly point: BenchPoint | null};

/** For the chat template around a prompt. */
const TEMPLATE_TOKENS = 64;
/**
 * On a node without other traffic, which tokens are whose is no question, and an engine may count more of them than were asked for:
 * nothing of the benchmark may become that of clients.
 */
const ALONE_MARGIN = 1.35;
/** Tools send up to so many requests before they measure: one to see whether it is answered, one to bring a prefix into the cache. */
const WARM_UPS = 2;
/** Of the two small requests by which Gantry's own generator finds how long text has to be, and of the answer to a prompt before a load. */
const OWN_TOKENS: BenchTokens = {promptTokens: 1_024, generatedTokens: 3};

/**
 * The most tokens that a benchmark's requests can have used, with those of a load that is about to be sent. `isShared`: clients are
 * served at the same time, so that a load that was measured counts with its own totals, and not with what was planned for it.
 */
export function mostTokensOf(bench: {
  readonly loads: readonly SentLoad[];
  readonly workload: Pick<BenchWorkload, 'promptTokens' | 'answerTokens'>;
  readonly isShared: boolean;
  readonly isOwnTool: boolean;
}): BenchTokens {
  const {loads, isShared, isOwnTool} = bench;
  const {promptTokens, answerTokens} = bench.workload;
  const warmUps = isOwnTool ? 0 : WARM_UPS;
  const planned = (requests: number): BenchTokens => ({
    promptTokens: requests * (isShared ? promptTokens : Math.ceil(promptTokens * ALONE_MARGIN + TEMPLATE_TOKENS)),
    generatedTokens: requests * (isShared ? answerTokens : Math.ceil(answerTokens * ALONE_MARGIN)),
  });
  const used = loads.map(({requests, point}) =>
    isShared && point !== null
      ? plus(measured(point, warmUps), planned(isAbsent(point.failed) ? 0 : point.failed))
      : planned(requests + warmUps),
  );
  const own = plus(OWN_TOKENS, {...planned(1), generatedTokens: 0});
  return used.reduce(plus, isOwnTool ? own : noBenchTokens);
}

/** What its answers say, and as much again for each request that was sent before it measured. */
function measured({completed, promptTokens, generatedTokens}: BenchPoint, warmUps: number): BenchTokens {
  const sent = completed === 0 ? 1 : 1 + warmUps / completed;
  return {promptTokens: Math.ceil(promptTokens * sent), generatedTokens: Math.ceil(generatedTokens * sent)};
}

function plus(one: BenchTokens, other: BenchTokens): BenchTokens {
  return {
    promptTokens: one.promptTokens + other.promptTokens,
    generatedTokens: one.generatedTokens + other.generatedTokens,
  };
}
