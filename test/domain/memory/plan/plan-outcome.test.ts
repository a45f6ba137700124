import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {LearnedOverhead} from '../../../../src/domain/memory/plan/memory-budget.ts';
import {planMemory} from '../../../../src/domain/memory/plan/plan-memory.ts';
import {
  learnOverhead,
  outcomeErrors,
  outcomeKey,
  type PlanOutcome,
  planOutcome,
  planOutcomeSchema,
} from '../../../../src/domain/memory/plan/plan-outcome.ts';
import {isBelieved} from '../../../../src/domain/memory/plan/plausible-overhead.ts';
import type {LaunchSettings} from '../../../../src/domain/settings/launch-settings.ts';
import {llamacppMemory} from '../../../../src/engines/llamacpp/memory.ts';
import {vllmMemory} from '../../../../src/engines/vllm/memory.ts';
import {BYTES_PER_GIB} from '../../../../src/shared/units.ts';
import {H100, H200, planInput} from '../plan-samples.ts';

const VERSION = '0.25.1';

function plan(change: Partial<LaunchSettings> = {}, learned: LearnedOverhead | null = null, cardName = H200) {
  return planMemory(planInput(cardName, change, {learned, engineVersion: VERSION}));
}

function outcome(facts: Record<string, number>, change: Partial<LaunchSettings> = {}, cardName = H200): PlanOutcome {
  const found = planOutcome({
    runId: 'run-1',
    atMs: 1,
    plan: plan(change, null, cardName),
    engine: vllmMemory,
    engineVersion: VERSION,
    facts,
    usedBytes: null,
  });
  if (found === null) throw new Error('nothing was learned');
  return found;
}

function learnedFrom(...outcomes: PlanOutcome[]): LearnedOverhead {
  const learned = learnOverhead(outcomes, outcomeKey(plan(), VERSION, vllmMemory));
  if (learned === null) throw new Error('nothing was learned');
  return learned;
}

describe('a start measures', () => {
  test('the overhead, so that the next plan has the logged pool to the byte', () => {
    fc.assert(
      fc.property(fc.integer({min: 0, max: 54 * BYTES_PER_GIB}), (kvCachePoolBytesPerGpu) => {
        const again = plan({}, learnedFrom(outcome({kvCachePoolBytesPerGpu})));
        expect(again.perGpu.kvCachePoolBytes).toBe(kvCachePoolBytesPerGpu);
        expect(again.confidence).toBe('calibrated');
      }),
    );
  });

  test('the tokens exactly, if the log has the pool with two digits and the exact tokens', () => {
    const facts = {kvCachePoolBytesPerGpu: 46.8 * BYTES_PER_GIB, kvCapacityTokens: 715_072};
    expect(plan({}, learnedFrom(outcome(facts))).kvCache.capacityTokens).toBe(715_072);
  });

  test('also for another context and another fraction, which the overhead does not depend on', () => {
    const learned = learnedFrom(outcome({kvCachePoolBytesPerGpu: 46.8 * BYTES_PER_GIB}));
    const key = outcomeKey(plan({contextLengthTokens: 8192, memoryFraction: 0.95}), VERSION, vllmMemory);
    expect(learnOverhead([outcome({kvCachePoolBytesPerGpu: 46.8 * BYTES_PER_GIB})], key)).toEqual(learned);
  });

  test('also from a pool that was too small, when it matters most', () => {
    const h100 = outcome({kvCachePoolBytesPerGpu: -3.32 * BYTES_PER_GIB}, {}, H100);
    const learned = learnOverhead([h100], h100.key);
    expect(plan({}, learned, H100).perGpu.kvCachePoolBytes / BYTES_PER_GIB).toBeCloseTo(-3.32, 6);
  });

  test('by its newest outcome, with the number of starts', () => {
    const older = outcome({kvCachePoolBytesPerGpu: 40 * BYTES_PER_GIB});
    const newer = outcome({kvCachePoolBytesPerGpu: 50 * BYTES_PER_GIB});
    const learned = learnedFrom(newer, older);
    expect(plan({}, learned).perGpu.kvCachePoolBytes).toBe(50 * BYTES_PER_GIB);
    expect(learned.basis).toBe('2 starts of vLLM 0.25.1 on NVIDIA H200, tensor parallel 8');
  });
});

