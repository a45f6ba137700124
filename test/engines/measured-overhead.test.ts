import {describe, expect, test} from 'vitest';
import type {LoggedFacts} from '../../src/domain/memory/plan/measured-overhead.ts';
import {planMemory} from '../../src/domain/memory/plan/plan-memory.ts';
import {findEngine} from '../../src/engines/registry.ts';
import {BYTES_PER_GIB} from '../../src/shared/units.ts';
import {H200, planInput} from '../domain/memory/plan-samples.ts';

const gib = (count: number) => Math.round(count * BYTES_PER_GIB);

function plan(engine: string) {
  const gguf = {model: 'unsloth/Kimi-K2.7-Code-GGUF', format: 'UD-Q4_K_XL'};
  return planMemory(planInput(H200, {engine, ...(engine === 'llamacpp' ? gguf : {})}));
}

function measured(engine: string, facts: LoggedFacts) {
  const memory = findEngine(engine)?.memory;
  if (memory === undefined) throw new Error(`no engine ${engine}`);
  return memory.measureOverhead(plan(engine), facts);
}

describe.each(['vllm', 'sglang'])('%s', (engine) => {
  const {perGpu} = plan(engine);
  const held = {heldBytesPerGpu: perGpu.weightsBytes + gib(5), wantedBytesPerGpu: gib(1)};
  const pool = {kvCachePoolBytesPerGpu: perGpu.budgetBytes - perGpu.weightsBytes - gib(4)};

  test('is measured by its pool first', () => {
    expect(measured(engine, {...pool, ...held, weightsBytesPerGpu: perGpu.weightsBytes + gib(2)})).toEqual({
      bytes: gib(4),
      isLowerBound: false,
    });
  });

  test('is measured by its use when memory ran out, without the context', () => {
    expect(measured(engine, held)).toEqual({bytes: gib(6) - gib(0.9), isLowerBound: true});
  });

  test.each<[string, LoggedFacts]>([
    ['nothing', {}],
    ['no requested size', {heldBytesPerGpu: held.heldBytesPerGpu}],
    ['no held size', {wantedBytesPerGpu: held.wantedBytesPerGpu}],
    ['tokens alone', {kvCapacityTokens: 700_000}],
  ])('is not measured by %s', (_, facts) => {
    expect(measured(engine, facts)).toBeNull();
  });
});

describe('SGLang', () => {
  const {weightsBytes, cudaVisibleBytes} = plan('sglang').perGpu;

  test('is measured by what it loaded besides its weights, before its use', () => {
    const facts = {
      weightsBytesPerGpu: weightsBytes + gib(2),
      heldBytesPerGpu: weightsBytes + gib(9),
      wantedBytesPerGpu: gib(1),
    };
    expect(measured('sglang', facts)).toEqual({bytes: gib(2), isLowerBound: false});
    expect(measured('sglang', {weightsBytesPerGpu: weightsBytes})).toEqual({bytes: 0, isLowerBound: false});
  });

  test('is not measured by impossible sizes', () => {
    expect(measured('sglang', {weightsBytesPerGpu: weightsBytes - 1})).toBeNull();
    expect(measured('sglang', {weightsBytesPerGpu: weightsBytes + cudaVisibleBytes})).toEqual({
      bytes: cudaVisibleBytes,
      isLowerBound: false,
    });
    expect(measured('sglang', {weightsBytesPerGpu: weightsBytes + cudaVisibleBytes + 1})).toBeNull();
  });
});

test('vLLM is not measured by its weights alone', () => {
  expect(measured('vllm', {weightsBytesPerGpu: plan('vllm').perGpu.weightsBytes + gib(2)})).toBeNull();
});

describe('llama.cpp', () => {
  const {budgetBytes, weightsBytes, cudaVisibleBytes} = plan('llamacpp').perGpu;
  // 1 GiB less than the budget when the margin of --fit is deducted, as it is from the budget.
  const marginBytes = gib(1);
  const freeBytesPerGpu = budgetBytes - gib(1) + marginBytes;

  test('of a start on an H200 is its compute buffer and what the context takes beyond the plan, not nothing', () => {
    const facts = {
      freeBytesPerGpu: budgetBytes + marginBytes - gib(0.02),
      weightsBytesPerGpu: weightsBytes,
      computeBufferBytesPerGpu: gib(0.14),
    };
    expect(measured('llamacpp', facts)?.bytes).toBeCloseTo(gib(0.16), -1);
  });

  test('is measured by what was free, its weights and its compute buffer', () => {
    const facts = {
      freeBytesPerGpu,
      weightsBytesPerGpu: weightsBytes + gib(0.25),
      computeBufferBytesPerGpu: gib(0.75),
    };
    expect(measured('llamacpp', facts)).toEqual({bytes: gib(2), isLowerBound: false, isOfFreeMemory: true});
  });

  test('is planned with the usual compute buffer if none was logged', () => {
    expect(measured('llamacpp', {freeBytesPerGpu, weightsBytesPerGpu: weightsBytes})).toEqual({
      bytes: gib(1) + gib(1.5),
      isLowerBound: false,
      isOfFreeMemory: true,
    });
  });

  test('is never below 0', () => {
    const facts = {freeBytesPerGpu: budgetBytes + gib(20), weightsBytesPerGpu: weightsBytes};
    expect(measured('llamacpp', facts)).toEqual({bytes: 0, isLowerBound: false, isOfFreeMemory: true});
  });

  test('gives a lower bound without the margin if its weights could not be allocated, at most the GPU', () => {
    const wanted = {freeBytesPerGpu, wantedBytesPerGpu: weightsBytes + gib(3)};
    expect(measured('llamacpp', wanted)).toEqual({bytes: gib(4.5), isLowerBound: true, isOfFreeMemory: true});
    const more = {freeBytesPerGpu, wantedBytesPerGpu: weightsBytes + 2 * cudaVisibleBytes};
    expect(measured('llamacpp', more)).toEqual({bytes: cudaVisibleBytes, isLowerBound: true, isOfFreeMemory: true});
  });

  test('counts the loaded weights, not the planned ones, if both are known', () => {
    const facts = {freeBytesPerGpu, weightsBytesPerGpu: weightsBytes, wantedBytesPerGpu: weightsBytes + gib(9)};
    expect(measured('llamacpp', facts)).toEqual({bytes: gib(1.5), isLowerBound: true, isOfFreeMemory: true});
  });

  test('is not measured by impossible sizes', () => {
    const facts = {freeBytesPerGpu, weightsBytesPerGpu: weightsBytes + 2 * cudaVisibleBytes};
    expect(measured('llamacpp', facts)).toBeNull();
  });

  test.each<[string, LoggedFacts]>([
    ['nothing', {}],
    ['what was free alone', {freeBytesPerGpu}],
    ['its weights alone', {weightsBytesPerGpu: weightsBytes}],
    ['what it wanted alone', {wantedBytesPerGpu: weightsBytes}],
  ])('is not measured by %s', (_, facts) => {
    expect(measured('llamacpp', facts)).toBeNull();
  });
});
