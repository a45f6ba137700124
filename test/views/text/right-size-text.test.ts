import {describe, expect, test} from 'vitest';
import type {ObservedLoad} from '../../../src/domain/cost/right-size/observed-load.ts';
import type {RightSize, SizedNode} from '../../../src/domain/cost/right-size/right-size.ts';
import {absent} from '../../../src/samples/reading.ts';
import {MS_PER_HOUR} from '../../../src/shared/units.ts';
import {unicodeGlyphs} from '../../../src/views/glyphs.ts';
import {plainLines} from '../../../src/views/plan/text-lines.ts';
import {rightSizeRows, verdictText} from '../../../src/views/text/right-size-text.ts';

const K = 1_024;
const WEEK_MS = 168 * MS_PER_HOUR;

const load: ObservedLoad = {
  sinceMs: 0,
  untilMs: WEEK_MS,
  coveredMs: WEEK_MS - MS_PER_HOUR,
  lengths: {
    requests: 1_000,
    longest: {aboveTokens: 50_000, atMostTokens: 110_000},
    p99: {aboveTokens: 0, atMostTokens: 22_000},
    refused: [],
  },
  mostRunningRequests: 12,
  mostKvUsageRatio: 0.34,
  busyTokensPerSecond: 1_204,
  busyOutputTokensPerSecond: 180,
};

const node: SizedNode = {
  gpuName: 'NVIDIA H200',
  gpuCount: 8,
  usdPerHour: {low: 20, high: 56, isStale: true},
  owned: null,
  published: {
    ...{card: 'H200', gpuCount: 8, model: 'Kimi K2.5 INT4', workload: '8192 in, 1024 out', concurrency: 64},
    ...{totalTokensPerSecond: 9_619, outputTokensPerSecond: 1_069, source: 'a report'},
  },
  throughput: 'enough',
  cheaper: 'always',
};

const size: RightSize = {
  load,
  isWholeWeek: true,
  present: {gpuName: 'NVIDIA H200', gpuCount: 16, usdPerHour: 57.6, contextTokens: 256 * K},
  windows: [
    {contextTokens: 32 * K, isPresent: false, refused: {atLeast: 3, atMost: 40}, fullLengthSequences: 21.5},
    {contextTokens: 128 * K, isPresent: false, refused: {atLeast: 0, atMost: 0}, fullLengthSequences: 5.4},
    {contextTokens: 256 * K, isPresent: true, refused: null, fullLengthSequences: 2.7},
  ],
  neededContextTokens: 128 * K,
  neededKvTokens: 131_072,
  nodes: [
    node,
    {
      ...node,
      gpuName: 'NVIDIA GB300',
      gpuCount: 4,
      usdPerHour: null,
      published: null,
      throughput: 'unpublished',
      cheaper: null,
    },
  ],
  smaller: node,
};

const textOf = (of: RightSize, columns = 80) => plainLines(rightSizeRows(of, {columns, glyphs: unicodeGlyphs}));

describe('rightSizeRows', () => {
  test('has what was observed, each context and each node with its arithmetic', () => {
    expect(textOf(size)).toBe(`16x H200 with 256K of context, $57.60/h
observed    6d 23h of the last 7d 0h; 1,000 requests
requests    longest above 50,000, at most 110,000 tokens; p99 at most 22,000
            tokens
load        at most 12.0 at the same time, 34 % of the KV cache; 95 of 100 hours
            at most 1,204 tok/s computed, 180 tok/s generated

context     requests it has no room for       of full length together
32K         3 to 40 (4 %)                     21.5×
128K        none                              5.4×
256K now    as now                            2.7×
The KV cache has the same size with every context: a shorter one guarantees more
requests of full length, and makes none faster.

Nodes for 128K of context and 131,072 tokens of KV cache, by the plan
8x H200                 $20.00-$56.00/h, stale    enough: 9,619 tok/s published
No price is known for 4x GB300. Set it: gpus: [{card: GB300, provider: ours,
low: <usd>, high: <usd>, asOf: <YYYY-MM-DD>, source: <where>}] in prices.yaml
next to gantry.yaml, in USD per GPU-hour.

8x H200 at $20.00-$56.00/h, stale would do the same: 9,619 tok/s were published
for it (a report). A context of 128K would have refused no request of this time.`);
  });

  test('never advises before a week is known, and says how much is', () => {
    const early = {...size, isWholeWeek: false, smaller: null, load: {...load, coveredMs: 3 * MS_PER_HOUR}};
    expect(verdictText(early)).toContain('No advice yet');
    expect(verdictText(early)).toContain('3h 00m of 7d 0h');
  });

  test('has dashes for what is unknown', () => {
    const unknown = {...load, mostRunningRequests: null, mostKvUsageRatio: null, busyTokensPerSecond: null};
    const text = textOf({
      ...size,
      load: {...unknown, lengths: absent('the engine counts none')},
      nodes: [],
      smaller: null,
    });
    expect(text).toContain('sizes of requests: the engine counts none');
    expect(text).toContain('at most – at the same time, – of the KV cache');
    expect(text).toContain('\nnone\n');
  });

  test('fits the width', () => {
    for (const columns of [40, 60, 80, 200])
      for (const line of textOf(size, columns).split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
  });
});
