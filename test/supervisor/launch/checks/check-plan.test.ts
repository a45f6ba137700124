import {describe, expect, test} from 'vitest';
import {detailsOf} from '../../../../src/domain/diagnosis/details/details.ts';
import type {MemoryPlan} from '../../../../src/domain/memory/plan/memory-plan.ts';
import {planMemory} from '../../../../src/domain/memory/plan/plan-memory.ts';
import {FORCE_REMEDY} from '../../../../src/domain/preflight/check.ts';
import {absent} from '../../../../src/samples/reading.ts';
import {planChecks} from '../../../../src/supervisor/launch/checks/check-plan.ts';
import {H100, H200, planInput} from '../../../domain/memory/plan-samples.ts';

function findingOf(plan: MemoryPlan) {
  const [check] = planChecks(plan, false);
  return {
    check,
    finding: check?.finding ?? null,
    facts: check?.finding ? detailsOf(check.finding, 'preflight.does-not-fit') : null,
  };
}

describe('a plan', () => {
  test('that fits, or is tight, is in order, with its reason', () => {
    for (const plan of [planMemory(planInput(H200)), {...planMemory(planInput(H200)), verdict: 'tight' as const}]) {
      expect(planChecks(plan, false)).toEqual([{name: 'plan', detail: plan.reason, finding: null, canForce: true}]);
    }
  });

  test('that lacks memory says how much, and lists every cure, the least costly first', () => {
    const plan = planMemory(planInput(H200, {memoryFraction: 0.64}));
    const {finding, facts} = findingOf(plan);
    const [main] = plan.findings;
    const shortage = main === undefined ? null : detailsOf(main, 'memory.kv-cache-too-small');
    expect(facts?.shortageBytesPerGpu).toBe(shortage?.shortageBytesPerGpu);
    expect(facts?.shortageBytesPerGpu).toBeGreaterThan(0);
    expect(facts?.cures.map(({settingsChange}) => Object.keys(settingsChange))).toEqual([
      ['memoryFraction'],
      ['kvCacheDtype'],
      ['decodeContextParallelSize'],
      ['contextLengthTokens'],
    ]);
    expect(finding?.settingsChange).toEqual(facts?.cures[0]?.settingsChange);
    expect(finding?.severity).toBe('critical');
  });

  test('offers each cure once in its remedy, and the override last', () => {
    const {finding, facts} = findingOf(planMemory(planInput(H200, {memoryFraction: 0.64})));
    for (const {text} of facts?.cures ?? []) expect(finding?.remedy.split(text)).toHaveLength(2);
    expect(finding?.remedy.endsWith(FORCE_REMEDY)).toBe(true);
  });

  test('of which the weights do not fit says how much is missing, and offers nothing if nothing helps', () => {
    const {finding, facts} = findingOf(planMemory(planInput(H100, {format: 'fp8'})));
    expect(facts?.shortageBytesPerGpu).toBeGreaterThan(0);
    expect(facts?.cures).toEqual([]);
    expect(finding?.settingsChange).toBeNull();
    expect(finding?.remedy.endsWith(FORCE_REMEDY)).toBe(true);
  });

  test('that the combination of settings forbids lacks no memory', () => {
    const plan = planMemory(planInput(H200, {tensorParallelSize: 3}, {gpuCount: 3}));
    const withoutShortage = {
      ...plan,
      findings: plan.findings.filter(({code}) => code === 'memory.tensor-parallel-uneven'),
    };
    expect(findingOf(withoutShortage).facts?.shortageBytesPerGpu).toBeNull();
  });
});

describe('without a plan', () => {
  test('a start is refused, unless another check says why', () => {
    const plan = absent('the format is unknown');
    expect(planChecks(plan, true)).toEqual([]);
    expect(planChecks(plan, false)).toMatchObject([
      {
        name: 'plan',
        detail: plan.absent,
        canForce: true,
        finding: {code: 'preflight.no-plan', severity: 'critical', settingsChange: null},
      },
    ]);
  });
});
