import {expect, test} from 'vitest';
import type {CardMemory} from '../../../../src/domain/memory/cards.ts';
import type {LaunchSettings} from '../../../../src/domain/settings/launch-settings.ts';
import {readMemoryArguments} from '../../../../src/engines/vllm/memory-arguments.ts';
import {batchSizes} from '../../../../src/engines/vllm/overhead/batch-sizes.ts';
import {BYTES_PER_GIB} from '../../../../src/shared/units.ts';
import {knownArchitecture, usualSettings} from '../../../domain/memory/plan-samples.ts';

function sizes(
  gib: number,
  version: string,
  change: Partial<LaunchSettings> = {},
  of: {readonly name: string; readonly isUnified?: true} = {name: 'NVIDIA H100'},
) {
  const settings = {...usualSettings, ...change};
  const bytes = gib * BYTES_PER_GIB;
  const card: CardMemory = {
    name: of.name,
    nvmlBytes: bytes,
    cudaVisibleBytes: bytes,
    family: null,
    nominalBytes: null,
    isUnified: of.isUnified ?? false,
    source: 'a test',
  };
  const {requests, tokens, isRequestsDefault} = batchSizes(
    settings,
    readMemoryArguments(settings, knownArchitecture()),
    card,
    version,
  );
  return [requests, tokens, isRequestsDefault];
}

test.each([
  ['0.32.0', 160, [1024, 16_384, true]],
  ['0.32.0', 159, [1024, 8192, true]],
  ['0.27.1', 179, [1024, 8192, true]],
  ['0.32.0', 70, [1024, 8192, true]],
  ['0.32.0', 69, [256, 2048, true]],
  ['0.9.0', 79, [1024, 8192, true]],
  ['0.8.5', 79, [256, 8192, true]],
])('vLLM %s on a GPU of %i GiB has its own defaults', (version, gib, expected) => {
  expect(sizes(gib, version)).toEqual(expected);
});

test.each(['0.13.0', '0.32.0', '0.33.0'])(
  'a GB10 has the defaults of a small GPU on %s: NVML tells no size of it',
  (version) => {
    const gb10 = {name: 'NVIDIA GB10', isUnified: true} as const;
    expect(sizes(120, version, {}, gb10)).toEqual([256, 2048, true]);
  },
);

test('an A100 has the defaults of a small GPU by its name, an A800 does not', () => {
  expect(sizes(80, '0.32.0', {}, {name: 'NVIDIA A100-SXM4-80GB'})).toEqual([256, 2048, true]);
  expect(sizes(80, '0.32.0', {}, {name: 'NVIDIA A800-SXM4-80GB'})).toEqual([1024, 8192, true]);
});

test.each([
  [4096, 4096],
  [1024, 2048],
  [32_768, 32_768],
  [131_072, 2048],
])('the first engine prefills %i tokens of context in batches of %i', (contextLengthTokens, tokens) => {
  expect(sizes(79, '0.7.3', {contextLengthTokens})).toEqual([256, tokens, true]);
});

test.each<[Partial<LaunchSettings>, unknown]>([
  [{maxRunningRequests: 64}, [64, 8192, false]],
  [{maxRunningRequests: 64, extraArguments: ['--max-num-seqs', '32']}, [32, 8192, false]],
  [{extraArguments: ['--max-num-batched-tokens=4096']}, [1024, 4096, true]],
  [{extraArguments: ['--max-num-batched-tokens=512']}, [512, 512, true]],
  [{extraArguments: ['--performance-mode', 'throughput']}, [2048, 16_384, true]],
  [{extraArguments: ['--performance-mode', 'throughput'], maxRunningRequests: 64}, [64, 16_384, false]],
  [{extraArguments: ['--performance-mode', 'interactivity']}, [1024, 8192, true]],
  [{extraArguments: ['--max-num-seqs', 'many']}, [1024, 8192, true]],
])('settings and arguments count before them: %j', (change, expected) => {
  expect(sizes(79, '0.32.0', change)).toEqual(expected);
});
