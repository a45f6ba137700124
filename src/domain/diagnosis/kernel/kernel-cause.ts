import {gibText} from '../../../shared/quantities/bytes.ts';
import {BYTES_PER_KIB} from '../../../shared/units.ts';
import {withDetails} from '../details/details.ts';
import type {Finding} from '../finding.ts';
import {cardFaultFinding, mayEndPrograms, readCardFault} from './card-fault.ts';
import type {KnownCard} from './known-cards.ts';

/** One line of the kernel's log, and how long ago it was written; null if that is unknown. */
export type KernelMessage = {readonly ageMs: number | null; readonly text: string};

/** A kernel message may explain an engine's exit if it came at most this long before. */
const RELATED_MS = 120_000;

/**
 * What the kernel log says about an engine that has just exited: a process killed because host memory ran out, or a
 * failed GPU. `pids` are the engine's processes as last seen, `cards` the GPUs by address. Null when there is neither.
 */
export function findKernelCause(
  messages: readonly KernelMessage[],
  pids: ReadonlySet<number>,
  cards: readonly KnownCard[] = [],
): Finding | null {
  const recent = messages.filter(({ageMs}) => ageMs !== null && ageMs <= RELATED_MS);
  return killedForMemory(recent, pids) ?? failedCard(recent, cards);
}

/** `mm/oom_kill.c`; with "Memory cgroup" in front when a container's limit was reached. */
const oomPattern =
  /(?:(Memory cgroup out of memory|Out of memory)[^:]{0,100}: )?\bKilled process (\d+),? \(([^)]{0,100})\)(?:.*?anon-rss:(\d+)kB)?/;
/** The line in front of it, which has no sizes: it is alone where a log was cut or filtered. */
const constraintPattern = /\boom-kill:constraint=(CONSTRAINT_\w{1,20}),/;
const chosenPattern = /,task=([^,]{1,100}),pid=(\d{1,10})\b/;
/** Weights that a loader maps as shared memory, and files in /dev/shm, count here alone. */
const sharedPattern = /\bshmem-rss:(\d+)kB/;

type Kill = {
  readonly text: string;
  /** True if a cgroup reached its limit, false if the host had no memory left. */
  readonly isLimit: boolean;
  readonly pid: string;
  readonly name: string;
  readonly rssKib: string | undefined;
};

function killIn(text: string): Kill | null {
  const killed = oomPattern.exec(text);
  if (killed !== null) {
    const [, kind, pid = '', name = '', rssKib] = killed;
    return {text, isLimit: kind?.startsWith('Memory cgroup') === true, pid, name, rssKib};
  }
  const constraint = constraintPattern.exec(text)?.[1];
  const chosen = chosenPattern.exec(text);
  if (constraint === undefined || chosen === null) return null;
  const [, name = '', pid = ''] = chosen;
  return {text, isLimit: constraint === 'CONSTRAINT_MEMCG', pid, name, rssKib: undefined};
}

/** How many processes the kernel killed because memory ran out: it writes two lines of each. */
export function killCount(texts: readonly string[]): number {
  return new Set(texts.flatMap((text) => killIn(text)?.pid ?? [])).size;
}

/** The process that the kernel killed because memory ran out: the engine's, or else the last one. Null if there is none. */
export function killedForMemory(messages: readonly KernelMessage[], pids: ReadonlySet<number>): Finding | null {
  const kills = messages.flatMap(({text}) => killIn(text) ?? []);
  const sized = kills.filter(({rssKib}) => rssKib !== undefined);
  const known = sized.length > 0 ? sized : kills;
  const kill = known.find(({pid}) => pids.has(Number(pid))) ?? known.at(-1);
  if (kill === undefined) return null;
  const {isLimit, pid, name, rssKib} = kill;
  const sharedBytes = Number(sharedPattern.exec(kill.text)?.[1] ?? 0) * BYTES_PER_KIB;
  const residentBytes = rssKib === undefined ? null : Number(rssKib) * BYTES_PER_KIB + sharedBytes;
  const shared = sharedBytes * 2 > (residentBytes ?? 0) ? `, ${gibText(sharedBytes)} of it shared memory` : '';
  const size = residentBytes === null ? '' : `, using ${gibText(residentBytes)}${shared}`;
  const isOwn = pids.has(Number(pid));
  const whose = isOwn ? 'a process of the engine' : 'a process';
  return {
    ...withDetails('host.out-of-memory', {
      pid: Number(pid),
      name,
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

function failedCard(messages: readonly KernelMessage[], cards: readonly KnownCard[]): Finding | null {
  for (const {text} of messages) {
    const fault = readCardFault(text);
    if (fault !== null && mayEndPrograms(fault)) return cardFaultFinding(fault, text, cards);
  }
  return null;
}
