import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {LaunchSettings} from '../../../../src/domain/settings/launch-settings.ts';
import {vllmMemory} from '../../../../src/engines/vllm/memory.ts';
import {NEWEST_RELEASE} from '../../../../src/engines/vllm/overhead/assumed-release.ts';
import {BYTES_PER_GIB} from '../../../../src/shared/units.ts';
import {catalogCard, H100, H200, knownArchitecture, usualSettings} from '../../../domain/memory/plan-samples.ts';
import {type PublishedModel, publishedModel} from '../../../domain/memory/published/published-models.ts';

type Case = {
  readonly shapes?: PublishedModel;
  readonly change?: Partial<LaunchSettings>;
  readonly card?: string;
  readonly version?: string | null;
};

function terms({shapes, change = {}, card = H200, version = null}: Case = {}) {
  const ofKimi = {...usualSettings, ...change};
  return vllmMemory.terms({
    settings: shapes === undefined ? ofKimi : {...usualSettings, tensorParallelSize: 1, ...change},
    card: catalogCard(card),
    gpuCount: 8,
    architecture: shapes === undefined ? knownArchitecture() : publishedModel(shapes).architecture,
    version,
  });
}

const gib = (bytes: number): number => bytes / BYTES_PER_GIB;
const overhead = (of: Case): number => gib(terms(of).overheadBytes);
function part(of: Case, label: string): number {
  return gib(terms(of).overheadParts.find((each) => each.label === `Overhead: ${label}`)?.bytes ?? 0);
}

describe('one formula gives both published starts of Kimi', () => {
  test('1,024 requests on vLLM 0.11: 8.1 GiB', () => {
    const change = {model: 'moonshotai/Kimi-K2-Thinking', visionMode: 'absent' as const};
    expect(overhead({change, version: '0.11.1rc6'})).toBeCloseTo(8.1, 0);
    expect(Math.abs(overhead({change, version: '0.11.1rc6'}) - 8.08)).toBeLessThan(0.1);
  });

  test('64 requests on vLLM 0.15: 2.75 GiB', () => {
    expect(Math.abs(overhead({change: {maxRunningRequests: 64}, card: H100, version: '0.15.0'}) - 2.75)).toBeLessThan(
      0.05,
    );
  });
});

describe('what PyTorch allocates at most', () => {
  const peakOf = (of: Case): number =>
    ['sampler', 'activations', "experts' work", 'vision'].reduce((sum, label) => sum + part(of, label), 0);

  test.each<[PublishedModel, string, number]>([
    ['Llama 3.1 8B', '0.11.0', 4.76],
    ['Qwen3 0.6B', '0.11.0', 5.56],
    ['Qwen3 32B', '0.11.0', 5.64],
    ['Llama 3.3 70B FP8', '0.11.0', 4.84],
    ['Qwen3 14B', '0.16.0', 5.64],
    ['Qwen3 14B', '0.17.0', 2.23],
    ['Llama 3.1 8B', '0.19.0', 1.89],
    ['Qwen2.5 7B', '0.19.0', 2.21],
    ['Qwen2.5 72B', '0.19.0', 2.29],
    ['Qwen3 30B A3B', '0.19.0', 2.68],
  ])('for %s is what vLLM %s logged: %d GiB', (shapes, version, logged) => {
    expect(Math.abs(peakOf({shapes, version, card: H100}) - logged)).toBeLessThan(0.06);
  });

  test.each<[PublishedModel, string, number]>([
    ['Llama 3.1 8B', '0.20.0', 3.69],
    ['Qwen3 30B A3B', '0.21.0', 2.7],
    // The second model runner: dense models from 0.22 on, all since 0.29.
    ['Qwen3 14B', '0.22.0', 1.5],
    ['Llama 3.1 8B', '0.22.0', 2.7],
    ['Llama 3.3 70B FP8', '0.25.0', 1.5],
    ['Qwen3 30B A3B', '0.28.0', 2.7],
    ['Qwen3.5 4B', '0.28.0', 2.7],
    ['Qwen3 30B A3B', '0.29.0', 1.5],
  ])('for %s the sampler of vLLM %s takes %d x its logits', (shapes, version, ratio) => {
    const {vocabularySize} = publishedModel(shapes).architecture;
    const logits = (1024 * vocabularySize * 4) / BYTES_PER_GIB;
    expect(part({shapes, version, card: H100}, 'sampler') / logits).toBeCloseTo(ratio, 1);
  });

  test('counts the largest image where a vision tower needs more for it than the text', () => {
    const few = {
      card: 'NVIDIA A100-SXM4-80GB',
      version: '0.28.0',
      change: {maxRunningRequests: 32, visionMode: 'data'},
    } as const;
    // 1.36 GiB were logged for the 0.8B.
    expect(peakOf({...few, shapes: 'Qwen3.5 0.8B'})).toBeCloseTo(1.24, 1);
    expect(peakOf({...few, shapes: 'Qwen3.5 4B'})).toBeCloseTo((65_536 * (2 * 4096 + 5 * 1024) * 2) / BYTES_PER_GIB, 1);
  });

  test('is the forward pass where the vocabulary is small', () => {
    const few = {shapes: 'Llama 3.1 8B', version: '0.19.0', card: H100, change: {maxRunningRequests: 8}} as const;
    // 8,192 tokens x (3 x 14,336 + 4.25 x 4,096) x 2 bytes.
    expect(peakOf(few)).toBeCloseTo((8192 * (3 * 14_336 + 4.25 * 4096) * 2) / BYTES_PER_GIB + 0.02, 1);
  });

  test('does not count a vision tower that is not loaded, nor experts of a dense model', () => {
    expect(part({change: {visionMode: 'absent'}}, 'vision')).toBe(0);
    expect(part({}, 'vision')).toBeGreaterThan(0);
    expect(part({shapes: 'Qwen3 32B'}, "experts' work")).toBe(0);
  });

  test('counts the tokens of all replicas that share their experts', () => {
    const shared = {tensorParallelSize: 2, dataParallelSize: 4};
    const alone = part({change: {tensorParallelSize: 2}}, "experts' work");
    expect(part({change: shared}, "experts' work")).toBeGreaterThan(alone * 3);
    expect(part({change: {...shared, expertParallel: true}}, "experts' work")).toBeGreaterThan(0);
  });
});

