import {homedir} from 'node:os';
import path from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {ModelOnDisk} from '../../domain/memory/model/checkpoint.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import {
  type CardUse,
  type Check,
  cardMemoryCheck,
  hostChecks,
  modelFilesCheck,
} from '../../domain/preflight/host-checks.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {findEngine} from '../../engines/registry.ts';
import type {GpuInventory} from '../../samples/gpu.ts';
import {isPresent, type Reading} from '../../samples/reading.ts';
import {readHostFacts} from '../../sources/host/host-facts.ts';
import {cacheDirectory} from '../../sources/model-files/find-model-directory.ts';
import {readGpusOnce} from '../../sources/nvidia-smi/read-gpus-once.ts';
import type {Clock} from '../loop/clock.ts';
import {type Leftover, reapLeftovers} from '../process/leftovers.ts';
import type {Directories} from '../state-dir/directories.ts';
import {listRuns} from '../state-dir/run-directories.ts';
import type {World} from '../world.ts';

const NVIDIA_SMI_TIMEOUT_MS = 20_000;
/** What an engine that has just ended held is handed back within this. */
const MEMORY_PATIENCE_MS = 10_000;
const MEMORY_POLL_MS = 500;

/** What is checked. */
export type HostCheckInput = {
  readonly settings: LaunchSettings;
  readonly plan: Reading<MemoryPlan>;
  readonly model: ModelOnDisk | null;
  readonly clock: Clock;
};

/** Where it is read. A simulated node runs on a host that says nothing of it: its cards alone are checked. */
export type HostCheckWorld = Pick<World, 'nvidiaSmiPath' | 'simulated'> & {
  readonly directories: Pick<Directories, 'stateDir'>;
  readonly environment: NodeJS.ProcessEnv;
};

/** Ends what is left of earlier runs and checks the host before a start. A check that fails itself is a finding. */
export async function findHostProblems(input: HostCheckInput, world: HostCheckWorld): Promise<readonly Finding[]> {
  try {
    const leftovers = await endLeftovers(world.directories.stateDir);
    const checks = await checkHost(input, world);
    return [...leftovers, ...checks.flatMap(({finding}) => finding ?? [])];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [
      leftoverFinding(
        'preflight.unchecked',
        'warning',
        `The host could not be checked before the start: ${reason}.`,
        'Run gantry doctor.',
      ),
    ];
  }
}

/** Checks cards, model files and host for a start with these settings. Touches nothing. */
export async function checkHost(input: HostCheckInput, world: HostCheckWorld): Promise<readonly Check[]> {
  const cards = isPresent(input.plan) ? [await checkCards(input, world, input.plan)] : [];
  if (world.simulated) return cards;
  const {settings, plan, model} = input;
  const {environment} = world;
  const modelPlaces = {variables: environment, homeDirectory: homedir(), workingDirectory: '/'};
  const isFromHub = !/^[~./]/u.test(settings.model);
  const facts = await readHostFacts({
    state: world.directories.stateDir,
    model: cacheDirectory(modelPlaces),
    cache: environment['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'),
  });
  const onDiskBytes = model === null || model.kind === 'config' ? 0 : model.tensorBytes;
  const isWhole = model !== null && model.kind !== 'config' && model.missingFiles.length === 0;
  return [
    ...cards,
    modelFilesCheck(model?.kind === 'config' ? null : model, isFromHub),
    ...hostChecks(facts, {
      cardCount: isPresent(plan) ? plan.node.usedGpuCount : settings.tensorParallelSize,
      downloadBytes: isWhole || !isFromHub || !isPresent(plan) ? 0 : Math.max(0, plan.checkpoint.bytes - onDiskBytes),
    }),
  ];
}

/** Memory that is on its way back is waited for, a little; what somebody holds is named. */
async function checkCards({clock}: HostCheckInput, {nvidiaSmiPath}: HostCheckWorld, plan: MemoryPlan): Promise<Check> {
  const {engine, perGpu, node, settings} = plan;
  const need = {
    bytes: findEngine(settings.engine)?.memory.neededFreeBytes(plan) ?? perGpu.totalBytes + perGpu.outsideBytes,
    cardCount: node.usedGpuCount,
    memoryFraction: engine.hasMemoryFraction ? settings.memoryFraction : null,
    cudaVisibleBytes: perGpu.cudaVisibleBytes,
  };
  const deadlineMs = clock.monotonicMs() + MEMORY_PATIENCE_MS;
  for (;;) {
    const {inventory} = await readGpusOnce({
      executable: nvidiaSmiPath,
      timeoutMs: NVIDIA_SMI_TIMEOUT_MS,
      clock,
    });
    const check = cardMemoryCheck(cardUses(inventory), need);
    const isHeld = cardUses(inventory).some(({holders}) => holders.length > 0);
    if (check.finding === null || isHeld || clock.monotonicMs() >= deadlineMs) return check;
    await delay(MEMORY_POLL_MS);
  }
}

function cardUses(inventory: GpuInventory | null): readonly CardUse[] {
  return (inventory?.gpus ?? []).map(({index, uuid, memoryFreeBytes}) => ({
    index,
    freeBytes: memoryFreeBytes,
    holders: (inventory?.processes ?? [])
      .filter(({gpuUuid}) => gpuUuid === uuid)
      .map(({pid, name, usedBytes}) => ({pid, name: isPresent(name) ? name : 'a process without a name', usedBytes})),
  }));
}

/** Ends what is left of earlier runs of this state directory; what there was, as findings. */
async function endLeftovers(stateDir: string): Promise<readonly Finding[]> {
  const {reaped, remaining} = await reapLeftovers(stateDir, new Set(await listRuns(stateDir)));
  if (reaped.length === 0) return [];
  return [
    remaining.length === 0
      ? leftoverFinding(
          'preflight.leftovers-ended',
          'info',
          `${named(reaped)} of an earlier run were still there, and were ended.`,
          'Nothing is to be done.',
        )
      : leftoverFinding(
          'preflight.leftovers-remain',
          'critical',
          `${named(remaining)} of an earlier run are still there and were not ended: their engine lives, or the kernel holds them.`,
          'End an engine that nobody needs with kill; one that SIGKILL does not end waits inside the driver (see dmesg), and goes with a reboot.',
        ),
  ];
}

function named(leftovers: readonly Leftover[]): string {
  const names = leftovers.slice(0, 3).map(({command, pid}) => `${command} (pid ${pid})`);
  return `${names.join(', ')}${leftovers.length > 3 ? ` and ${leftovers.length - 3} more` : ''}`;
}

function leftoverFinding(code: string, severity: Finding['severity'], message: string, remedy: string): Finding {
  return {code, severity, message, evidence: null, remedy, settingsChange: null};
}
