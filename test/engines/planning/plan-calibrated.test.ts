import {describe, expect, test} from 'vitest';
import {outcomeKey, type PlanOutcome, UNKNOWN_VERSION} from '../../../src/domain/memory/plan/plan-outcome.ts';
import type {LaunchSettings} from '../../../src/domain/settings/launch-settings.ts';
import {planCalibrated} from '../../../src/engines/planning/plan-calibrated.ts';
import {findEngineMemory, planSettings} from '../../../src/engines/planning/plan-settings.ts';
import {vllmMemory} from '../../../src/engines/vllm/memory.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import {buildOutcome} from '../../domain/memory/build-outcome.ts';
import {catalogCard, H200, usualSettings} from '../../domain/memory/plan-samples.ts';

const node = {card: catalogCard(H200), gpuCount: 8, hostCount: 1};

function basis(engineVersion: string | null, installedVersion: string | null = null) {
  return {node, onDisk: null, engineVersion, installedVersion, runningVersion: null};
}

function estimate(settings: LaunchSettings, engineVersion: string | null) {
  const plan = planSettings(settings, {...basis(engineVersion), learned: null});
  if (!plan.ok) throw new Error(plan.error.message);
  return plan.value;
}

/** A start of this version with an overhead of so many GiB. */
function outcome(engineVersion: string, gib: number, change: Partial<PlanOutcome> = {}): PlanOutcome {
  return buildOutcome({
    runId: `run-${gib}`,
    key: outcomeKey(estimate(usualSettings, engineVersion), engineVersion, vllmMemory),
    engineVersion,
    learnedOverheadBytes: gib * BYTES_PER_GIB,
    ...change,
  });
}

function planned(engineVersion: string | null, outcomes: readonly PlanOutcome[], change: Partial<LaunchSettings> = {}) {
  const plan = planCalibrated({...usualSettings, ...change}, basis(engineVersion), outcomes);
  if (!plan.ok) throw new Error(plan.error.message);
  const {confidence, engine, perGpu} = plan.value;
  return {confidence, version: engine.version, overheadGib: perGpu.overheadBytes / BYTES_PER_GIB};
}

