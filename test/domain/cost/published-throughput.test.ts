import {expect, test} from 'vitest';
import {builtInPrices} from '../../../src/config/prices/built-in-prices.ts';
import {candidateNode} from '../../../src/domain/cost/candidate-nodes.ts';
import {highestOfEach, publishedThroughputs} from '../../../src/domain/cost/published-throughput.ts';
import {MS_PER_HOUR} from '../../../src/shared/units.ts';

const measured = (publisher: string) => publishedThroughputs.filter(({source}) => source.startsWith(publisher));

// https://lambda.ai/inference-models/moonshotai/kimi-k2.7-code and kimi-k2.6; the recipe of vLLM for Kimi-K2-Thinking; SGLang's
// cookbook for Kimi-K2.5. Total and output in tokens per second of the node.
test.each([
  ['Lambda', 'B200', 'Kimi K2.7 Code', '8192 in, 2048 out', 32, 5786.74, 1157.35],
  ['Lambda', 'B200', 'Kimi K2.6', '8192 in, 2048 out', 32, 7046, 1408],
  ['vLLM', 'H200', 'Kimi K2 Thinking', '8000 in, 390 out', null, 10_462.6, 485.8],
  ['vLLM', 'H200', 'Kimi K2 Thinking DCP8', '8000 in, 442 out', null, 13_290.4, 695.1],
  ['SGLang', 'H200', 'Kimi K2.5 INT4', '610 in, 422 out', 1, 260, 106],
  ['SGLang', 'H200', 'Kimi K2.5 INT4', '496 in, 510 out', 16, 509, 258],
  ['SGLang', 'H200', 'Kimi K2.5 INT4', '500 in, 505 out', 100, 504, 254],
])('%s measured eight %s with %s, %s at %s', (publisher, card, model, workload, concurrency, total, output) => {
  expect(measured(publisher)).toContainEqual(
    expect.objectContaining({
      ...{card, gpuCount: 8, model, workload, concurrency},
      ...{totalTokensPerSecond: total, outputTokensPerSecond: output},
    }),
  );
});

// https://kimi-capacity-report.pages.dev: tokens per second of each user at 4, 8, 16, 32 and 64 users, and of all 64 together.
test.each([
  ['H200', [91.2, 70.3, 46.6, 28.9, 16.7], 1069, 8550],
  ['B200', [104.4, 81.1, 59.2, 40.5, 26], 1664, 13_312],
  ['B300', [111.1, 84.4, 60.6, 42, 26.8], 1715, 13_722],
  ['MI355X', [41.7, 34.7, 21.9, 16.3, 10.7], 685, 5478],
  ['MI325X', [46, 35.2, 25.8, 14.7, 9.9], 634, 5069],
  ['MI300X', [43.8, 31.7, 22.7, 12.9, 8.6], 550, 4403],
])('InferenceX measured eight %s with %j tok/s for each user', (card, perUser, output, input) => {
  const points = measured('InferenceX').filter((point) => point.card === card);
  expect(points.map(({concurrency}) => concurrency)).toEqual([4, 8, 16, 32, 64]);
  for (const [index, {outputTokensPerSecond, concurrency}] of points.entries())
    expect(Math.abs(outputTokensPerSecond - (perUser[index] ?? 0) * (concurrency ?? 0))).toBeLessThanOrEqual(0.5);
  expect(points.at(-1)).toMatchObject({outputTokensPerSecond: output, totalTokensPerSecond: output + input});
});

// https://inferencex.semianalysis.com/blog/b200-nvfp4-vs-h200-int4-kimi-k2-vllm-perf-per-dollar of 2026-05-19, at 32 tokens per
// second for each user: a million tokens cost this much who owns the GPU, which is so many tokens per second of it.
test.each([
  ['H200', 0.413, 948],
  ['B200', 0.343, 1579],
  ['B200', 0.14, 3869],
])('a %s on which a million tokens cost its owner $%d makes %d per second', (card, usdPerMillion, rate) => {
  const owned = builtInPrices().ownership.find((cost) => cost.card === card)?.usdPerGpuHour ?? 0;
  expect(Math.round(((owned / usdPerMillion) * 1e9) / MS_PER_HOUR)).toBe(rate);
});

test('the highest of each node, model and publisher is compared with', () => {
  const rows = highestOfEach(publishedThroughputs).map(
    ({card, model, concurrency}) => `${card} ${model} ${concurrency}`,
  );
  expect(new Set(rows).size).toBe(rows.length);
  expect(rows).toHaveLength(11);
  expect(rows).toContain('H200 Kimi K2.5 INT4 64');
});

test('a rate at which nothing limited the requests is none that a node is chosen by', () => {
  const {published} = candidateNode({gpuName: 'NVIDIA H200', gpuCount: 8}, builtInPrices(), Date.UTC(2026, 10, 28));
  expect(published).toMatchObject({concurrency: 64, totalTokensPerSecond: 9619});
});

test('a rent is of one form of a chip', () => {
  const usdPerHour = (gpuName: string) =>
    candidateNode({gpuName, gpuCount: 8}, builtInPrices(), Date.UTC(2026, 10, 28)).usdPerHour;
  expect(usdPerHour('NVIDIA H100 80GB HBM3')).toMatchObject({low: 15.92, high: 55.04});
  expect(['NVIDIA H100 NVL', 'NVIDIA H100 PCIe', 'NVIDIA H200 NVL'].map(usdPerHour)).toEqual([null, null, null]);
});