describe('a start that ran out of memory measures', () => {
  /** Half of the weights would be 72 GiB; it held 139 and wanted more. */
  const exhausted = {heldBytesPerGpu: 139 * BYTES_PER_GIB, wantedBytesPerGpu: 0.875 * BYTES_PER_GIB};

  test('the minimum overhead, so that the same start does not fit any more', () => {
    const found = outcome(exhausted);
    expect(found.isLowerBound).toBe(true);
    const again = plan({}, learnedFrom(found));
    expect(again.verdict).toBe('does-not-fit');
    expect(again.perGpu.overheadBytes / BYTES_PER_GIB).toBeCloseTo(139 + 0.875 - 0.9 - 71.83, 1);
    expect(again.basis).toContain('ran out of memory');
    expect(again.findings.filter(({settingsChange}) => settingsChange !== null)).toEqual([]);
  });

  test('nothing if it used less than planned, because others used the memory', () => {
    expect(
      planOutcome({
        runId: 'r',
        atMs: 1,
        plan: plan(),
        engine: vllmMemory,
        engineVersion: VERSION,
        facts: {heldBytesPerGpu: 30 * BYTES_PER_GIB, wantedBytesPerGpu: BYTES_PER_GIB},
        usedBytes: null,
      }),
    ).toBeNull();
  });

  test('less than a logged pool, which is exact', () => {
    const found = outcome({...exhausted, kvCachePoolBytesPerGpu: 50 * BYTES_PER_GIB});
    expect(found.isLowerBound).toBe(false);
    expect(plan({}, learnedFrom(found)).perGpu.kvCachePoolBytes).toBe(50 * BYTES_PER_GIB);
  });
});

test('a start with another KV cache format gives the minimum overhead', () => {
  const small = outcome({kvCachePoolBytesPerGpu: 6 * BYTES_PER_GIB});
  for (const change of [{kvCacheDtype: 'fp8'}, {decodeContextParallelSize: 8}] as const) {
    const learned = learnOverhead([small], outcomeKey(plan(change), VERSION, vllmMemory));
    expect(learned?.isLowerBound).toBe(true);
    expect(plan(change, learned).perGpu.kvCachePoolBytes).toBe(6 * BYTES_PER_GIB);
  }
  // One that took little is no promise that this one does.
  const large = outcome({kvCachePoolBytesPerGpu: 53 * BYTES_PER_GIB});
  const other = plan({kvCacheDtype: 'fp8'});
  const learned = learnOverhead([large], outcomeKey(other, VERSION, vllmMemory));
  expect(plan({kvCacheDtype: 'fp8'}, learned)).toMatchObject({confidence: 'estimated', perGpu: other.perGpu});
});

test('a pool and tokens that disagree: the pool is what the log measured', () => {
  const facts = {kvCachePoolBytesPerGpu: 46.8 * BYTES_PER_GIB, kvCapacityTokens: 500_000};
  expect(plan({}, learnedFrom(outcome(facts))).perGpu.kvCachePoolBytes).toBe(46.8 * BYTES_PER_GIB);
});

describe('nothing is measured', () => {
  test('for another version, card, spread or limit of requests', () => {
    const facts = {kvCachePoolBytesPerGpu: 46.8 * BYTES_PER_GIB};
    for (const key of [
      outcomeKey(plan(), '0.26.0', vllmMemory),
      outcomeKey(plan({}, null, H100), VERSION, vllmMemory),
      outcomeKey(plan({tensorParallelSize: 4}), VERSION, vllmMemory),
      outcomeKey(plan({maxRunningRequests: 64}), VERSION, vllmMemory),
      outcomeKey(plan({extraArguments: ['--enforce-eager']}), VERSION, vllmMemory),
    ]) {
      expect(learnOverhead([outcome(facts)], key)).toBeNull();
    }
  });

  test('from a log that contradicts the plan by more than a card', () => {
    for (const gib of [-200, 60, 1e6]) {
      expect(isBelieved(outcome({kvCachePoolBytesPerGpu: gib * BYTES_PER_GIB}), plan())).toBe(false);
    }
  });

  test('from a log without memory values', () => {
    const facts = {weightsLoadSeconds: 300};
    const input = {
      runId: 'r',
      atMs: 1,
      plan: plan(),
      engine: vllmMemory,
      engineVersion: VERSION,
      facts,
      usedBytes: null,
    };
    expect(planOutcome(input)).toBeNull();
  });
});

