import {afterAll, beforeEach, expect, onTestFinished, test} from 'vitest';
import type {RunIdentity} from '../../../src/domain/lifecycle/run-identity.ts';
import type {GpuFrame} from '../../../src/samples/gpu.ts';
import {absent} from '../../../src/samples/reading.ts';
import {killSession} from '../../../src/supervisor/process/session.ts';
import {nothingObserved} from '../../../src/supervisor/snapshot/observation.ts';
import type {Observations} from '../../../src/supervisor/snapshot/observations.ts';
import {verifyStopped} from '../../../src/supervisor/watch/verify-stopped.ts';
import {eventually} from '../../harness/eventually.ts';
import {createBench, fake} from '../process/process-bench.ts';

const bench = createBench();
afterAll(() => bench.clean());

const WORKER = 4_190_001;

let monotonicMs: number;
let seen: Observations;
beforeEach(() => {
  monotonicMs = 1_000;
  seen = {...nothingObserved, gpuFrame: frameAt(900)};
});

function frameAt(atMs: number): GpuFrame {
  return {stamp: {sampledAtMs: atMs, monotonicMs: atMs}, gpus: [], expectedCount: 0, missingIndexes: []};
}

function processesNaming(pid: number): Observations['gpuProcesses'] {
  const process = {pid, name: absent('a test'), usedBytes: absent('a test'), gpuUuid: absent('a test')};
  return {stamp: {sampledAtMs: 1, monotonicMs: 1}, processes: [process]};
}

/** Watches the end of a run with what `look` sees of the cards; gives what was told so far. */
function watch(run: RunIdentity, look: () => Observations = () => seen): readonly string[] {
  const told: string[] = [];
  const clock = {nowMs: () => 0, monotonicMs: () => monotonicMs};
  onTestFinished(
    verifyStopped(run, {observer: {get: look}, clock, ownPids: new Set([WORKER])}, (type) => told.push(type)),
  );
  return told;
}

/** Resolves when others of the same pace, which know no card, have told all several times. */
async function severalLooks(run: RunIdentity): Promise<void> {
  for (let count = 0; count < 3; count += 1) {
    const told = watch(run, () => nothingObserved);
    await eventually(() => told.length === 2, 'the end of a run without cards');
  }
}

async function endedRun(): Promise<{readonly run: RunIdentity; readonly told: readonly string[]}> {
  const run = await bench.spawn(fake('engine-steady.sh'));
  const told = watch(run);
  expect(told).toEqual([]);
  await killSession(run);
  await eventually(() => told.length > 0, 'the end of its processes');
  return {run, told};
}

test('memory counts as freed once the cards were read after the exit of the processes', async () => {
  const {run, told} = await endedRun();
  await severalLooks(run);
  expect(told).toEqual(['processes-gone']);
  seen = {...seen, gpuFrame: frameAt(1_001)};
  await eventually(() => told.length === 2, 'the memory to be freed');
  expect(told).toEqual(['processes-gone', 'memory-freed']);
});

test('not while the driver lists a worker of the session whose exit was not seen', async () => {
  seen = {...seen, gpuProcesses: processesNaming(WORKER)};
  const {run, told} = await endedRun();
  seen = {...seen, gpuFrame: frameAt(1_001)};
  await severalLooks(run);
  expect(told).toEqual(['processes-gone']);
  seen = {...seen, gpuProcesses: processesNaming(WORKER + 1)};
  await eventually(() => told.length === 2, 'the memory to be freed');
});

test('cards that are no longer read are not waited for', async () => {
  const {run, told} = await endedRun();
  await severalLooks(run);
  expect(told).toEqual(['processes-gone']);
  monotonicMs += 15_000;
  await eventually(() => told.length === 2, 'the memory to be taken as freed');
});
