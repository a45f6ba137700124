import {describe, expect, test} from 'vitest';
import type {LifecycleState} from '../../../src/domain/lifecycle/lifecycle.ts';
import type {EngineState} from '../../../src/domain/lifecycle/phases.ts';
import {initialLifecycleState} from '../../../src/domain/lifecycle/step.ts';
import type {GpuInventory} from '../../../src/samples/gpu.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import type {StartCommand} from '../../../src/supervisor/loop/engine-commands.ts';
import {type CommandContext, previewCommand} from '../../../src/supervisor/loop/judge-command.ts';
import {runOf} from '../../domain/lifecycle/lifecycle-samples.ts';
import {configured, fakeWorld, idleCards, inventoryOf} from '../launch/fake-world.ts';

const restart: StartCommand = {
  type: 'restart',
  change: {contextLengthTokens: 131_072},
  drainMs: 0,
  force: false,
  lastGood: false,
  rollback: false,
};

const runningStates = ['starting', 'ready', 'degraded', 'draining', 'stopping', 'failed'] as const;
const movingStates = ['starting', 'stopping'] as const;

/** A run that the lifecycle knows in this state. */
function runIn(state: EngineState): LifecycleState {
  const readyAtMs = state === 'starting' || state === 'failed' ? null : 1_000;
  return {...initialLifecycleState(), state, settings: configured, run: runOf(1), readyAtMs};
}

/** Eight H200 with so many GiB in use on each, of which the driver lists these. */
function cardsWith(usedGib: number, listed: readonly (readonly [pid: number, gib: number])[]): GpuInventory {
  const gpus = idleCards(8).map((gpu) => ({
    ...gpu,
    memoryUsedBytes: usedGib * BYTES_PER_GIB,
    memoryFreeBytes: Number(gpu.memoryTotalBytes) - usedGib * BYTES_PER_GIB,
  }));
  const processes = gpus.flatMap(({uuid}) =>
    listed.map(([pid, gib]) => ({pid, name: `worker ${pid}`, usedBytes: gib * BYTES_PER_GIB, gpuUuid: uuid})),
  );
  return inventoryOf(8, {gpus, processes});
}

async function blockersOf(contextNow: () => CommandContext, inventory: GpuInventory, onRead = () => {}) {
  const readCards = () => {
    onRead();
    return Promise.resolve({inventory, findings: [], unread: null});
  };
  const preview = await previewCommand(restart, contextNow, fakeWorld({readCards}));
  if (!preview.ok) throw new Error(preview.error.message);
  return preview.value.blockers.map(({code}) => code);
}

function contextOf(state: LifecycleState, ownPids: readonly number[], change: Partial<CommandContext> = {}) {
  return (): CommandContext => ({state, next: configured, ownPids: new Set(ownPids), nowMs: 60_000, ...change});
}

describe('a restart', () => {
  test.each(runningStates)('does not find the memory of the present run in its way (%s)', async (state) => {
    const adopted = runIn(state);
    const states = [adopted, {...adopted, internal: {...adopted.internal, isAdopted: true}}];
    for (const each of states) {
      expect(await blockersOf(contextOf(each, [41]), cardsWith(130, [[41, 130]]))).toEqual([]);
      // In a container the driver lists none.
      expect(await blockersOf(contextOf(each, [41]), cardsWith(130, []))).toEqual([]);
    }
  });

  test.each(movingStates)('does not, however old the list of processes is, while memory moves (%s)', async (state) => {
    const context = contextOf(runIn(state), [41]);
    for (const listedGib of [1, 60, 130]) {
      expect(await blockersOf(context, cardsWith(120, [[41, listedGib]]))).toEqual([]);
    }
  });

  test('does not in the first seconds of a ready engine, whose list is from its start', async () => {
    const state = {...runIn('ready'), readyAtMs: 58_000};
    expect(await blockersOf(contextOf(state, [41]), cardsWith(120, [[41, 10]]))).toEqual([]);
  });

  test('does not where workers began, or the run itself, while it was judged', async () => {
    let ownPids = new Set([41]);
    const growing = () => ({...contextOf(runIn('starting'), [])(), ownPids});
    const workers = cardsWith(60, [[42, 60]]);
    expect(await blockersOf(growing, workers, () => (ownPids = new Set([41, 42])))).toEqual([]);
    let state: LifecycleState = {...runIn('starting'), state: 'preflight', run: null};
    const begun = () => contextOf(state, [42])();
    expect(await blockersOf(begun, workers, () => (state = runIn('starting')))).toEqual([]);
  });

  test.each(runningStates)('is refused for what others hold next to it (%s)', async (state) => {
    const shared = cardsWith(130, [
      [41, 60],
      [99, 70],
    ]);
    expect(await blockersOf(contextOf(runIn(state), [41]), shared)).toEqual(['preflight.gpu-memory-taken']);
  });

  test('of a serving engine is refused for memory that is in use by nobody who is listed', async () => {
    const leaked = cardsWith(130, [[41, 60]]);
    expect(await blockersOf(contextOf(runIn('ready'), [41]), leaked)).toEqual(['preflight.gpu-memory-taken']);
  });

  test('without a run is refused for what is in use', async () => {
    const idle = contextOf(initialLifecycleState(), []);
    expect(await blockersOf(idle, cardsWith(130, [[41, 130]]))).toEqual(['preflight.gpu-memory-taken']);
  });
});
