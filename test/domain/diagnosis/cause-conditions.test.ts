import {describe, expect, test} from 'vitest';
import {explainFindings} from '../../../src/domain/diagnosis/cause-chains.ts';
import {type DetailedCode, type DetailsOf, withDetails} from '../../../src/domain/diagnosis/details/details.ts';
import type {Finding} from '../../../src/domain/diagnosis/finding.ts';
import {findingOf} from '../lifecycle/lifecycle-samples.ts';

const GIB = 1_073_741_824;

function warningOf<C extends DetailedCode>(code: C, details: DetailsOf<C>): Finding {
  return {...findingOf(code, 'warning'), ...withDetails(code, details)};
}

const at = (finding: Finding, sinceSeconds: number): Finding => ({...finding, sinceMs: sinceSeconds * 1_000});

/** The code of what explains the finding; null if nothing does. */
function causeOf(effect: Finding, cause: Finding): string | null {
  const all = explainFindings([effect, cause]);
  const position = all.find(({code}) => code === effect.code)?.explainedBy;
  return position === undefined ? null : (all[position]?.code ?? null);
}

describe('an overhead that is not plausible', () => {
  const overhead = (measuredGib: number, isLowerBound = false): Finding =>
    warningOf('plan.overhead-implausible', {
      isLowerBound,
      measuredBytesPerGpu: measuredGib * GIB,
      usedBytesPerGpu: 2 * GIB,
      leastBytesPerGpu: -GIB / 2,
      mostBytesPerGpu: 16 * GIB,
    });
  const checkpoint = (measuredGib: number): Finding =>
    warningOf('plan.checkpoint-differs', {plannedBytes: 500 * GIB, measuredBytes: measuredGib * GIB});
  const weights = (measuredGib: number): Finding =>
    warningOf('plan.weights-differ', {plannedBytesPerGpu: 60 * GIB, measuredBytesPerGpu: measuredGib * GIB});
  const card = (measuredGib: number): Finding =>
    warningOf('plan.gpu-memory-differs', {gpuIndex: 0, plannedBytes: 140 * GIB, measuredBytes: measuredGib * GIB});
  const inUse = warningOf('plan.gpu-memory-in-use', {
    usedBytesPerGpu: 80 * GIB,
    freeBytesPerGpu: 60 * GIB,
    totalBytesPerGpu: 140 * GIB,
  });
  const pool = (measuredGib: number): Finding =>
    warningOf('plan.kv-pool-differs', {plannedBytesPerGpu: 60 * GIB, measuredBytesPerGpu: measuredGib * GIB});

  test.each([
    ['a larger checkpoint', checkpoint(1_100), overhead(70)],
    ['a larger checkpoint, where memory ran out', checkpoint(1_100), overhead(70, true)],
    ['a smaller checkpoint', checkpoint(100), overhead(-40)],
    ['more weights', weights(130), overhead(70)],
    ['fewer weights', weights(20), overhead(-40)],
    ['a smaller GPU', card(70), overhead(70)],
    ['memory that was in use', inUse, overhead(70)],
    ['a KV cache that is smaller by as much', pool(20), overhead(42)],
  ])('follows from %s', (_, cause, effect) => {
    expect(causeOf(effect, cause)).toBe(cause.code);
  });

  test.each([
    ['a larger checkpoint, which leaves less for the KV cache, not more', checkpoint(1_100), overhead(-40)],
    ['more weights, if the KV cache is larger than planned', weights(130), overhead(-40)],
    ['a larger GPU, if less is left', card(300), overhead(70)],
    ['a smaller GPU, where a process itself held too much', card(70), overhead(70, true)],
    ['memory that was in use, where a process itself held too much', inUse, overhead(70, true)],
    ['memory that was in use, if more is left than planned', inUse, overhead(-40)],
    ['a KV cache that differs by another amount', pool(20), overhead(70)],
  ])('does not follow from %s', (_, cause, effect) => {
    expect(causeOf(effect, cause)).toBeNull();
  });

  test('only a smaller GPU makes the engine find less free memory than planned', () => {
    expect(causeOf(inUse, card(60))).toBe('plan.gpu-memory-differs');
    expect(causeOf(inUse, card(300))).toBeNull();
  });
});

