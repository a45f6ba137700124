import {isSameCard} from '../details/card-details.ts';
import {withDetails} from '../details/details.ts';
import type {Finding} from '../finding.ts';
import {indexOfCard, type KnownCard} from './known-cards.ts';

/**
 * What the driver reports of a card: a fault of the card, a fault of a program on it, an error of a link that it survives, or
 * the consequence of any.
 * `xid` is 79 for a card that fell off the bus also where the driver gives no number.
 */
export type CardFault = {
  readonly kind: 'card' | 'program' | 'link' | 'consequence';
  readonly pciBusId: string;
  /** The MIG instance that it is about; null for all of the GPU. */
  readonly gpuInstanceId: number | null;
  readonly xid: number;
  readonly meaning: string;
};

/** Whoever passes a log on may have masked the address, or left out a part of the line in front of it. `GPU-I:05` is a MIG instance, `GPU-CI:00` a part of it. */
const xidPattern =
  /\bXid \((?:PCI:)?([\w:*?<>-]{1,40}|\.{2,3}|…)(?:\.\w)?(?: GPU-I:(\d{1,3}))?(?: GPU-CI:\d{1,3})?\): {0,2}(\d{1,3})(?:, (.*))?/;
/** Of a driver that finds the card gone when it is loaded there is no Xid. */
const fallenPattern =
  /(?:GPU(?: at)?|PCI) ?:?(?:PCI:)?([0-9a-fA-F]{4,8}:[0-9a-fA-F]{2}:[0-9a-fA-F]{2})(?:\.[0-9])?\b.{0,300}?fallen off the bus/;

/** Faults of a card, by NVIDIA's Xid catalog. */
const cardXids: Readonly<Partial<Record<number, string>>> = {
  46: 'it stopped processing',
  48: 'an uncorrectable memory error (double-bit ECC)',
  61: 'an error of its internal controller',
  62: 'its internal controller halted',
  63: 'a retired memory page or row',
  64: 'a failure to retire a memory page or row',
  74: 'an NVLink error',
  79: 'it fell off the bus',
  92: 'many corrected memory errors',
  94: 'a contained memory error',
  95: 'an uncontained memory error',
  119: 'its firmware processor (GSP) does not respond',
  120: 'an error of its firmware processor (GSP)',
  140: 'uncorrectable memory errors',
  144: 'an NVLink error',
  145: 'an NVLink error (remote link)',
  146: 'an NVLink error',
  147: 'an NVLink error',
  148: 'an NVLink error',
  149: 'an NVLink error (network link)',
  150: 'an NVLink error',
  154: 'it needs a reset or a node reboot',
  155: 'an NVLink error',
  156: 'memory that cannot be retired',
};

/** Faults of a program that uses the card: the card itself is usually sound. */
const programXids: Readonly<Partial<Record<number, string>>> = {
  13: 'a program made an illegal access (graphics engine exception)',
  31: 'a program accessed memory that is not its own (MMU fault)',
  43: 'a program was stopped on the GPU after a fault of its own',
  68: 'a video decoder exception',
  69: 'a graphics engine exception',
};

/** The fault in a message of the kernel; null if it has none. */
export function readCardFault(text: string): CardFault | null {
  const [, pciBusId = '', instance, digits, rest = ''] = xidPattern.exec(text) ?? [];
  if (digits === undefined) {
    const fallen = fallenPattern.exec(text)?.[1];
    if (fallen === undefined) return null;
    return {kind: 'card', pciBusId: fallen, gpuInstanceId: null, xid: 79, meaning: cardXids[79] ?? ''};
  }
  const place = {pciBusId, gpuInstanceId: instance === undefined ? null : Number(instance)};
  const xid = Number(digits);
  const meaning = cardXids[xid];
  // A recovery action that returns to none is good news.
  if (xid === 154 && /to 0x0 \(None\)/.test(rest)) return null;
  if (meaning !== undefined && isSurvived(xid, rest)) return {kind: 'link', ...place, xid, meaning};
  if (meaning !== undefined) return {kind: 'card', ...place, xid, meaning};
  const byProgram = programXids[xid];
  if (byProgram !== undefined) return {kind: 'program', ...place, xid, meaning: byProgram};
  return {
    kind: 'consequence',
    ...place,
    xid,
    meaning: xid === 45 ? 'its work was ended after another fault' : 'see the Xid catalog',
  };
}

/** Of the links of newer GPUs the driver writes how bad it is: unit, severity, containment, link. */
function isSurvived(xid: number, rest: string): boolean {
  return xid >= 144 && xid <= 150 && /(?:^|\s)Non-?fatal\b/i.test(rest);
}

/** Reports of memory that the driver or the GPU has dealt with: no program fails by them (NVIDIA's Xid catalog: informational). */
const harmlessXids: ReadonlySet<number> = new Set([63, 92]);

