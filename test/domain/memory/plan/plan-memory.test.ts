import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {resolveModel} from '../../../../src/domain/memory/model/planned-model.ts';
import {divideCard, longestContextTokens} from '../../../../src/domain/memory/plan/memory-budget.ts';
import {memoryPlanSchema} from '../../../../src/domain/memory/plan/memory-plan.ts';
import {planMemory} from '../../../../src/domain/memory/plan/plan-memory.ts';
import {applySettingsChange, settingsChangeSchema} from '../../../../src/domain/settings/launch-settings.ts';
import {BYTES_PER_GIB} from '../../../../src/shared/units.ts';
import {H100, H200, planInput, usualSettings} from '../plan-samples.ts';

describe('eight H200 with the usual settings', () => {
  const plan = planMemory(planInput(H200));

  test('fit with 47.7 GiB of KV cache per card: more than two requests of full length', () => {
    expect(plan.verdict).toBe('fits');
    expect(plan.perGpu.kvCachePoolBytes / BYTES_PER_GIB).toBeCloseTo(47.65, 1);
    expect(plan.kvCache.fullLengthSequences).toBeCloseTo(2.78, 2);
    expect(plan.reason).toBe(
      '47.7 GiB per GPU for the KV cache: 728,240 tokens, 2.8 concurrent requests of 262,144 tokens.',
    );
  });

  test("hold 770,000 tokens at 0.92, which is vLLM's default, and 785,000 with few requests", () => {
    const {kvCache} = planMemory(planInput(H200, {memoryFraction: 0.92}));
    expect(kvCache.capacityTokens).toBeGreaterThan(769_000);
    expect(kvCache.capacityTokens).toBeLessThan(772_000);
    const few = planMemory(planInput(H200, {memoryFraction: 0.92, maxRunningRequests: 64})).kvCache;
    expect(few.capacityTokens).toBeGreaterThan(784_000);
  });

  test('show the arithmetic: every number of the plan has a line', () => {
    const values = plan.arithmetic.map(({value}) => value);
    const {weightsBytes, budgetBytes, overheadBytes, kvCachePoolBytes} = plan.perGpu;
    expect(values).toEqual(
      expect.arrayContaining([weightsBytes, budgetBytes, overheadBytes, kvCachePoolBytes, plan.kvCache.capacityTokens]),
    );
    expect(plan.arithmetic.map(({expression}) => expression).join('\n')).toContain('wrong by +95.1 GB');
  });

  test('fit without a warning, and list what would hold more; the document is valid', () => {
    expect(plan.findings.map(({code, severity}) => [code, severity])).toEqual([
      ['memory.fp8-cache-doubles', 'info'],
      ['memory.decode-context-multiplies', 'info'],
    ]);
    expect(memoryPlanSchema.parse(plan)).toEqual(plan);
  });
});

