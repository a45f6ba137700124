import fc from 'fast-check';
import {expect, test} from 'vitest';
import {parseNodeSpec} from '../../../../../src/domain/memory/node-spec.ts';
import {fits} from '../../../../../src/domain/memory/plan/cures/fits.ts';
import type {MemoryPlan} from '../../../../../src/domain/memory/plan/memory-plan.ts';
import {outcomeKey, type PlanOutcome} from '../../../../../src/domain/memory/plan/plan-outcome.ts';
import {applySettingsChange, type LaunchSettings} from '../../../../../src/domain/settings/launch-settings.ts';
import {planCalibrated} from '../../../../../src/engines/planning/plan-calibrated.ts';
import {findEngineMemory, planInputOf} from '../../../../../src/engines/planning/plan-settings.ts';
import {BYTES_PER_GIB} from '../../../../../src/shared/units.ts';
import {buildOutcome} from '../../build-outcome.ts';
import {hostileChange as hostile} from '../../hostile-settings.ts';
import {usualSettings} from '../../plan-samples.ts';

const nodes = fc.constantFrom('1xH200', '2xB200', '3xH200', '8xH200', '8xH100', '4xGB200', '16xH100', '6xH20');

type Node = ReturnType<typeof nodeOf>;

function nodeOf(spec: string) {
  const node = parseNodeSpec(spec);
  if (!node.ok) throw new Error(node.error.message);
  return node.value;
}

function planOn(settings: LaunchSettings, node: Node, outcomes: readonly PlanOutcome[]): MemoryPlan | null {
  const plan = planCalibrated(
    settings,
    {node, onDisk: null, engineVersion: null, installedVersion: null, runningVersion: null},
    outcomes,
  );
  return plan.ok ? plan.value : null;
}

/** Offered changes whose full plan does not fit; and how many there are in total. */
function brokenPromises(settings: LaunchSettings, node: Node, outcomes: readonly PlanOutcome[]) {
  const plan = planOn(settings, node, outcomes);
  const offered = plan?.findings.flatMap(({settingsChange}) => settingsChange ?? []) ?? [];
  const broken = offered.filter(
    (change) => planOn(applySettingsChange(settings, change), node, outcomes)?.verdict === 'does-not-fit',
  );
  return {plan, offered, broken};
}

/** A failed start of these settings; its measured overhead is planned with, however large it is. */
function outcomeOf(plan: MemoryPlan, overheadGib: number): PlanOutcome {
  const engine = findEngineMemory(plan.engine.name);
  if (!engine.ok) throw new Error(engine.error.message);
  const {contextLengthTokens, memoryFraction} = plan.settings;
  return buildOutcome({
    key: outcomeKey(plan, '0.25.1', engine.value),
    engineName: plan.engine.name,
    engineVersion: '0.25.1',
    contextLengthTokens,
    memoryFraction,
    learnedOverheadBytes: overheadGib * BYTES_PER_GIB,
    isOfFailedStart: true,
  });
}

test('every offered change of any settings leads to settings that fit', () => {
  let curedCount = 0;
  fc.assert(
    fc.property(hostile, nodes, (change, spec) => {
      const {plan, offered, broken} = brokenPromises({...usualSettings, ...change}, nodeOf(spec), []);
      expect(broken, JSON.stringify(change)).toEqual([]);
      if (plan?.verdict === 'does-not-fit' && offered.length > 0) curedCount += 1;
    }),
    {numRuns: 60},
  );
  // Otherwise the test would pass because nothing is offered.
  expect(curedCount).toBeGreaterThan(0);
});

test('where no change is offered, none of the settings that need least memory fits either', () => {
  const frugal = [0.9, 0.94, 0.95].flatMap((memoryFraction) =>
    [1, 2, 4, 8, 16].flatMap((tensorParallelSize) =>
      [1, tensorParallelSize].map((decodeContextParallelSize) => ({
        memoryFraction,
        tensorParallelSize,
        decodeContextParallelSize,
        pipelineParallelSize: 1,
        dataParallelSize: 1,
        kvCacheDtype: 'fp8' as const,
        contextLengthTokens: 1_024,
      })),
    ),
  );
  fc.assert(
    fc.property(hostile, nodes, (change, spec) => {
      const settings = {...usualSettings, ...change, extraArguments: []};
      const node = nodeOf(spec);
      const plan = planOn(settings, node, []);
      const [main] = plan?.findings ?? [];
      if (plan?.verdict !== 'does-not-fit' || main === undefined || main.settingsChange !== null) return;
      const input = planInputOf(settings, {node, onDisk: null, engineVersion: null, learned: null});
      if (!input.ok) throw new Error(input.error.message);
      // llama.cpp takes the cache type that it is given, but it is not offered for it.
      const isOffered = settings.engine !== 'llamacpp' || settings.kvCacheDtype === 'fp8';
      const enough = isOffered ? frugal.filter((other) => fits(input.value, other)) : [];
      expect(enough, JSON.stringify([change, spec])).toEqual([]);
    }),
    {numRuns: 60},
  );
});

test('so do those of a node whose earlier starts measured another overhead, each for its own settings', () => {
  const overhead = fc.integer({min: 0, max: 90});
  fc.assert(
    fc.property(hostile, nodes, overhead, overhead, (change, spec, gib, otherGib) => {
      const settings = {...usualSettings, ...change};
      const node = nodeOf(spec);
      const plan = planOn(settings, node, []);
      if (plan === null) return;
      const offered = plan.findings.flatMap(({settingsChange}) => settingsChange ?? []);
      const others = offered.flatMap((other) => planOn(applySettingsChange(settings, other), node, []) ?? []);
      const outcomes = [outcomeOf(plan, gib), ...others.map((other) => outcomeOf(other, otherGib))];
      expect(brokenPromises(settings, node, outcomes).broken, JSON.stringify(change)).toEqual([]);
    }),
    {numRuns: 60},
  );
});