/** True for a fault of a card after which a program may fail, or the card itself has. */
export function mayEndPrograms({kind, xid}: CardFault): boolean {
  return kind === 'card' && !harmlessXids.has(xid);
}

/** The finding for a fault of a card, with the message that shows it. `known`: which GPU is at which address. */
export function cardFaultFinding(fault: CardFault, evidence: string, known: readonly KnownCard[] = []): Finding {
  return mayEndPrograms(fault) ? failedCardFinding(fault, evidence, known) : cardFaultWarning(fault, evidence, known);
}

function failedCardFinding(fault: CardFault, evidence: string, known: readonly KnownCard[]): Finding {
  const {pciBusId, gpuInstanceId, xid, meaning} = fault;
  return {
    ...withDetails('host.xid', {pciBusId, index: indexOfCard(known, pciBusId), gpuInstanceId, xid}),
    severity: 'critical',
    message: `${titleOf(fault, known)} failed: ${meaning} (Xid ${xid}).`,
    evidence,
    remedy: isUnlisted(known, pciBusId) ? unlistedRemedy(pciBusId, xid) : remedyOf(xid),
    settingsChange: null,
  };
}

/** True for a GPU that is on no list of this supervisor, which has one: what it was is known by its address alone. */
function isUnlisted(known: readonly KnownCard[], pciBusId: string): boolean {
  const named = {index: null, pciBusId, uuid: null};
  return known.length > 0 && known.every((card) => isSameCard({...card, uuid: null}, named) === false);
}

/** Neither gantry gpus nor a reset reaches it. A container's kernel log is that of its host, with the GPUs of all. */
function unlistedRemedy(pciBusId: string, xid: number): string {
  const slot = pciBusId.split(':').slice(-2).join(':');
  const isOffBus = xid === 79;
  return `nvidia-smi does not list this GPU: it is lost, or is another container's. lspci -s ${slot} shows its slot. For a lost one, ${isOffBus ? 'power the node off and on' : 'reboot the node'}; replace it if it does not return.`;
}

/** By index as operators call it, and by address as the kernel does; with the MIG instance that had the fault. */
function titleOf({pciBusId, gpuInstanceId}: CardFault, known: readonly KnownCard[]): string {
  const index = indexOfCard(known, pciBusId);
  const place = index === null ? `at ${pciBusId}` : `${index} (${pciBusId})`;
  if (gpuInstanceId !== null) return `MIG instance ${gpuInstanceId} of ${index === null ? 'the ' : ''}GPU ${place}`;
  return `${index === null ? 'The ' : ''}GPU ${place}`;
}

/** What to do about a fault that the driver or a program survived, as the GPU works still. */
const survivedRemedies: Readonly<Partial<Record<number, string>>> = {
  63: 'Nothing has to be done now: the GPU replaces the faulty memory when it is reset (nvidia-smi -r) or the node is rebooted. Do that when convenient.',
  92: 'Nothing has to be done now. Look at nvidia-smi -q -d ECC,ROW_REMAPPER; replace the GPU if the count keeps increasing.',
  94: 'The program that used this memory was ended; others are not affected. Restart the engine if it was its process, and reset the GPU (nvidia-smi -r) when convenient.',
};

/** The warning of a fault of a card that works again, or still. */
export function cardFaultWarning(fault: CardFault, evidence: string, known: readonly KnownCard[]): Finding {
  const finding: Finding = {...failedCardFinding(fault, evidence, known), severity: 'warning'};
  const remedy = survivedRemedies[fault.xid];
  if (remedy === undefined) return finding;
  const message = `${titleOf(fault, known)} reported ${fault.meaning} (Xid ${fault.xid}).`;
  const isLost = mayEndPrograms(fault) && isUnlisted(known, fault.pciBusId);
  return {...finding, message, remedy: isLost ? finding.remedy : remedy};
}

const nvlinkXids: ReadonlySet<number> = new Set([74, 144, 145, 146, 147, 148, 149, 150, 155]);
const memoryXids: ReadonlySet<number> = new Set([48, 63, 64, 92, 94, 95, 140, 156]);

function remedyOf(xid: number): string {
  if (xid === 79) {
    return 'Stop using the node and power it off and on: a reset does not bring the GPU back. If it happens again, reseat or replace the GPU.';
  }
  if (nvlinkXids.has(xid)) {
    return 'Reboot the node: links are trained again. If it happens again, give the kernel log and nvidia-bug-report.sh to the vendor.';
  }
  if (memoryXids.has(xid)) {
    return 'Take the GPU out of use, look at nvidia-smi -q -d ECC,ROW_REMAPPER, then reset it (nvidia-smi -r) or reboot the node; replace it if the error returns.';
  }
  return 'Find the GPU with gantry gpus. Reset it (nvidia-smi -r) or reboot the node; replace it if the error returns.';
}
