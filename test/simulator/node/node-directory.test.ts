import {expect, test} from 'vitest';
import {changeScenario, readSimulatedNode, writeSimulatedNodeFile} from '../../../src/simulator/node/node-directory.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

test('a node changes its scenario, and nothing else', () => {
  const directory = temporaryDirectory('node');
  const node = {
    gpuName: 'NVIDIA H200',
    gpuCount: 8,
    driverVersion: '580.105.08',
    cudaVersion: '13.0',
    scenario: 'steady',
    speed: 20,
    startedAtMs: 1_000,
    seed: 1,
  } as const;
  writeSimulatedNodeFile(directory, node);
  const beforeMs = Date.now();
  changeScenario(directory, 'foreign-process');
  const changed = readSimulatedNode(directory);
  expect(changed).toEqual({...node, scenario: 'foreign-process', scenarioSinceMs: changed.scenarioSinceMs});
  expect(changed.scenarioSinceMs).toBeGreaterThanOrEqual(beforeMs);
});