describe('a plan is calibrated', () => {
  test('by a start of the same version', () => {
    expect(planned('0.25.1', [outcome('0.25.1', 5)])).toEqual({
      confidence: 'calibrated',
      version: '0.25.1',
      overheadGib: 5,
    });
  });

  test('by the newest start if the version is unknown', () => {
    const outcomes = [outcome('0.25.1', 5), outcome('0.15.0', 6)];
    expect(planned(null, outcomes)).toEqual({confidence: 'calibrated', version: '0.25.1', overheadGib: 5});
  });

  test('by starts of the installed version, whatever started last', () => {
    const plan = planCalibrated(usualSettings, basis(null, '0.15.0'), [outcome('0.25.1', 5), outcome('0.15.0', 6)]);
    if (!plan.ok) throw new Error(plan.error.message);
    expect(plan.value.perGpu.overheadBytes).toBe(6 * BYTES_PER_GIB);
    expect(plan.value.engine.version).toBe('0.15.0');
    expect(plan.value.basis).toBe('1 start of a start');
  });

  test.each([
    [null, '0.15.0', null, {version: '0.15.0', versionOrigin: 'installed'}],
    [null, null, '0.28.0', {version: '0.28.0', versionOrigin: 'log'}],
    [null, null, null, {version: '0.25.1', versionOrigin: 'last-start'}],
    ['0.19.0', '0.15.0', '0.28.0', {version: '0.19.0', versionOrigin: 'named'}],
  ])('not, and it says where its version is from (%s, %s, %s)', (named, installed, runningVersion, engine) => {
    const settings = {...usualSettings, tensorParallelSize: 4};
    const plan = planCalibrated(settings, {...basis(named, installed), runningVersion}, [outcome('0.25.1', 5)]);
    expect(plan).toMatchObject({ok: true, value: {confidence: 'estimated', engine}});
    expect(plan.ok && plan.value.basis).toContain(`for vLLM ${engine.version}, and 1,024 requests by default`);
  });

  test('by starts of the version that runs, before it was measured itself', () => {
    const plan = planCalibrated(usualSettings, {...basis(null), runningVersion: '0.15.0'}, [
      outcome('0.25.1', 5),
      outcome('0.15.0', 6),
    ]);
    expect(plan).toMatchObject({ok: true, value: {confidence: 'calibrated', engine: {versionOrigin: 'log'}}});
    expect(plan.ok && plan.value.perGpu.overheadBytes).toBe(6 * BYTES_PER_GIB);
  });

  test('by starts whose own version is unknown, which does not become a version', () => {
    expect(planned(null, [outcome(UNKNOWN_VERSION, 5)])).toMatchObject({
      confidence: 'calibrated',
      version: null,
      overheadGib: 5,
    });
  });

  test('not by an overhead that cannot be: the default stays, and the plan says so', () => {
    const doubtful = planCalibrated(usualSettings, basis('0.25.1'), [outcome('0.25.1', 61), outcome('0.25.1', 5)]);
    expect(doubtful.ok && doubtful.value.perGpu.overheadBytes).toBe(5 * BYTES_PER_GIB);
    expect(doubtful.ok && doubtful.value.findings.map(({code}) => code)).toContain('plan.overhead-implausible');
    expect(planned('0.25.1', [outcome('0.25.1', -9)])).toMatchObject({confidence: 'estimated'});
    const over = planCalibrated(usualSettings, basis('0.25.1'), [outcome('0.25.1', 5), outcome('0.25.1', 61)]);
    expect(over.ok && over.value.findings.map(({code}) => code)).not.toContain('plan.overhead-implausible');
  });

  test('by a failed start that logged its room, however odd: the same settings would fail again', () => {
    const failed = outcome('0.25.1', 61, {isOfFailedStart: true});
    expect(planned('0.25.1', [failed])).toMatchObject({confidence: 'calibrated', overheadGib: 61});
  });

  test('not by what was held when memory ran out, if it cannot be overhead; the plan says so until a start is ready', () => {
    const exhausted = outcome('0.25.1', 67.5, {isOfFailedStart: true, isLowerBound: true});
    const doubtful = planCalibrated(usualSettings, basis('0.25.1'), [exhausted]);
    expect(doubtful).toMatchObject({ok: true, value: {verdict: 'fits', confidence: 'estimated'}});
    expect(doubtful.ok && doubtful.value.findings.map(({code}) => code)).toContain('plan.overhead-implausible');
    const recovered = planCalibrated(usualSettings, basis('0.25.1'), [outcome('0.25.1', 5), exhausted]);
    expect(recovered).toMatchObject({ok: true, value: {verdict: 'fits', confidence: 'calibrated'}});
    expect(recovered.ok && recovered.value.findings.map(({code}) => code)).not.toContain('plan.overhead-implausible');
    const bound = outcome('0.25.1', 10, {isOfFailedStart: true, isLowerBound: true});
    expect(planned('0.25.1', [bound])).toMatchObject({confidence: 'calibrated', overheadGib: 10});
  });

  test('not by another version', () => {
    expect(planned('0.25.1', [outcome('0.15.0', 6)])).toMatchObject({confidence: 'estimated', version: '0.25.1'});
  });

  test('not by a start of another engine, whose version does not matter', () => {
    expect(planned(null, [outcome('0.25.1', 5, {engineName: 'sglang'})])).toMatchObject({
      confidence: 'estimated',
      version: null,
    });
    const both = [outcome('0.15.0', 6, {engineName: 'sglang'}), outcome('0.25.1', 5)];
    expect(planned(null, both)).toMatchObject({confidence: 'calibrated', version: '0.25.1'});
  });

  test('not without any start', () => {
    expect(planned(null, [])).toMatchObject({confidence: 'estimated', version: null});
    expect(planned('0.25.1', [])).toMatchObject({confidence: 'estimated', version: '0.25.1'});
    // 1,024 requests by default: the sampler, NCCL on 8 GPUs and the CUDA graphs are most of it.
    expect(planned('0.25.1', []).overheadGib).toBeCloseTo(7.1, 1);
    expect(planned(null, []).overheadGib).toBeCloseTo(6.3, 1);
  });

  test('not by other settings', () => {
    expect(planned('0.25.1', [outcome('0.25.1', 5)], {tensorParallelSize: 4}).confidence).toBe('estimated');
  });
});

describe('what cannot be planned', () => {
  test.each([
    [{engine: 'nobody'}, 'memory.unknown-engine'],
    [{model: 'org/nothing-known'}, 'memory.unknown-model'],
  ])('%j', (change, code) => {
    for (const version of [null, '0.25.1']) {
      const plan = planCalibrated({...usualSettings, ...change}, basis(version), [outcome('0.25.1', 5)]);
      expect(plan).toMatchObject({ok: false, error: {code}});
    }
  });

  test('an engine is found only by its name', () => {
    expect(findEngineMemory('sglang')).toMatchObject({ok: true, value: {engineName: 'sglang'}});
    expect(findEngineMemory('SGLang')).toMatchObject({ok: false, error: {code: 'memory.unknown-engine'}});
  });
});

test('another format is advised only if what its own starts measured leaves room', () => {
  const settings = {...usualSettings, format: 'fp8', tensorParallelSize: 16};
  const wide = {...basis('0.25.1'), node: {...node, gpuCount: 16}};
  const started = (format: string, gib: number): PlanOutcome => {
    const plan = planSettings({...settings, format}, {...wide, learned: null});
    if (!plan.ok) throw new Error(plan.error.message);
    return outcome('0.25.1', gib, {key: outcomeKey(plan.value, '0.25.1', vllmMemory), isOfFailedStart: true});
  };
  const adviceAfter = (outcomes: readonly PlanOutcome[]) => {
    const plan = planCalibrated(settings, wide, outcomes);
    if (!plan.ok) throw new Error(plan.error.message);
    return plan.value.findings.flatMap(({settingsChange}) => settingsChange?.format ?? []);
  };
  expect(adviceAfter([started('fp8', 5)])).toEqual(['int4']);
  expect(adviceAfter([started('fp8', 5), started('int4', 5)])).toEqual(['int4']);
  expect(adviceAfter([started('fp8', 5), started('int4', 130)])).toEqual([]);
});
