import {expect, test} from 'vitest';
import {initialLifecycleState} from '../../src/domain/lifecycle/step.ts';
import type {GpuProcessSample} from '../../src/samples/gpu.ts';
import {absent} from '../../src/samples/reading.ts';
import {createGpuIntake} from '../../src/supervisor/gpu-intake.ts';
import {awaitCards} from '../../src/supervisor/launch/world/observed-cards.ts';
import {createObserver} from '../../src/supervisor/snapshot/observer.ts';
import {createOwnFindings, SESSION_UNREAD} from '../../src/supervisor/snapshot/own-findings.ts';
import {runOf} from '../domain/lifecycle/lifecycle-samples.ts';
import {eventually} from '../harness/eventually.ts';
import {configured, inventoryOf} from './launch/fake-world.ts';

const clock = {nowMs: () => 0, monotonicMs: () => 0};
const row = (pid: number): GpuProcessSample => ({pid, name: 'python3', usedBytes: 1, gpuUuid: 'GPU-0'});

/** A supervisor that has just adopted an engine: what the source reports, and what judgements then see. */
function openIntake(attributed: (rows: readonly GpuProcessSample[]) => Promise<readonly GpuProcessSample[]>) {
  const observer = createObserver(clock);
  const plans: string[] = [];
  const note = (what: string) => () => {
    plans.push(what);
  };
  const [ignored, checked] = [note('other'), () => Promise.resolve()];
  const take = createGpuIntake({
    engine: {
      state: {...initialLifecycleState(), state: 'starting', settings: configured, run: runOf(1)},
      attributed: async (rows) => ({processes: await attributed(rows)}),
    },
    observer,
    own: createOwnFindings(observer.observe),
    plan: {
      get: () => absent('a test'),
      ...{keep: ignored, adopt: ignored, readopt: ignored, onVersion: ignored},
      renew: note('renew'),
      follow: note('follow'),
    },
    conditions: {checkModel: checked, checkEngine: checked},
    settings: () => configured,
  });
  return {observer, take, plans};
}

test('the first reading of the GPUs has no process of which it is unknown whether it is the engine', async () => {
  const {observer, take, plans} = openIntake((rows) => Promise.resolve(rows.filter(({pid}) => pid !== 77)));
  take({type: 'inventory', inventory: inventoryOf(8, {processes: [row(77), row(99)]})});
  const {inventory} = await awaitCards(observer.get, {...clock, pause: () => Promise.resolve()});
  expect(inventory?.processes.map(({pid}) => pid)).toEqual([99]);
  expect(plans).toEqual(['follow']);
});

test('a list whose processes cannot be looked up is observed as it is, with the reason', async () => {
  const {observer, take} = openIntake(() => Promise.reject(new Error('EMFILE')));
  take({type: 'processes', stamp: {sampledAtMs: 0, monotonicMs: 0}, processes: [row(77)]});
  await eventually(() => observer.get().gpuProcesses !== null, 'the list is observed');
  expect(observer.get().gpuProcesses?.processes.map(({pid}) => pid)).toEqual([77]);
  expect(Object.keys(observer.get().ownFindings)).toEqual([SESSION_UNREAD]);
});
