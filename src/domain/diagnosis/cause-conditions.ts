import {BYTES_PER_GIB} from '../../shared/units.ts';
import {settingPath} from '../settings/settings-table.ts';
import {goneCards, noMemory} from './cause-codes.ts';
import {type CardDetails, isSameCard} from './details/card-details.ts';
import {type DetailsOf, detailsOf} from './details/details.ts';
import {exhaustedDevice} from './exhausted-device.ts';
import type {Finding} from './finding.ts';

/** Plans leave more than this free on a card; a display or a monitor holds less. */
const MUCH_BYTES = BYTES_PER_GIB;
/** How long after it took memory a process may be seen first: readings of a busy host are late. */
const SEEN_WITHIN_MS = 30_000;
/** How long after an engine failed on it a card may be known to be gone, or its error be read from the kernel's log. */
const GONE_WITHIN_MS = 300_000;

/** Crashes count as what the last one was. */
export function isMemoryCrash(_: Finding, effect: Finding): boolean {
  const crash = detailsOf(effect, 'lifecycle.crash-loop');
  if (crash === null) return true;
  const name = crash.cause.code.slice(crash.cause.code.indexOf('.') + 1);
  return noMemory.includes(`*.${name}`);
}

/** True unless both say which card they are about, and it is not the same. */
export function mayBeSameCard(cause: Finding, effect: Finding): boolean {
  const one = cardIn(cause);
  const other = cardIn(effect);
  return one === null || other === null || isSameCard(one, other) !== false;
}

function cardIn(finding: Finding): CardDetails | null {
  const xid = detailsOf(finding, 'host.xid');
  if (xid !== null) return {index: xid.index, pciBusId: xid.pciBusId, uuid: null};
  const stopped = detailsOf(finding, 'host.iommu-fault');
  if (stopped !== null) return {index: null, pciBusId: stopped.pciBusId, uuid: null};
  for (const code of [...goneCards, 'source.nvidia-smi.recovery-action', 'source.nvidia-smi.driver-event'] as const) {
    const card = detailsOf(finding, code);
    if (card !== null) return card;
  }
  return null;
}

/** The process holds so much of the engine's cards that an engine which takes a planned share of them may lack it. */
export function holdsMuch(cause: Finding, effect: Finding): boolean {
  const held = detailsOf(cause, 'gpu.foreign-process');
  const isMuch = held === null || (held.plannedBytes ?? held.usedBytes) >= MUCH_BYTES;
  return isMuch && isOnItsCard(held, effect) && !isLater(cause, effect, SEEN_WITHIN_MS);
}

/** True unless the evidence names the GPU whose memory ran out, and the process does not use it. */
function isOnItsCard(held: DetailsOf<'gpu.foreign-process'> | null, {evidence}: Finding): boolean {
  const number = exhaustedDevice(evidence);
  const numbers = held?.cudaNumbers ?? null;
  return number === null || numbers === null || numbers.includes(number);
}

/** The process holds at least half of what the engine found in use before it loaded, and was there before. */
export function heldBeforeLoading(cause: Finding, effect: Finding): boolean {
  const held = detailsOf(cause, 'gpu.foreign-process')?.plannedBytes;
  const found = detailsOf(effect, 'plan.gpu-memory-in-use');
  if (held === undefined || held === null || found === null) return false;
  return held * 2 >= found.usedBytesPerGpu && !isLater(cause, effect, SEEN_WITHIN_MS);
}

/** A card that became unusable long after an engine failed did not make it fail. */
export function wasGoneThen(cause: Finding, effect: Finding): boolean {
  return !isLater(cause, effect, GONE_WITHIN_MS);
}

/** The cause is present only since long after the effect; false where that is unknown. */
function isLater(cause: Finding, effect: Finding, withinMs: number): boolean {
  const crashedAtMs = detailsOf(effect, 'lifecycle.crash-loop')?.lastAtMs;
  const effectAtMs = crashedAtMs ?? effect.sinceMs;
  return cause.sinceMs !== undefined && effectAtMs !== undefined && cause.sinceMs > effectAtMs + withinMs;
}

/** The GPU is smaller than planned: what it lacks counts as in use. */
export function isSmallerCard(cause: Finding): boolean {
  const card = detailsOf(cause, 'plan.gpu-memory-differs');
  return card !== null && card.measuredBytes < card.plannedBytes;
}

/** The plan's overhead is what is left of the budget, so a number that is off by as much makes it implausible. */
export function shiftsOverhead(cause: Finding, effect: Finding): boolean {
  const overhead = detailsOf(effect, 'plan.overhead-implausible');
  if (overhead === null) return false;
  const isTooMuch = overhead.measuredBytesPerGpu > overhead.mostBytesPerGpu;
  const checkpoint = detailsOf(cause, 'plan.checkpoint-differs');
  if (checkpoint !== null) return checkpoint.measuredBytes > checkpoint.plannedBytes === isTooMuch;
  const weights = detailsOf(cause, 'plan.weights-differ');
  if (weights !== null) return weights.measuredBytesPerGpu > weights.plannedBytesPerGpu === isTooMuch;
  // What a process held when memory ran out does not depend on the rest of the card.
  if (overhead.isLowerBound) return false;
  const card = detailsOf(cause, 'plan.gpu-memory-differs');
  if (card !== null) return card.measuredBytes < card.plannedBytes === isTooMuch;
  if (detailsOf(cause, 'plan.gpu-memory-in-use') !== null) return isTooMuch;
  const pool = detailsOf(cause, 'plan.kv-pool-differs') ?? detailsOf(cause, 'plan.kv-pool-reduced');
  if (pool === null) return false;
  const missingBytes = pool.plannedBytesPerGpu - pool.measuredBytesPerGpu;
  return Math.abs(overhead.measuredBytesPerGpu - overhead.usedBytesPerGpu - missingBytes) < MUCH_BYTES;
}

/** Everything that differs from the configuration is what was taken back after a failed start. */
export function wasRolledBack(cause: Finding, effect: Finding): boolean {
  const takenBack = detailsOf(cause, 'lifecycle.rolled-back')?.differences;
  const differing = detailsOf(effect, 'configuration.differs')?.differences;
  if (takenBack === undefined || differing === undefined) return false;
  return differing.every(({key, requested}) =>
    takenBack.some(
      (setting) => settingPath(setting.key) === key && JSON.stringify(setting.requested) === JSON.stringify(requested),
    ),
  );
}

/** The process holds memory of a card that has too little left. */
export function holdsNeededMemory(cause: Finding, effect: Finding): boolean {
  const held = detailsOf(cause, 'gpu.foreign-process');
  const taken = detailsOf(effect, 'preflight.gpu-memory-taken');
  if (held === null || taken === null) return true;
  return taken.cards.some(({index}) => held.gpuIndexes.includes(index));
}

/** The memory that grows belongs to another program, on a GPU that this process uses. */
export function isGrower(cause: Finding, effect: Finding): boolean {
  const held = detailsOf(cause, 'gpu.foreign-process');
  const growing = detailsOf(effect, 'gpu.memory-growing')?.gpus ?? [];
  return growing.some(({index, grower}) => grower === 'other-programs' && held?.gpuIndexes.includes(index) === true);
}