describe('what is outside PyTorch', () => {
  test.each([
    ['0.11.0', H100, 1, 0.13],
    ['0.11.0', H100, 2, 0.55],
    ['0.18.0', H100, 1, 0.25],
    ['0.19.0', H100, 2, 2.07],
    ['0.19.0', 'NVIDIA RTX PRO 6000 Blackwell Server Edition', 8, 1.17],
    ['0.19.0', 'NVIDIA B200', 4, 1.5],
    ['0.19.0', 'NVIDIA L40S', 2, 0.7],
  ])('of vLLM %s on %s with %i ranks: %d GiB', (version, card, tensorParallelSize, expected) => {
    expect(part({version, card, change: {tensorParallelSize}}, 'process')).toBeCloseTo(expected, 2);
  });

  test('grows with the ranks that share a sequence on RTX PRO 6000, and not on H200', () => {
    const change = {decodeContextParallelSize: 8};
    expect(part({change}, 'shared cache')).toBe(0);
    expect(part({change, card: 'NVIDIA RTX PRO 6000 Blackwell Server Edition'}, 'shared cache')).toBeCloseTo(0.9, 2);
  });

  test('includes CUDA graphs since 0.20, unless they are off, and fewer of them for fewer requests', () => {
    const graphs = (change: Partial<LaunchSettings>, version = '0.20.0') => part({change, version}, 'CUDA graphs');
    expect(graphs({}, '0.19.1')).toBe(0);
    expect(graphs({extraArguments: ['--enforce-eager']})).toBe(0);
    // 51 sizes up to 512, once for any batch and once for decoding alone.
    expect(graphs({})).toBeCloseTo(0.2 + 102 * 61 * 2.5e-4, 2);
    // 19 sizes up to 128 and 11 up to 64.
    expect(graphs({maxRunningRequests: 64})).toBeCloseTo(0.2 + 30 * 61 * 2.5e-4, 2);
    expect(graphs({extraArguments: ['--max-cudagraph-capture-size', '16']})).toBeCloseTo(0.2 + 10 * 61 * 2.5e-4, 2);
  });

  test('has no CUDA graphs of a model that the second runner serves, until 0.29', () => {
    const graphs = (shapes: PublishedModel, version: string) => part({shapes, version, card: H100}, 'CUDA graphs');
    expect(graphs('Llama 3.1 8B', '0.22.0')).toBeGreaterThan(0);
    expect(graphs('Llama 3.1 8B', '0.23.0')).toBe(0);
    expect(graphs('Llama 3.1 8B', '0.28.0')).toBe(0);
    expect(graphs('Llama 3.1 8B', '0.29.0')).toBeGreaterThan(0);
    expect(graphs('Qwen3 30B A3B', '0.28.0')).toBeGreaterThan(0);
  });

  test('includes the table of rotary positions, of several dimensions for four times as many', () => {
    expect(part({shapes: 'Llama 3.1 8B'}, 'tables')).toBeCloseTo((131_072 * 128 * 2) / BYTES_PER_GIB, 2);
    expect(part({shapes: 'Qwen3.5 27B'}, 'tables')).toBeCloseTo((4 * 262_144 * 64 * 2) / BYTES_PER_GIB, 2);
  });

  test('captures larger graphs on Blackwell since 0.28', () => {
    const on = (card: string, version: string) => part({card, version}, 'CUDA graphs');
    expect(on('NVIDIA B200', '0.28.0')).toBeGreaterThan(on('NVIDIA B200', '0.27.0'));
    expect(on(H200, '0.28.0')).toBe(on(H200, '0.27.0'));
  });

  test('includes a draft model', () => {
    const extraArguments = ['--speculative-config', '{"method":"eagle3"}'];
    expect(part({change: {extraArguments}}, 'draft')).toBeCloseTo(0.7, 2);
    expect(part({}, 'draft')).toBe(0);
  });
});

