import {describe, expect, test} from 'vitest';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import type {ScenarioName} from '../../../src/simulator/node/scenarios.ts';
import {type Fault, faultAt} from '../../../src/simulator/serving/engine-fault.ts';

const node = {
  gpuName: 'NVIDIA H200',
  gpuCount: 8,
  driverVersion: '580.105.08',
  cudaVersion: '13.0',
  speed: 20,
  startedAtMs: 0,
  seed: 1,
};

function after(scenario: ScenarioName, nowMs: number, freeBytes = 10 * BYTES_PER_GIB): Fault | null {
  const moment = {servingSinceMs: 18_000, sinceLastMs: 500};
  return faultAt({...moment, node: {...node, scenario}, nowMs, freeBytes});
}

describe('faultAt', () => {
  test('has no fault in a healthy scenario', () => {
    for (const scenario of ['steady', 'burst', 'idle', 'foreign-process'] as const) {
      expect(after(scenario, 10_000_000)).toBeNull();
    }
  });

  test.each(['hang', 'crash-loop', 'lost-gpu'] as const)('lets an engine in %s serve for a while first', (scenario) => {
    expect(after(scenario, 20_000)).toBeNull();
    expect(after(scenario, 60_000)).not.toBeNull();
  });

  test('never lets an engine in no-first-token serve', () => {
    const moment = {servingSinceMs: Number.POSITIVE_INFINITY, sinceLastMs: 0, nowMs: 0, freeBytes: BYTES_PER_GIB};
    expect(faultAt({...moment, node: {...node, scenario: 'no-first-token'}})).toEqual({
      type: 'hang',
      isFromStart: true,
    });
  });

  test('counts from the change to the scenario, when a running node changed to it', () => {
    const changed = {...node, scenario: 'hang', scenarioSinceMs: 100_000} as const;
    const moment = {node: changed, servingSinceMs: 18_000, sinceLastMs: 500, freeBytes: BYTES_PER_GIB};
    expect(faultAt({...moment, nowMs: 119_999})).toBeNull();
    expect(faultAt({...moment, nowMs: 120_000})).toEqual({type: 'hang'});
  });

  test('leaks one GiB per minute until a card is full, and then kills', () => {
    expect(after('leak', 20_000)).toEqual({type: 'leak', bytes: BYTES_PER_GIB / 120});
    expect(after('leak', 20_000, 0.1 * BYTES_PER_GIB)).toMatchObject({type: 'crash', cause: 'out-of-memory'});
  });
});
