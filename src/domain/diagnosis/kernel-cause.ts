import {BYTES_PER_KIB} from '../../shared/units.ts';
import {gibText} from '../memory/quantity-text.ts';
import {withDetails} from './details/details.ts';
import type {Finding} from './finding.ts';

/** One line of the kernel's log, and how long ago it was written. */
export type KernelMessage = {readonly ageMs: number; readonly text: string};

/** What the kernel did to an engine comes within this long before its end. */
const RELATED_MS = 120_000;

/**
 * What the kernel says of an engine that has just ended: a process killed for want of host memory, or a card that
 * failed. `pids` are the engine's own processes as they were last seen. Null when it says nothing of the kind.
 */
export function findKernelCause(messages: readonly KernelMessage[], pids: ReadonlySet<number>): Finding | null {
  const recent = messages.filter(({ageMs}) => ageMs <= RELATED_MS);
  return killedForMemory(recent, pids) ?? failedCard(recent);
}

/** `mm/oom_kill.c`; the same words, with "Memory cgroup", where a container's limit was reached. */
const oomPattern =
  /(Memory cgroup out of memory|Out of memory)[^:]*: Killed process (\d+),? \(([^)]*)\)(?:.*?anon-rss:(\d+)kB)?/;

function killedForMemory(messages: readonly KernelMessage[], pids: ReadonlySet<number>): Finding | null {
  const kills = messages.flatMap(({text}) => {
    const match = oomPattern.exec(text);
    return match === null ? [] : [{match, text}];
  });
  const kill = kills.find(({match}) => pids.has(Number(match[2]))) ?? kills.at(-1);
  if (kill === undefined) return null;
  const [, kind, pid, name, rssKib] = kill.match;
  const residentBytes = rssKib === undefined ? null : Number(rssKib) * BYTES_PER_KIB;
  const size = residentBytes === null ? '' : `, which held ${gibText(residentBytes)}`;
  const isOwn = pids.has(Number(pid));
  const whose = isOwn ? 'a process of the engine' : 'a process';
  const isLimit = kind?.startsWith('Memory cgroup') === true;
  return {
    ...withDetails('host.out-of-memory', {
      pid: Number(pid),
      name: name ?? '',
      residentBytes,
      isOwn,
      limit: isLimit ? 'group' : 'host',
    }),
    severity: 'critical',
    message: `The kernel killed ${whose}, ${name} (pid ${pid})${size}: ${isLimit ? 'the memory limit of its group was reached' : 'the host ran out of memory'}.`,
    evidence: kill.text,
    remedy: isLimit
      ? 'Raise the memory limit of the container or unit: loading holds shards of the weights in host memory.'
      : 'End what else takes host memory, add swap for the time of loading, or load with fewer readers at once.',
    settingsChange: null,
  };
}

const xidPattern = /NVRM: Xid \(PCI:([0-9a-fA-F]{4,8}:[0-9a-f]{2}:[0-9a-f]{2})(?:\.[0-9])?\): (\d+)(?:, (.*))?/;

/** Numbers that mean the card, by NVIDIA's Xid catalog; others (13, 31, 43, 45) are mostly the application's fault. */
const cardXids: Readonly<Partial<Record<string, string>>> = {
  48: 'a memory error that could not be corrected (double bit ECC)',
  63: 'a memory page or row that had to be retired',
  64: 'a memory page or row that could not be retired',
  74: 'an NVLink error',
  79: 'it fell off the bus',
  92: 'many corrected memory errors',
  94: 'a contained memory error',
  95: 'a memory error that was not contained',
  119: 'its firmware processor (GSP) does not answer',
  120: 'an error of its firmware processor (GSP)',
  140: 'memory errors that could not be corrected',
  154: 'it must be reset or the node rebooted',
};

function failedCard(messages: readonly KernelMessage[]): Finding | null {
  for (const {text} of messages) {
    const match = xidPattern.exec(text);
    const meaning = match === null ? undefined : cardXids[match[2] ?? ''];
    if (match === null || meaning === undefined) continue;
    return {
      ...withDetails('host.xid', {pciBusId: match[1] ?? '', xid: Number(match[2])}),
      severity: 'critical',
      message: `The card at ${match[1]} failed: ${meaning} (Xid ${match[2]}).`,
      evidence: text,
      remedy:
        'See gantry gpus for the card; reset it (nvidia-smi -r) or reboot the node, and have it replaced if it comes back.',
      settingsChange: null,
    };
  }
  return null;
}