describe('without a version', () => {
  test('the newest release is expected and named, and every release is possible', () => {
    const unknown = terms({shapes: 'Qwen3 32B', card: H100});
    const newest = terms({shapes: 'Qwen3 32B', card: H100, version: NEWEST_RELEASE});
    const oldest = terms({shapes: 'Qwen3 32B', card: H100, version: '0.11.0'});
    expect(unknown.overheadBytes).toBe(newest.overheadBytes);
    expect(unknown.overheadEvidence).toContain(NEWEST_RELEASE);
    expect(unknown.cautiousOverheadBytes).toBeGreaterThanOrEqual(oldest.cautiousOverheadBytes);
    expect(unknown.cautiousOverheadBytes).toBeGreaterThan(newest.cautiousOverheadBytes);
    expect(unknown.leastOverheadBytes).toBeLessThan(newest.leastOverheadBytes);
  });

  test('only releases that serve the model are possible: 0.17, whose buffers are the smallest, does not serve Kimi K2.7', () => {
    const leastOf = (version: string | null, model = 'moonshotai/Kimi-K2.7-Code') =>
      terms({card: H200, version, change: {model}}).leastOverheadBytes;
    expect(leastOf(null)).toBe(
      Math.min(leastOf('0.19.1'), leastOf('0.20.2'), leastOf('0.27.1'), leastOf('0.28.1'), leastOf(NEWEST_RELEASE)),
    );
    expect(leastOf(null, 'moonshotai/Kimi-K2.5')).toBe(Math.min(leastOf('0.17.0'), leastOf('0.19.1')));
    expect(leastOf('0.17.0')).toBeLessThan(leastOf(null));
  });
});

test.each(['0.1.dev9+g1a2b3c4', 'a fork', ''])('a version %j that names no release is unknown', (version) => {
  expect(overhead({version})).toBe(overhead({version: null}));
  expect(terms({version}).overheadEvidence).toBe(terms({version: null}).overheadEvidence);
});

test('the basis says whether the model is one of those that were measured', () => {
  expect(terms().overheadEvidence).toContain('Kimi K2 among them');
  const {architecture} = publishedModel('Qwen3 32B');
  const other = vllmMemory.terms({
    settings: {...usualSettings, tensorParallelSize: 1},
    card: catalogCard(H100),
    gpuCount: 1,
    architecture: {...architecture, layers: 63},
    version: '0.19.0',
  });
  expect(other.overheadEvidence).toMatch(/other models/);
});

test('the parts add up, and the expected overhead is between the least and the most', () => {
  fc.assert(
    fc.property(
      fc.record({
        tensorParallelSize: fc.constantFrom(1, 2, 4, 8),
        dataParallelSize: fc.constantFrom(1, 2),
        decodeContextParallelSize: fc.constantFrom(1, 2, 8),
        maxRunningRequests: fc.option(fc.integer({min: 1, max: 8192})),
        expertParallel: fc.boolean(),
      }),
      fc.constantFrom(H100, H200, 'NVIDIA B200', 'NVIDIA L40S', 'NVIDIA A100-SXM4-80GB'),
      fc.constantFrom(null, '0.6.4', '0.8.5', '0.11.0', '0.17.0', '0.19.0', '0.25.1', '0.99.0', 'no version'),
      fc.constantFrom<PublishedModel | undefined>(undefined, 'Qwen3 32B', 'Qwen3 235B A22B FP8', 'DeepSeek R1'),
      (change, card, version, shapes) => {
        const {overheadParts, overheadBytes, leastOverheadBytes, cautiousOverheadBytes} = terms({
          change,
          card,
          version,
          ...(shapes === undefined ? {} : {shapes}),
        });
        expect(overheadParts.reduce((sum, {bytes}) => sum + bytes, 0)).toBe(overheadBytes);
        expect(leastOverheadBytes).toBeLessThanOrEqual(overheadBytes);
        expect(cautiousOverheadBytes).toBeGreaterThanOrEqual(overheadBytes);
        expect(leastOverheadBytes).toBeGreaterThan(0);
      },
    ),
  );
});
