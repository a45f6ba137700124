import {blocksStarts} from '../../../domain/diagnosis/finding.ts';
import type {MemoryPlan} from '../../../domain/memory/plan/memory-plan.ts';
import {gpusOf, usableGpus} from '../../../domain/memory/usable-gpus.ts';
import {type Check, FORCE_REMEDY, forceable} from '../../../domain/preflight/check.ts';
import {type CardNeed, type CardUse, cardMemoryCheck, shortCards} from '../../../domain/preflight/host-checks.ts';
import {findEngine} from '../../../engines/registry.ts';
import type {GpuInventory, GpuProcessSample, GpuSample} from '../../../samples/gpu.ts';
import {isAbsent, isPresent, type Reading} from '../../../samples/reading.ts';
import {countedText} from '../../../shared/quantities/counts.ts';
import type {Held, LaunchRequest} from '../judgement.ts';
import type {CardReading, JudgementWorld} from '../world/judgement-world.ts';

const NAME = 'nvidia-smi';

/** Whether the GPUs could be read, and what is wrong with them: one check per problem. */
export function cardChecks({inventory, findings, unread}: CardReading, nvidiaSmiPath: string): readonly Check[] {
  const critical = findings.filter(blocksStarts);
  if (inventory === null && critical.length === 0) {
    const reason = unread ?? 'nvidia-smi listed no GPU';
    return [
      forceable(NAME, `${nvidiaSmiPath}: ${reason}`, {
        code: 'preflight.cards-unread',
        severity: 'critical',
        message: `The GPUs could not be read: ${reason}.`,
        evidence: null,
        remedy: `Run nvidia-smi to see its own message. ${FORCE_REMEDY}`,
        settingsChange: null,
      }),
    ];
  }
  const {gpus, driverVersion} = inventory ?? {gpus: [], driverVersion: null};
  const version = driverVersion !== null && isPresent(driverVersion) ? driverVersion : 'unknown';
  const detail = `${nvidiaSmiPath}: ${countText(gpus)}, driver ${version}`;
  const shown = critical.length > 0 ? critical : findings.slice(0, 1);
  return shown.length === 0 ? [forceable(NAME, detail)] : shown.map((finding) => forceable(NAME, detail, finding));
}

/** `8 GPUs`, or `7 of 8 GPUs can be used`. */
function countText(gpus: readonly GpuSample[]): string {
  const {length} = usableGpus(gpus);
  const all = countedText(gpus.length, 'GPU');
  return length === gpus.length ? all : `${length} of ${all} can be used`;
}

const MEMORY_POLL_MS = 500;

/**
 * Whether the GPUs have as much free memory as the plan needs. Waits for memory that no process holds; reports the
 * processes that use the rest. Not checked for a plan that does not fit.
 */
export async function cardMemoryChecks(
  {
    plan,
    cards,
    held,
    endedPids,
    patienceMs,
  }: {
    readonly plan: Reading<MemoryPlan>;
    readonly cards: CardReading;
    readonly held: LaunchRequest['held'];
    readonly endedPids: ReadonlySet<number>;
    readonly patienceMs: number;
  },
  {readCards, pause, nvidiaSmiPath}: Pick<JudgementWorld, 'readCards' | 'pause' | 'nvidiaSmiPath'>,
): Promise<readonly Check[]> {
  if (isAbsent(plan) || plan.verdict === 'does-not-fit' || cards.inventory === null) return [];
  const need = needOf(plan);
  let reading = cards;
  for (let waitedMs = 0; reading.inventory !== null; waitedMs += MEMORY_POLL_MS) {
    const uses = cardUses(reading.inventory, held());
    const check = cardMemoryCheck(uses, need);
    // If a GPU lacks memory without a process using it, or with one that has exited, its memory is being freed.
    const isHeld = shortCards(uses, need).every(({holders}) => holders.some(({pid}) => !endedPids.has(pid)));
    if (check.finding === null || isHeld || waitedMs >= patienceMs) return [check];
    await pause(MEMORY_POLL_MS);
    reading = await readCards();
  }
  return cardChecks(reading, nvidiaSmiPath());
}

function needOf(plan: MemoryPlan): CardNeed {
  const {engine, perGpu, node, settings} = plan;
  return {
    bytes: findEngine(settings.engine)?.memory.neededFreeBytes(plan) ?? perGpu.totalBytes + perGpu.outsideBytes,
    cardCount: node.usedGpuCount,
    memoryFraction: engine.hasMemoryFraction ? settings.memoryFraction : null,
    cudaVisibleBytes: perGpu.cudaVisibleBytes,
  };
}

/** Use of each usable GPU after the held engine has stopped. */
export function cardUses({gpus, processes}: GpuInventory, held: Held | null): readonly CardUse[] {
  const heldIndexes = heldIndexesOf(gpus, held);
  return usableGpus(gpus).map((gpu) => {
    const onCard = processes.filter(({gpuUuid}) => isPresent(gpuUuid) && gpuUuid === gpu.uuid);
    const foreign = onCard.filter(({pid}) => held === null || !held.pids.has(pid));
    return {
      index: gpu.index,
      freeBytes: freeBytes(gpu, onCard, held, heldIndexes),
      holders: foreign.map(({pid, name, usedBytes}) => ({
        pid,
        name: isPresent(name) ? name : 'unnamed process',
        usedBytes,
      })),
    };
  });
}

function heldIndexesOf(gpus: readonly GpuSample[], held: Held | null): ReadonlySet<number> {
  if (held === null) return new Set();
  if (held.gpuIndexes !== null) return held.gpuIndexes;
  return new Set(gpusOf({node: {usedGpuCount: held.gpuCount}}, gpus).map(({index}) => index));
}

function freeBytes(
  gpu: GpuSample,
  onCard: readonly GpuProcessSample[],
  held: Held | null,
  heldIndexes: ReadonlySet<number>,
): Reading<number> {
  const {index, memoryFreeBytes, memoryTotalBytes, memoryReservedBytes} = gpu;
  if (held === null || isAbsent(memoryFreeBytes)) return memoryFreeBytes;
  const own = onCard.filter(({pid}) => held.pids.has(pid)).map(({usedBytes}) => usedBytes);
  if (held.isMemorySteady && own.length > 0 && own.every(isPresent)) return memoryFreeBytes + sum(own);
  const isHeld = own.length > 0 || heldIndexes.has(index);
  if (!isHeld || isAbsent(memoryTotalBytes)) return memoryFreeBytes;
  // All but what the driver lists for others is the engine's. In a container it lists no processes at all.
  const foreign = onCard.filter(({pid}) => !held.pids.has(pid)).map(({usedBytes}) => usedBytes);
  const reserved = isPresent(memoryReservedBytes) ? memoryReservedBytes : 0;
  return Math.max(memoryFreeBytes, memoryTotalBytes - reserved - sum(foreign.filter(isPresent)));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
