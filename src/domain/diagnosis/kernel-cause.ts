import {gibText} from '../../shared/quantities/bytes.ts';
import {BYTES_PER_KIB} from '../../shared/units.ts';
import {withDetails} from './details/details.ts';
import type {Finding} from './finding.ts';

/** One line of the kernel's log, and how long ago it was written. */
export type KernelMessage = {readonly ageMs: number; readonly text: string};

/** A kernel message may explain an engine's exit if it came at most this long before. */
const RELATED_MS = 120_000;

/**
 * What the kernel log says about an engine that has just exited: a process killed because host memory ran out, or a
 * failed GPU. `pids` are the engine's processes as last seen. Null when there is neither.
 */
export function findKernelCause(messages: readonly KernelMessage[], pids: ReadonlySet<number>): Finding | null {
  const recent = messages.filter(({ageMs}) => ageMs <= RELATED_MS);
  return killedForMemory(recent, pids) ?? failedCard(recent);
}

/** `mm/oom_kill.c`; with "Memory cgroup" in front when a container's limit was reached. */
const oomPattern =
  /(Memory cgroup out of memory|Out of memory)[^:]{0,100}: Killed process (\d+),? \(([^)]{0,100})\)(?:.*?anon-rss:(\d+)kB)?/;

function killedForMemory(messages: readonly KernelMessage[], pids: ReadonlySet<number>): Finding | null {
  const kills = messages.flatMap(({text}) => {
    const match = oomPattern.exec(text);
    return match === null ? [] : [{match, text}];
  });
  const kill = kills.find(({match}) => pids.has(Number(match[2]))) ?? kills.at(-1);
  if (kill === undefined) return null;
  const [, kind, pid, name, rssKib] = kill.match;
  const residentBytes = rssKib === undefined ? null : Number(rssKib) * BYTES_PER_KIB;
  const size = residentBytes === null ? '' : `, using ${gibText(residentBytes)}`;
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
    message: `The kernel killed ${whose}, ${name} (pid ${pid})${size}: ${isLimit ? 'its cgroup reached its memory limit' : 'the host ran out of memory'}.`,
    evidence: kill.text,
    remedy: isLimit
      ? 'Raise the memory limit of the container or unit: loading keeps shards of the weights in host memory.'
      : 'Stop other programs that use host memory, add swap while loading, or load with fewer readers in parallel.',
    settingsChange: null,
  };
}

const xidPattern = /NVRM: Xid \(PCI:([0-9a-fA-F]{4,8}:[0-9a-f]{2}:[0-9a-f]{2})(?:\.[0-9])?\): (\d+)(?:, (.*))?/;

/** Xid numbers that mean a GPU fault, by NVIDIA's Xid catalog; others (13, 31, 43, 45) are mostly application errors. */
const cardXids: Readonly<Partial<Record<string, string>>> = {
  48: 'an uncorrectable memory error (double-bit ECC)',
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
  154: 'it needs a reset or a node reboot',
};

function failedCard(messages: readonly KernelMessage[]): Finding | null {
  for (const {text} of messages) {
    const match = xidPattern.exec(text);
    const meaning = match === null ? undefined : cardXids[match[2] ?? ''];
    if (match === null || meaning === undefined) continue;
    return {
      ...withDetails('host.xid', {pciBusId: match[1] ?? '', xid: Number(match[2])}),
      severity: 'critical',
      message: `The GPU at ${match[1]} failed: ${meaning} (Xid ${match[2]}).`,
      evidence: text,
      remedy:
        'Find the GPU with gantry gpus. Reset it (nvidia-smi -r) or reboot the node; replace it if the error returns.',
      settingsChange: null,
    };
  }
  return null;
}
