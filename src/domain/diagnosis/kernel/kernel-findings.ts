import {countedText, limitedList} from '../../../shared/quantities/counts.ts';
import type {Finding} from '../finding.ts';
import {type CardFault, cardFaultFinding, mayEndPrograms, readCardFault} from './card-fault.ts';
import {hostFindings} from './host-faults.ts';
import {initializationFault} from './initialization-faults.ts';
import {iommuFindings} from './iommu-faults.ts';
import {type KernelMessage, killCount, killedForMemory} from './kernel-cause.ts';
import {memoryDaemonFindings} from './memory-daemons.ts';
import {moduleFindings} from './module-faults.ts';
import {statusFindings} from './status-faults.ts';
import {switchFindings} from './switch-faults.ts';

/** Most cards and numbers named in a sentence. */
const MAX_NAMED = 6;

type Seen = {readonly fault: CardFault; readonly text: string};

/** Everything in a kernel log that ends or endangers an engine: causes first, with what follows from them. */
export function kernelFindings(texts: readonly string[]): readonly Finding[] {
  const seen = texts.flatMap((text): Seen[] => {
    const fault = readCardFault(text);
    return fault === null ? [] : [{fault, text}];
  });
  const cards = firstOfEach(seen.filter(({fault}) => mayEndPrograms(fault)));
  const reports = firstOfEach(seen.filter(({fault}) => fault.kind === 'card' && !mayEndPrograms(fault)));
  const links = seen.filter(({fault}) => fault.kind === 'link');
  const first = seen.findIndex(({fault}) => mayEndPrograms(fault));
  const isOwn = ({fault}: Seen, index: number): boolean => fault.kind === 'program' && index < first;
  // What a program did before any card failed does not follow from that.
  const before = seen.filter(isOwn);
  const others = seen.filter(
    (one, index) => (one.fault.kind === 'program' || one.fault.kind === 'consequence') && !isOwn(one, index),
  );
  return [
    ...iommuFindings(texts),
    ...cards.map(({fault, text}) => cardFaultFinding(fault, text)),
    ...(cards.length > 0 ? [] : unusableOf(texts)),
    // A card that is gone is why the driver finds none.
    ...moduleFindings(texts).filter(({code}) => cards.length === 0 || code !== 'host.driver-finds-no-gpu'),
    ...switchFindings(texts),
    ...killsOf(texts),
    ...memoryDaemonFindings(texts),
    ...hostFindings(texts),
    ...reports.map(({fault, text}) => cardFaultFinding(fault, text)),
    ...(links.length === 0 ? [] : [linksFinding(links)]),
    ...(before.length === 0 ? [] : [othersFinding(before, false)]),
    ...(others.length === 0 ? [] : [othersFinding(others, cards.length > 0)]),
    ...crashesOf(texts),
  ];
}

/** Of the same fault of the same card the first, in order of appearance; that a card needs a reset comes last. */
function firstOfEach(seen: readonly Seen[]): readonly Seen[] {
  const faults = new Map<string, Seen>();
  for (const one of seen) {
    const key = `${one.fault.pciBusId} ${one.fault.gpuInstanceId} ${one.fault.xid}`;
    if (!faults.has(key)) faults.set(key, one);
  }
  // That a card needs a reset follows from what happened to it.
  const needs = (one: Seen): number => Number(one.fault.xid === 154);
  return [...faults.values()].toSorted((one, other) => needs(one) - needs(other));
}

function killsOf(texts: readonly string[]): readonly Finding[] {
  const messages: readonly KernelMessage[] = texts.map((text) => ({ageMs: 0, text}));
  const last = killedForMemory(messages, new Set());
  if (last === null) return [];
  const kills = killCount(texts);
  return [kills > 1 ? {...last, message: `${last.message} It did so ${countedText(kills, 'time')}.`} : last];
}