describe('eight H100', () => {
  test('do not fit: weights and overhead exceed a fraction of 0.90', () => {
    const plan = planMemory(planInput(H100));
    expect(plan.verdict).toBe('does-not-fit');
    expect(plan.perGpu.kvCachePoolBytes / BYTES_PER_GIB).toBeCloseTo(-6.91, 1);
    expect(plan.reason).toContain('GiB more than the budget');
    expect(plan.findings[0]?.code).toBe('memory.weights-do-not-fit');
    expect(longestContextTokens(planInput(H100))).toBe(0);
  });

  test('hold it only in sum, which is reported with the nodes that really hold it', () => {
    const findings = planMemory(planInput(H100)).findings;
    expect(findings.find(({code}) => code === 'memory.not-one-pool')?.message).toContain('684.2 GB');
    expect(findings.find(({code}) => code === 'memory.smallest-node')?.remedy).toBe(
      'Smallest nodes that fit: 4x B300 SXM6 AC, 8x H200, 16x A100-SXM4-80GB.',
    );
  });

  test('give the result of their own published starts, with the measured overhead', () => {
    // vLLM 0.15.0, K2.5, eight H100: 72.02 GiB of weights and a pool of -3.32 GiB at 0.90, 0.64 GiB at 0.95.
    const learned = {overheadBytes: (2.56 + 72.02 - 71.828) * BYTES_PER_GIB, basis: 'a published start'};
    const at = (memoryFraction: number): number =>
      planMemory(planInput(H100, {memoryFraction}, {learned})).perGpu.kvCachePoolBytes / BYTES_PER_GIB;
    expect(at(0.9)).toBeCloseTo(-3.32, 2);
    expect(at(0.95)).toBeCloseTo(0.64, 2);
  });

  test('give the result of their own start with its measured overhead: a few thousand tokens at 0.95', () => {
    const learned = {overheadBytes: (2.56 + 72.02 - 71.828) * BYTES_PER_GIB, basis: 'a published start'};
    const input = planInput(H100, {memoryFraction: 0.95}, {learned});
    expect(planMemory(input).confidence).toBe('calibrated');
    expect(longestContextTokens(input)).toBeGreaterThan(9_600);
    expect(longestContextTokens(input)).toBeLessThan(9_800);
  });

  test('in FP8 need 121 GiB per card and have no fix', () => {
    const plan = planMemory(planInput(H100, {format: 'fp8'}));
    expect(plan.perGpu.weightsBytes / BYTES_PER_GIB).toBeGreaterThan(120.8);
    expect(plan.verdict).toBe('does-not-fit');
    expect(plan.findings[0]?.settingsChange).toBeNull();
    expect(plan.findings[0]?.remedy).toContain('No setting makes it fit on this node');
  });
});

describe('what does not fit is fixed by the change it offers', () => {
  test.each([
    ['NVIDIA H100 NVL', {}, 8],
    [H100, {}, 8],
    ['NVIDIA B200', {tensorParallelSize: 4}, 4],
    [H200, {tensorParallelSize: 4}, 8],
    [H200, {format: 'fp8'}, 8],
    [H200, {contextLengthTokens: 500_000}, 8],
    [H200, {tensorParallelSize: 16}, 8],
    [H200, {tensorParallelSize: 6}, 8],
  ])('%s, %j, %d cards', (name, change, gpuCount) => {
    const input = planInput(name, change, {gpuCount});
    const plan = planMemory(input);
    expect(plan.verdict).toBe('does-not-fit');
    const cures = plan.findings.flatMap(({code, severity, settingsChange}) =>
      settingsChange !== null && (severity === 'critical' || code === 'memory.other-cure') ? [settingsChange] : [],
    );
    expect(cures.length).toBeGreaterThan(0);
    for (const cure of cures) {
      const settings = applySettingsChange(input.settings, settingsChangeSchema.parse(cure));
      expect(planMemory({...input, settings}).verdict, JSON.stringify(cure)).not.toBe('does-not-fit');
    }
  });

  test('the first fix keeps the context if a higher fraction is enough', () => {
    const plan = planMemory(planInput('NVIDIA B200', {tensorParallelSize: 4}, {gpuCount: 4}));
    expect(plan.findings[0]?.settingsChange).toEqual({memoryFraction: 0.94});
  });
});

describe('a tight plan', () => {
  test('fits with the usual overhead and not with the largest measured one', () => {
    const plan = planMemory(planInput('NVIDIA B200', {tensorParallelSize: 4, memoryFraction: 0.94}, {gpuCount: 4}));
    expect(plan.verdict).toBe('tight');
    expect(plan.findings[0]).toMatchObject({code: 'memory.tight', settingsChange: {maxRunningRequests: 64}});
  });

  test('fits if few requests run concurrently, whose overhead stays small', () => {
    const many = {tensorParallelSize: 4, memoryFraction: 0.94};
    expect(planMemory(planInput('NVIDIA B200', many, {gpuCount: 4})).verdict).toBe('tight');
    const change = {tensorParallelSize: 4, memoryFraction: 0.94, maxRunningRequests: 64};
    expect(planMemory(planInput('NVIDIA B200', change, {gpuCount: 4})).verdict).toBe('fits');
  });
});