test('an argument that does not affect memory does not make it another kind of start', () => {
  const words = ['--disable-log-requests'];
  expect(outcomeKey(plan({extraArguments: words}), VERSION, vllmMemory)).toBe(outcomeKey(plan(), VERSION, vllmMemory));
});

test('errors are what was planned without what was seen, for each number that was seen', () => {
  const found = outcome({kvCachePoolBytesPerGpu: 1});
  const planned = {weightsBytes: 70, overheadBytes: 5, poolBytes: 40, capacityTokens: 600, usedBytes: 120};
  const logged = {weightsBytes: 80, poolBytes: 32, capacityTokens: 0};
  expect(outcomeErrors({...found, planned, logged, usedBytes: 96})).toEqual([
    {quantity: 'weights', planned: 70, seen: 80, difference: -10, ratio: -0.125},
    {quantity: 'pool', planned: 40, seen: 32, difference: 8, ratio: 0.25},
    {quantity: 'tokens', planned: 600, seen: 0, difference: 600, ratio: null},
    {quantity: 'used', planned: 120, seen: 96, difference: 24, ratio: 0.25},
  ]);
  const unseen = {weightsBytes: null, poolBytes: null, capacityTokens: null};
  expect(outcomeErrors({...found, planned, logged: unseen, usedBytes: null})).toEqual([]);
});

test.each([
  [119, 1],
  [120, 0],
  [134, 0],
  [140, -6],
])(
  'use of %d with a reserve is an error of %d: what it takes of the reserve is as planned',
  (usedBytes, difference) => {
    const planned = {
      weightsBytes: 70,
      overheadBytes: 5,
      poolBytes: 40,
      capacityTokens: 600,
      usedBytes: 120,
      reserveBytes: 14,
    };
    const logged = {weightsBytes: null, poolBytes: null, capacityTokens: null};
    const [used] = outcomeErrors({...outcome({kvCachePoolBytesPerGpu: 1}), planned, logged, usedBytes});
    expect(used).toMatchObject({quantity: 'used', difference});
  },
);

test('errors are signed: planned minus measured', () => {
  const errors = outcomeErrors(
    outcome({weightsBytesPerGpu: 72.02 * BYTES_PER_GIB, kvCachePoolBytesPerGpu: 44.8 * BYTES_PER_GIB}),
  );
  expect(errors.map(({quantity}) => quantity)).toEqual(['weights', 'pool']);
  expect(errors[0]?.ratio).toBeCloseTo(-0.0027, 4);
  expect(errors[1]?.ratio).toBeGreaterThan(0);
});

test('an outcome has the numbers of the plan and those of the log', () => {
  const made = plan();
  const facts = {weightsBytesPerGpu: 7, kvCachePoolBytesPerGpu: 8, kvCapacityTokens: 9};
  const input = {runId: 'run-3', atMs: 5, plan: made, engine: vllmMemory, engineVersion: VERSION, facts};
  const found = planOutcome({...input, usedBytes: 11, isOfFailedStart: true});
  expect(found).toMatchObject({
    runId: 'run-3',
    atMs: 5,
    engineName: 'vllm',
    engineVersion: VERSION,
    contextLengthTokens: made.settings.contextLengthTokens,
    memoryFraction: made.settings.memoryFraction,
    confidence: 'estimated',
    planned: {
      weightsBytes: made.perGpu.weightsBytes,
      overheadBytes: made.perGpu.overheadBytes,
      poolBytes: made.perGpu.kvCachePoolBytes,
      capacityTokens: made.kvCache.capacityTokens,
      usedBytes: made.perGpu.totalBytes + made.perGpu.outsideBytes,
    },
    logged: {weightsBytes: 7, poolBytes: 8, capacityTokens: 9},
    usedBytes: 11,
    isLowerBound: false,
    isOfFailedStart: true,
  });
  expect(planOutcome({...input, usedBytes: null})).toMatchObject({usedBytes: null, isOfFailedStart: false});
});