describe('a process of another user', () => {
  const process = (plannedGib: number | null, sinceSeconds = 0, cudaNumbers: number[] | null = null): Finding =>
    at(
      warningOf('gpu.foreign-process', {
        pid: 7,
        name: 'python',
        usedBytes: 90 * GIB,
        gpuIndexes: [4],
        cudaNumbers,
        plannedBytes: plannedGib === null ? null : plannedGib * GIB,
      }),
      sinceSeconds,
    );
  const inUse = (sinceSeconds = 0): Finding =>
    at(
      warningOf('plan.gpu-memory-in-use', {
        usedBytesPerGpu: 80 * GIB,
        freeBytesPerGpu: 60 * GIB,
        totalBytesPerGpu: 140 * GIB,
      }),
      sinceSeconds,
    );

  test('explains memory in use before loading if it held most of that on the GPUs of the plan', () => {
    expect(causeOf(inUse(), process(80))).toBe('gpu.foreign-process');
    expect(causeOf(inUse(), process(40))).toBe('gpu.foreign-process');
  });

  test('does not explain it with little memory, on other GPUs, without a plan, or if it came later', () => {
    expect(causeOf(inUse(), process(39))).toBeNull();
    expect(causeOf(inUse(), process(0))).toBeNull();
    expect(causeOf(inUse(), process(null))).toBeNull();
    expect(causeOf(inUse(100), process(80, 131))).toBeNull();
    expect(causeOf(inUse(100), process(80, 130))).toBe('gpu.foreign-process');
  });

  test('does not explain memory that ran out before it came', () => {
    const failure = at(findingOf('vllm.out-of-memory-loading'), 100);
    expect(causeOf(failure, process(80, 90))).toBe('gpu.foreign-process');
    expect(causeOf(failure, process(80, 130))).toBe('gpu.foreign-process');
    expect(causeOf(failure, process(80, 3_600))).toBeNull();
  });

  test('does not explain memory that ran out on a GPU which it does not use, by the numbers of CUDA', () => {
    const onCard = (number: number): Finding => ({
      ...findingOf('vllm.out-of-memory-loading'),
      evidence: `torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 1.75 GiB. GPU ${number} h`,
    });
    expect(causeOf(onCard(4), process(80, 0, [0, 2]))).toBeNull();
    expect(causeOf(onCard(2), process(80, 0, [0, 2]))).toBe('gpu.foreign-process');
    expect(causeOf(onCard(4), process(80, 0, null))).toBe('gpu.foreign-process');
  });

  test('explains crashes by the last one', () => {
    const loop = (lastAtSeconds: number): Finding =>
      at(
        {
          ...findingOf('lifecycle.crash-loop'),
          ...withDetails('lifecycle.crash-loop', {
            crashes: 2,
            sinceMs: 100_000,
            lastAtMs: lastAtSeconds * 1_000,
            nextRestartAtMs: null,
            cause: {code: 'vllm.out-of-memory-loading'},
          }),
        },
        100,
      );
    expect(causeOf(loop(4_000), process(80, 3_600))).toBe('gpu.foreign-process');
    expect(causeOf(loop(200), process(80, 3_600))).toBeNull();
  });
});

test('memory that grows is explained by a process of another user only where it is that process that grows', () => {
  const process = warningOf('gpu.foreign-process', {
    cudaNumbers: null,
    pid: 7,
    name: 'python',
    usedBytes: 9 * GIB,
    gpuIndexes: [5],
    plannedBytes: 9 * GIB,
  });
  const growing = (index: number, grower: 'engine' | 'other-programs' | 'unknown'): Finding => {
    const gpu = {index, grower, bytesPerHour: GIB, usedBytes: 90 * GIB, freeBytes: GIB, fullInMs: 3_600_000};
    return warningOf('gpu.memory-growing', {gpus: [{...gpu, unplannedBytes: null, spanMs: 600_000}]});
  };
  expect(causeOf(growing(5, 'other-programs'), process)).toBe('gpu.foreign-process');
  // Two faults at once: the engine leaks, and somebody uses one of its GPUs.
  expect(causeOf(growing(5, 'engine'), process)).toBeNull();
  expect(causeOf(growing(5, 'unknown'), process)).toBeNull();
  expect(causeOf(growing(4, 'other-programs'), process)).toBeNull();
});

describe('a lost GPU', () => {
  const lost = (sinceSeconds: number): Finding => at(findingOf('source.nvidia-smi.gpu-lost'), sinceSeconds);

  test.each(['lifecycle.engine-exited', 'vllm.cuda-error', 'preflight.does-not-fit'])('explains %s', (code) => {
    expect(causeOf(at(findingOf(code), 100), lost(90))).toBe('source.nvidia-smi.gpu-lost');
    expect(causeOf(at(findingOf(code), 100), lost(160))).toBe('source.nvidia-smi.gpu-lost');
  });

  test('does not explain what happened long before', () => {
    expect(causeOf(at(findingOf('lifecycle.engine-exited'), 100), lost(401))).toBeNull();
  });
});

describe('settings that were taken back after a failed restart', () => {
  const takenBack = warningOf('lifecycle.rolled-back', {
    differences: [
      {key: 'contextLengthTokens', current: 8_192, requested: 131_072},
      {key: 'kvCacheDtype', current: 'auto', requested: 'fp8'},
    ],
  });
  const differs = (...differences: readonly {key: string; requested: number | string}[]): Finding =>
    warningOf('configuration.differs', {
      differences: differences.map((difference) => ({...difference, current: null, place: null})),
      restart: {verdict: 'unchecked'},
    });

  test('explain that the engine runs with other settings than the configuration has', () => {
    expect(causeOf(differs({key: 'engine.contextLengthTokens', requested: 131_072}), takenBack)).toBe(
      'lifecycle.rolled-back',
    );
  });

  test('do not explain another value, nor another key', () => {
    const context = {key: 'engine.contextLengthTokens', requested: 131_072};
    expect(causeOf(differs({...context, requested: 65_536}), takenBack)).toBeNull();
    expect(causeOf(differs(context, {key: 'engine.port', requested: 8_001}), takenBack)).toBeNull();
  });
});

test('nothing explains broken output or an idle node, and they explain nothing', () => {
  const others = ['plan.checkpoint-differs', 'engine.requests-waiting', 'engine.first-token-slow', 'host.xid'];
  for (const code of ['engine.output-collapsed', 'engine.idle']) {
    for (const other of others) {
      expect(causeOf(findingOf(code), findingOf(other))).toBeNull();
      expect(causeOf(findingOf(other), findingOf(code))).toBeNull();
    }
  }
});
