import {expect, test} from 'vitest';
import {snapshotSchema} from '../../src/api/snapshot.ts';
import type {EngineFactName} from '../../src/engines/engine.ts';
import {buildConsoleData, buildGpu, buildSnapshot} from './build-snapshot.ts';

test('the built snapshot is valid for the API', () => {
  expect(snapshotSchema.safeParse(buildSnapshot()).success).toBe(true);
  expect(buildSnapshot().gpus).toHaveLength(8);
});

test('overrides reach deep, lists and absent readings replace', () => {
  const snapshot = buildSnapshot({
    engine: {state: 'starting', settings: {contextLengthTokens: 65_536}},
    plan: {absent: 'nothing planned'},
    gpus: [buildGpu(3, {fault: 'GPU is lost', memoryUsedBytes: {absent: 'GPU is lost'}})],
  });
  expect(snapshot.engine.state).toBe('starting');
  expect(snapshot.engine.settings?.contextLengthTokens).toBe(65_536);
  expect(snapshot.engine.settings?.port).toBe(8000);
  expect(snapshot.plan).toEqual({absent: 'nothing planned'});
  expect(snapshot.gpus).toHaveLength(1);
  expect(snapshot.gpus[0]?.memoryUsedBytes).toEqual({absent: 'GPU is lost'});
});

test('facts of the engine have the names that engines use, and can be emptied', () => {
  const names: readonly EngineFactName[] = ['weightsBytesPerGpu', 'kvCachePoolBytesPerGpu', 'kvCapacityTokens'];
  expect(Object.keys(buildSnapshot().engine.facts)).toEqual(names);
  expect(buildSnapshot({engine: {facts: {}}}).engine.facts).toEqual({});
});

test('the budget of a card is the sum of weights, KV cache and overhead', () => {
  const {plan, gpus} = buildSnapshot();
  if ('absent' in plan) throw new Error(plan.absent);
  const {weightsBytes, kvCachePoolBytes, overheadBytes, totalBytes} = plan.perGpu;
  expect(weightsBytes + kvCachePoolBytes + overheadBytes).toBe(totalBytes);
  for (const gpu of gpus) expect(Number(gpu.memoryUsedBytes)).toBeLessThan(Number(gpu.memoryTotalBytes));
});

test('the console data has log lines and history', () => {
  const data = buildConsoleData();
  expect(data.log).toHaveLength(40);
  expect(data.history.kvUsageRatio).toHaveLength(900);
});
