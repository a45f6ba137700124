import {ok} from '../../../src/shared/result.ts';
import {MS_PER_DAY, MS_PER_MINUTE} from '../../../src/shared/units.ts';
import {sizeOfNode} from '../../../src/supervisor/cost/size/size-of-node.ts';
import {usualSettings} from '../../domain/memory/plan-samples.ts';
import {buildSnapshot} from '../../support/build-snapshot.ts';
import {planOf} from '../../support/plan-of.ts';

const DAYS = 7;
const STEP_MS = 3 * MS_PER_MINUTE;
const NOW_MS = Date.UTC(2026, 10, 28);
const range = {aboveTokens: 5_000, atMostTokens: 20_000};
const lengths = {
  ...{requests: 900, longest: range, p99: range},
  refused: [32, 64, 128, 256].map((k) => ({contextTokens: k * 1_024, atLeast: 0, atMost: 0})),
};

/** Judges, as the supervisor does once an hour, whether a smaller node would have done what a week asked of one with 16 GPUs. */
export function judgeSize(): () => Promise<unknown> {
  const count = (DAYS * MS_PER_DAY) / STEP_MS;
  const points = (value: number) =>
    Array.from({length: count + 1}, (_, index) => ({atMs: NOW_MS - (count - index) * STEP_MS, value}));
  const series = {
    runningRequests: points(2),
    kvUsageRatio: points(0.01),
    promptTokensPerSecond: points(100),
    cachedPromptTokensPerSecond: points(0),
    generationTokensPerSecond: points(50),
  };
  const snapshot = buildSnapshot({plan: planOf({...usualSettings, tensorParallelSize: 16}, '16xH200')});
  return () =>
    sizeOfNode(
      {
        snapshot,
        getHistory: async () => ok({series, requests: {lengths}}),
        lookUp: async () => null,
        prices: {apis: [], gpus: [], ownership: []},
        nowMs: NOW_MS,
      },
      DAYS * MS_PER_DAY,
    );
}