describe('advice', () => {
  test('reports a fraction that leaves no room for the CUDA context', () => {
    const refused = planMemory(planInput(H200, {memoryFraction: 0.999}));
    const [finding] = refused.findings;
    expect(finding).toMatchObject({code: 'memory.fraction-too-high', settingsChange: {memoryFraction: 0.98}});
    expect([refused.verdict, refused.reason]).toEqual(['does-not-fit', finding?.message]);
  });

  test('a fraction that leaves little room for graphs is tight, for that reason, which is reported once', () => {
    const plan = planMemory(planInput(H200, {memoryFraction: 0.99}));
    const risks = plan.findings.filter(({code}) => code === 'memory.fraction-too-high');
    expect(risks).toHaveLength(1);
    expect([plan.verdict, plan.reason]).toEqual(['tight', risks[0]?.message]);
    expect(planMemory(planInput(H200, {memoryFraction: 0.98})).verdict).toBe('fits');
  });

  test('a context that no agent can use is refused, with one that every agent accepts', () => {
    const plan = planMemory(planInput(H200, {contextLengthTokens: 1_023}));
    expect(plan.findings[0]).toMatchObject({
      code: 'memory.context-too-short',
      settingsChange: {contextLengthTokens: 65_536},
    });
    expect([plan.verdict, plan.reason]).toEqual(['does-not-fit', plan.findings[0]?.message]);
    expect(planMemory(planInput(H200, {contextLengthTokens: 1_024})).verdict).toBe('fits');
  });

  test('reports extra arguments that the plan does not support', () => {
    const {verdict, findings} = planMemory(planInput(H200, {extraArguments: ['--speculative-config', '{}']}));
    expect(findings[0]).toMatchObject({
      code: 'memory.arguments-not-planned',
      message: expect.stringContaining('--speculative-config'),
    });
    expect(verdict).toBe('fits');
  });

  test('decode context parallelism multiplies the tokens', () => {
    const plain = planMemory(planInput(H200));
    const shared = planMemory(planInput(H200, {extraArguments: ['--decode-context-parallel-size', '8']}));
    expect(shared.kvCache.capacityTokens).toBe(plain.kvCache.capacityTokens * 8);
  });
});

describe('what is unknown to Gantry', () => {
  test('an unknown model is refused by name, not guessed', () => {
    const refused = resolveModel('meta-llama/Llama-3.1-70B', 'auto', null);
    expect(refused).toMatchObject({ok: false, error: {code: 'memory.unknown-model'}});
  });

  test('so are an unknown format, and a GGUF of unknown size', () => {
    expect(resolveModel(usualSettings.model, 'q5_9', null)).toMatchObject({error: {code: 'memory.unknown-format'}});
    const gguf = resolveModel('unsloth/Kimi-K2.7-Code-GGUF', 'Q5_0', null);
    expect(gguf).toMatchObject({error: {code: 'memory.unknown-format'}});
    expect(gguf.ok ? '' : gguf.error.remedy).toContain('UD-Q4_K_XL');
  });
});