/** Errors of NVLink that the driver calls non-fatal: the links work on. */
function linksFinding(seen: readonly Seen[]): Finding {
  const numbers = limitedList([...new Set(seen.map(({fault}) => String(fault.xid)))], MAX_NAMED);
  const cards = limitedList([...new Set(seen.map(({fault}) => fault.pciBusId))], MAX_NAMED);
  return {
    code: 'host.link-error',
    severity: 'warning',
    message: `NVLink had errors at ${cards} that the driver calls non-fatal (Xid ${numbers}): the GPUs have not failed.`,
    evidence: seen[0]?.text ?? null,
    remedy:
      'The process that the line names may hang or fail: restart it then. If the number of errors grows (nvidia-smi nvlink -e), have that link, its cable or the switch checked.',
    settingsChange: null,
  };
}

/** Faults of programs, and what follows from a fault of a card. */
function othersFinding(seen: readonly Seen[], hasCause: boolean): Finding {
  const isConsequence = hasCause || seen.every(({fault}) => fault.kind === 'consequence');
  const told = seen.find(({fault}) => fault.kind === 'program') ?? seen[0];
  const numbers = limitedList([...new Set(seen.map(({fault}) => String(fault.xid)))], MAX_NAMED);
  const cards = limitedList([...new Set(seen.map(({fault}) => fault.pciBusId))], MAX_NAMED);
  const message = isConsequence
    ? `The GPUs at ${cards} ended the work of programs as a consequence (Xid ${numbers}).`
    : `A program failed on the GPU at ${cards}: ${told?.fault.meaning ?? ''} (Xid ${numbers}).`;
  return {
    code: isConsequence ? 'host.xid-consequence' : 'host.xid-of-program',
    severity: isConsequence ? 'info' : 'warning',
    message,
    evidence: told?.text ?? null,
    remedy: isConsequence
      ? 'These processes are not the cause: look at the other Xid numbers at the same time.'
      : 'The cause is usually in the program, not in the GPU: look at its log at this time. If several programs fail on the same GPU, test the GPU.',
    settingsChange: null,
  };
}

/** Status 0x0f of the driver is NV_ERR_GPU_IS_LOST (`nvstatuscodes.h`); the firmware (GSP) answers no call any more. */
const unreachablePattern =
  /\bstatus[ =]{1,3}(?:0x0{0,7}f\b|\[?NV_ERR_GPU_IS_LOST)|GPU is lost|RmInitAdapter failed|waiting for RPC|IsHeartbeatTimedOut|heartbeat timed out|\* GSP Timeout \*/i;

/** Without an Xid: what its calls say of a card that works no more. */
function unusableOf(texts: readonly string[]): readonly Finding[] {
  const unreachable = unreachableOf(texts);
  return unreachable.length > 0 ? unreachable : statusFindings(texts);
}

function unreachableOf(texts: readonly string[]): readonly Finding[] {
  const text = texts.find((line) => line.includes('NVRM: ') && unreachablePattern.test(line));
  if (text === undefined) return [];
  // A card that was reached before says so first; the driver may then fail to start it again.
  const fault = text.includes('RmInitAdapter failed') ? initializationFault(texts) : null;
  if (fault !== null) return [fault];
  return [
    {
      code: 'host.gpu-unreachable',
      severity: 'critical',
      message: 'The driver does not reach a GPU any more: its firmware does not answer.',
      evidence: text,
      remedy:
        'These lines are consequences: look for the first Xid, or "fallen off the bus", further up (journalctl -k -b). The host needs a reboot; if it comes back, have the GPU checked.',
      settingsChange: null,
    },
  ];
}

const crashPattern =
  /([\w:.-]{1,60})\[(\d{1,9})\]:? (?:segfault at |general protection|trap )[^\n]{0,300}?(?: in ([\w.+-]{1,120}))?/;

function crashesOf(texts: readonly string[]): readonly Finding[] {
  const text = texts.find((line) => crashPattern.test(line));
  const match = text === undefined ? null : crashPattern.exec(text);
  if (match === null || text === undefined) return [];
  return [
    {
      code: 'host.segfault',
      severity: 'warning',
      message: `The process ${match[1]} (pid ${match[2]}) crashed in native code.`,
      evidence: text,
      remedy: 'The library in the evidence is where it crashed: use another version of it, or of the program.',
      settingsChange: null,
    },
  ];
}