test('an outcome of an earlier version, without the newer marks, is one of a start that did not fail', () => {
  const {isLowerBound: _, isOfFailedStart: _failed, ...older} = outcome({kvCachePoolBytesPerGpu: 1});
  expect(planOutcomeSchema.parse(older)).toMatchObject({isLowerBound: false, isOfFailedStart: false});
});

test('an outcome is a document', () => {
  const found = outcome({kvCachePoolBytesPerGpu: 1});
  expect(planOutcomeSchema.parse(JSON.parse(JSON.stringify(found)))).toEqual(found);
});

test('a start that failed with other weights, or next to another program, teaches no overhead', () => {
  const learnedOf = (facts: Record<string, number>, isOfFailedStart: boolean) =>
    planOutcome({
      runId: 'run-1',
      atMs: 1,
      plan: plan(),
      engine: vllmMemory,
      engineVersion: VERSION,
      facts: {kvCachePoolBytesPerGpu: 50 * BYTES_PER_GIB, ...facts},
      usedBytes: null,
      isOfFailedStart,
    })?.learnedOverheadBytes;
  const {weightsBytes, cudaVisibleBytes} = plan().perGpu;
  const otherWeights = {weightsBytesPerGpu: weightsBytes * 2.5};
  const nextToOther = {freeBeforeLoadBytesPerGpu: cudaVisibleBytes / 3};
  for (const facts of [otherWeights, nextToOther]) expect(learnedOf(facts, true)).toBeNull();
  expect(learnedOf(otherWeights, false)).toBeTypeOf('number');
  expect(learnedOf(nextToOther, false)).toBeNull();
  expect(learnedOf({weightsBytesPerGpu: weightsBytes}, true)).toBeTypeOf('number');
});

test('a failed start that measured the free memory teaches it, also next to another program', () => {
  const {cudaVisibleBytes, weightsBytes} = plan().perGpu;
  const learnedOf = (isOfFailedStart: boolean) =>
    planOutcome({
      runId: 'run-1',
      atMs: 1,
      plan: plan(),
      engine: llamacppMemory,
      engineVersion: VERSION,
      facts: {freeBytesPerGpu: 30e9, freeBeforeLoadBytesPerGpu: cudaVisibleBytes / 3, weightsBytesPerGpu: weightsBytes},
      usedBytes: null,
      isOfFailedStart,
    });
  expect(learnedOf(true)).toMatchObject({learnedOverheadBytes: expect.any(Number), isOfFreeMemory: true});
  expect(learnedOf(false)).toMatchObject({learnedOverheadBytes: null});
});

test.each([
  ['llama.cpp', llamacppMemory, 10],
  ['vLLM, which counts what its own processes hold,', vllmMemory, 0],
])('the overhead of %s is without what other programs held when it loaded', (_, engine, lessGib) => {
  const {cudaVisibleBytes, weightsBytes} = plan().perGpu;
  const facts = {
    freeBytesPerGpu: cudaVisibleBytes - 50 * BYTES_PER_GIB,
    weightsBytesPerGpu: weightsBytes,
    kvCachePoolBytesPerGpu: 50 * BYTES_PER_GIB,
  };
  const learnedOf = (otherProgramsBytes: number): number => {
    const outcome = planOutcome({
      ...{runId: 'run-1', atMs: 1, plan: plan(), engine, engineVersion: VERSION, facts, usedBytes: null},
      otherProgramsBytes,
    });
    return outcome?.learnedOverheadBytes ?? Number.NaN;
  };
  expect(learnedOf(0) - learnedOf(10 * BYTES_PER_GIB)).toBe(lessGib * BYTES_PER_GIB);
  expect(learnedOf(500 * BYTES_PER_GIB)).toBeGreaterThanOrEqual(0);
});