describe('for any settings', () => {
  const anyInput = fc
    .record({
      card: fc.constantFrom(H100, 'NVIDIA H100 NVL', H200, 'NVIDIA B200', 'NVIDIA B300 SXM6 AC', 'NVIDIA L40S'),
      format: fc.constantFrom('int4', 'nvfp4', 'mxfp4', 'fp8', 'bf16'),
      engine: fc.constantFrom('vllm', 'sglang', 'llamacpp'),
      tensorParallelSize: fc.constantFrom(1, 2, 4, 8),
      pipelineParallelSize: fc.constantFrom(1, 2, 3, 61),
      dataParallelSize: fc.constantFrom(1, 2, 8),
      decodeContextParallelSize: fc.constantFrom(1, 2, 8),
      expertParallel: fc.boolean(),
      visionMode: fc.constantFrom('data' as const, 'weights' as const, 'absent' as const),
      contextLengthTokens: fc.integer({min: 1, max: 262_144}),
      memoryFraction: fc.double({min: 0.05, max: 1, noNaN: true}),
      kvCacheDtype: fc.constantFrom('auto' as const, 'bf16' as const, 'fp8' as const),
      maxRunningRequests: fc.constantFrom(null, 1, 64, 1024),
    })
    .map(({card, ...change}) => planInput(card, change));

  test('no number of a plan is NaN or infinite, and the parts of a card add up to its budget', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const plan = planMemory(input);
        expect(memoryPlanSchema.parse(plan)).toEqual(plan);
        const {weightsBytes, kvCachePoolBytes, overheadBytes, totalBytes, budgetBytes} = plan.perGpu;
        expect(weightsBytes + kvCachePoolBytes + overheadBytes).toBe(totalBytes);
        // llama.cpp takes what was asked of it, the others all that their fraction gives.
        if (plan.engine.hasMemoryFraction) expect(totalBytes).toBeCloseTo(budgetBytes, 3);
        else if (plan.verdict !== 'does-not-fit') expect(totalBytes).toBeLessThanOrEqual(budgetBytes);
        expect(weightsBytes).toBeGreaterThan(0);
        expect(plan.kvCache.capacityTokens).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test('more context never gives more concurrent requests, more memory never fewer', () => {
    fc.assert(
      fc.property(
        anyInput,
        fc.integer({min: 0, max: 100_000}),
        fc.double({min: 0, max: 0.5, noNaN: true}),
        (input, more, part) => {
          const plan = planMemory(input);
          const base = plan.kvCache.fullLengthSequences;
          const contextLengthTokens = input.settings.contextLengthTokens + more;
          const longer = planMemory({...input, settings: {...input.settings, contextLengthTokens}});
          // What fits with the least overhead only is planned with that.
          const isAlike = (other: typeof plan) => other.perGpu.overheadBytes === plan.perGpu.overheadBytes;
          if (isAlike(longer)) expect(longer.kvCache.fullLengthSequences).toBeLessThanOrEqual(base);
          const larger = {...input.settings, memoryFraction: Math.min(1, input.settings.memoryFraction + part)};
          const bigger = planMemory({...input, settings: larger});
          if (isAlike(bigger)) expect(bigger.kvCache.fullLengthSequences).toBeGreaterThanOrEqual(base);
        },
      ),
    );
  });

  test('a context that is forbidden is not called a lack of memory where a longer one fits with the least overhead', () => {
    const change = {engine: 'llamacpp', format: 'mxfp4', tensorParallelSize: 4} as const;
    const [short, longer] = [1, 1_024].map((contextLengthTokens) =>
      planMemory(planInput(H200, {...change, contextLengthTokens})),
    );
    expect([longer?.verdict, short?.verdict, short?.kvCache.fullLengthSequences]).toEqual(['tight', 'does-not-fit', 1]);
    const codes = short?.findings.map(({code}) => code);
    expect(codes).toContain('memory.context-too-short');
    expect(codes).not.toContain('memory.weights-do-not-fit');
  });

  test('the longest context that fits does fit, and one block more does not, or only with the least overhead', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const longest = longestContextTokens(input);
        const at = (contextLengthTokens: number) =>
          planMemory({...input, settings: {...input.settings, contextLengthTokens}});
        if (longest > 0) expect(at(longest).kvCache.fullLengthSequences).toBeGreaterThanOrEqual(1);
        const {terms} = divideCard(input);
        if (longest >= 262_144) return;
        const more = at(longest + terms.blockTokens * input.settings.decodeContextParallelSize);
        if (more.perGpu.overheadBytes < terms.overheadBytes) expect(more.verdict).not.toBe('fits');
        else expect(more.kvCache.fullLengthSequences).toBeLessThan(1);
      }),
    );
  });
});
