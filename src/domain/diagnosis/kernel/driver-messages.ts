import type {GpuSample} from '../../../samples/gpu.ts';
import {MS_PER_HOUR, MS_PER_SECOND} from '../../../shared/units.ts';
import {cardOf, isSameCard} from '../details/card-details.ts';
import type {Finding} from '../finding.ts';
import {type CardFault, cardFaultWarning, readCardFault} from './card-fault.ts';
import type {KernelMessage} from './kernel-cause.ts';
import {type KnownCard, knownCardsAfter} from './known-cards.ts';

/** What the driver wrote of one card into the kernel's log. */
export type DriverMessage = {
  /** When the last one like it was written, epoch ms in whole seconds. */
  readonly atMs: number;
  /** As the kernel writes it. */
  readonly pciBusId: string;
  /** What it says of a fault, with NVIDIA's number of the error; null for any other message. */
  readonly fault: Pick<CardFault, 'kind' | 'gpuInstanceId' | 'xid' | 'meaning'> | null;
  readonly text: string;
  /** Lines in a row that say the same: one fault has a line for each channel. */
  readonly count: number;
};

/** The newest messages of each card that are kept. */
const MOST_OF_CARD = 8;
const MOST_CHARACTERS = 300;
/** The kernel writes at most 1,024 characters in a line; what is in its place may write any. */
const MOST_READ = 2_000;
/** A message this long ago is no present problem any more. */
const PRESENT_MS = MS_PER_HOUR;

/** A line of the driver that names a card, which readCardFault does not know. */
const addressPattern = /^NVRM: .{0,60}?\b([0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2})\b/i;

/** What a kernel log has of the driver about single cards, oldest first; of each card the newest, faults of the card itself before others. */
export function driverMessages(messages: readonly KernelMessage[], nowMs: number): readonly DriverMessage[] {
  const byCard = new Map<string, DriverMessage[]>();
  for (const {ageMs, text} of messages) {
    if (ageMs === null) continue;
    const message = readMessage(text, Math.round((nowMs - ageMs) / MS_PER_SECOND) * MS_PER_SECOND);
    if (message === null) continue;
    const own = byCard.get(message.pciBusId) ?? [];
    byCard.set(message.pciBusId, own);
    const last = own.at(-1);
    if (last !== undefined && isSame(last, message)) own[own.length - 1] = {...message, count: last.count + 1};
    else own.push(message);
    if (own.length > MOST_OF_CARD) own.splice(Math.max(0, own.findIndex(isMinor)), 1);
  }
  return [...byCard.values()].flat().toSorted((one, other) => one.atMs - other.atMs);
}

function readMessage(text: string, atMs: number): DriverMessage | null {
  if (!text.includes('NVRM')) return null;
  const line = text.slice(0, MOST_READ);
  const found = readCardFault(line);
  const pciBusId = found?.pciBusId ?? addressPattern.exec(line)?.[1];
  if (pciBusId === undefined) return null;
  const fault =
    found === null
      ? null
      : {kind: found.kind, gpuInstanceId: found.gpuInstanceId, xid: found.xid, meaning: found.meaning};
  return {atMs, pciBusId, fault, text: text.slice(0, MOST_CHARACTERS), count: 1};
}

/** No fault of the card itself: a program may cause a flood of them. */
function isMinor({fault}: DriverMessage): boolean {
  return fault?.kind !== 'card';
}

function isSame(one: DriverMessage, other: DriverMessage): boolean {
  if (one.fault === null || other.fault === null) return one.text === other.text;
  return one.fault.xid === other.fault.xid && one.fault.gpuInstanceId === other.fault.gpuInstanceId;
}

/** The messages about this card. */
export function messagesOf(
  messages: readonly DriverMessage[],
  gpu: Pick<GpuSample, 'index' | 'pciBusId' | 'uuid'>,
): readonly DriverMessage[] {
  const card = cardOf(gpu);
  return messages.filter(({pciBusId}) => isSameCard({index: null, pciBusId, uuid: null}, card) === true);
}

/**
 * A warning for each fault of a card in the last hour, with its last message: the card may work again. Not for one that has a
 * critical finding of its own; for an address that no GPU has, because the driver does not list a GPU that it cannot use: `known`
 * has the index that it had.
 */
export function driverFindings(
  messages: readonly DriverMessage[],
  gpus: readonly Pick<GpuSample, 'index' | 'pciBusId' | 'uuid' | 'fault'>[],
  nowMs: number,
  known: readonly KnownCard[] = knownCardsAfter([], gpus),
): readonly Finding[] {
  const recent = messages.filter(({atMs}) => nowMs - atMs <= PRESENT_MS);
  const placed = new Set(gpus.flatMap((gpu) => messagesOf(recent, gpu)));
  const unplaced = Map.groupBy(
    recent.filter((one) => !placed.has(one)),
    ({pciBusId}) => pciBusId,
  );
  const working = gpus.filter(({fault}) => fault === null).map((gpu) => messagesOf(recent, gpu));
  return [...working, ...unplaced.values()].flatMap((one) => warningsOf(one, known));
}

/** Of the messages about one card. */
function warningsOf(messages: readonly DriverMessage[], known: readonly KnownCard[]): readonly Finding[] {
  const byFault = new Map(
    messages.flatMap(({pciBusId, fault, text}) =>
      fault?.kind === 'card'
        ? [[`${fault.xid} ${fault.gpuInstanceId}`, {fault: {...fault, pciBusId}, text}] as const]
        : [],
    ),
  );
  return [...byFault.values()].map(({fault, text}) => cardFaultWarning(fault, text, known));
}
