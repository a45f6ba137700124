import {expect, test} from 'vitest';
import {type Condition, unseenCondition} from '../../../src/domain/diagnosis/conditions/condition.ts';
import type {LifecycleState} from '../../../src/domain/lifecycle/lifecycle.ts';
import type {GpuProcessSample} from '../../../src/samples/gpu.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import {unusedFindings, unusedGpusAfter} from '../../../src/supervisor/snapshot/unused-gpus.ts';
import {statesByName} from '../../domain/lifecycle/lifecycle-samples.ts';
import {planOf} from '../../support/plan-of.ts';
import {configured, idleCards} from '../launch/fake-world.ts';
import {observed} from './observed.ts';

const plan = planOf(configured, '8xH200');
const {ready, stopped} = statesByName();
if (ready === undefined || stopped === undefined) throw new Error('no such state');
const serving: LifecycleState = {...ready, settings: plan.settings};
const OWN_PID = 7;
const STRANGER = 8;

/** After as many seconds with this use of each GPU, by process; what it was before that is `before`. */
function after(
  seconds: number,
  used: Readonly<Record<number, number>>,
  {before = unseenCondition, lifecycle = serving, isListed = true, isRead = true} = {},
): Condition {
  const total = Object.values(used).reduce((sum, gib) => sum + gib, 0) * BYTES_PER_GIB;
  const gpus = idleCards(8).map((gpu) => ({...gpu, memoryUsedBytes: total}));
  let unusedGpus: Condition = before;
  for (let second = 0; second <= seconds; second += 1) {
    const stamp = {sampledAtMs: second * 1_000, monotonicMs: (before.last?.atMs ?? 0) + second * 1_000};
    const listed: GpuProcessSample[] = gpus.flatMap(({uuid}) =>
      Object.entries(used).map(([pid, gib]) => ({
        pid: Number(pid),
        name: 'python',
        usedBytes: gib * BYTES_PER_GIB,
        gpuUuid: uuid,
      })),
    );
    const frame = {
      stamp: isRead ? stamp : {sampledAtMs: 0, monotonicMs: -60_000},
      gpus,
      expectedCount: 8,
      missingIndexes: [],
    };
    const seen = observed({
      gpuFrame: frame,
      gpuProcesses: {stamp, processes: isListed ? listed : []},
      sessionPids: new Set([OWN_PID]),
      unusedGpus,
    });
    unusedGpus = unusedGpusAfter(seen, {lifecycle, plan}, stamp);
    const isShown = unusedFindings({...seen, unusedGpus}, {lifecycle, plan}).length > 0;
    if (isRead) expect(isShown).toBe(unusedGpus.isRaised);
  }
  return unusedGpus;
}

test('an engine that holds little of its GPUs is reported after ten seconds, not during its exit', () => {
  expect(after(9, {[OWN_PID]: 1}).isRaised).toBe(false);
  expect(after(10, {[OWN_PID]: 1}).isRaised).toBe(true);
  expect(after(60, {[OWN_PID]: 120}).isRaised).toBe(false);
});

test('memory of other programs is not memory of the engine', () => {
  expect(after(10, {[OWN_PID]: 1, [STRANGER]: 120}).isRaised).toBe(true);
});

test('a list without the engine says nothing, as in a container; without a list all memory may be its own', () => {
  expect(after(60, {[STRANGER]: 120}).isRaised).toBe(false);
  expect(after(60, {[OWN_PID]: 120}, {isListed: false}).isRaised).toBe(false);
  expect(after(10, {[OWN_PID]: 1}, {isListed: false}).isRaised).toBe(true);
});

test('it ends with the memory, stays while nothing is read, and is unknown of an engine that does not serve', () => {
  const before = after(10, {[OWN_PID]: 1});
  expect(after(1, {[OWN_PID]: 120}, {before}).isRaised).toBe(false);
  expect(after(60, {[OWN_PID]: 120}, {before, isRead: false}).isRaised).toBe(true);
  expect(after(1, {[OWN_PID]: 1}, {before, lifecycle: {...stopped, settings: plan.settings}}).isRaised).toBe(false);
});
