import type {Finding} from '../finding.ts';

type Daemon = {
  readonly name: string;
  readonly pattern: RegExp;
  /** Whom it ended, by the groups of the pattern. */
  readonly victim: (match: RegExpExecArray) => string;
  /** The same program, in a line by which it did not end anything yet. */
  readonly warning?: {readonly pattern: RegExp; readonly said: (match: RegExpExecArray) => string};
  readonly remedy: string;
};

const SHARE = 'Keep more memory free on the host, or give the engine a limit that its loading fits in.';

/** Programs that end others before the kernel runs out of memory, in their own words. */
const daemons: readonly Daemon[] = [
  {
    name: 'systemd-oomd',
    pattern:
      /\bKilled (\/\S{1,400}) due to (?:memory (?:pressure|used)|swap used)\b|(\S{1,200}): systemd-oomd killed \d+ process/,
    victim: ([, path, unit]) => unit ?? lastOf(path),
    // It then chooses what to end below that group, and may find nothing.
    warning: {
      pattern: /Memory pressure for (\/\S{1,400}) is ([\d.]{1,8}%) > [\d.]{1,8}%/,
      said: ([, group, pressure]) => `reported memory pressure of ${pressure} for ${lastOf(group)}`,
    },
    remedy: `It acts on memory pressure, not on what is free. ${SHARE} Or exempt its unit: ManagedOOMMemoryPressure=auto and ManagedOOMPreference=avoid.`,
  },
  {
    name: 'earlyoom',
    pattern:
      /\bsending SIG(?:TERM|KILL) to process (\d{1,9})(?: uid \d{1,10})? "([^"]{1,100})"|\b[Kk]illing process:? (\d{1,9})[,:]? \(?"?([\w:.-]{1,60})"?\)?,? (?:badness|with badness)/,
    victim: ([, pid, name, otherPid, otherName]) => `${name ?? otherName} (pid ${pid ?? otherPid})`,
    remedy: `${SHARE} Or exempt it: earlyoom --avoid REGEX.`,
  },
  {
    name: 'the memory controller of Talos',
    pattern: /\bSending SIGKILL to cgroup .{0,300}?"cgroup": ?"([^"]{1,300})"/,
    victim: ([, path]) => lastOf(path),
    remedy:
      'It acts on memory pressure of the node, also while memory is free; the kernel did not do it. Give the pods requests and limits for memory, keep more of the node free, or change its trigger (OOMConfig). kubectl get pods -A -o wide with the pod UID tells whose it was.',
  },
  {
    name: 'the kubelet (eviction)',
    pattern:
      /[Ee]viction manager: (?:must evict pod\(s\) to reclaim"? ?(?:resourceName="?)?memory|pods? (\S{1,200}) evicted, waiting|pod is evicted successfully"? pod="([^"]{1,200})")/,
    victim: ([, pods, pod]) => pods ?? pod ?? 'a pod',
    remedy:
      'The node had too little memory. Give the pod of the engine requests for memory that are equal to its limits, move other pods away, or add memory.',
  },
  {
    name: 'the kernel',
    pattern: /(\S{1,200}): (?:A process of this unit has been killed by the OOM killer|Failed with result 'oom-kill')/,
    victim: ([, unit = '']) => unit,
    remedy:
      'Look for "Killed process" in journalctl -k at this time: it says whether the host was full or a limit was reached. Raise MemoryMax of the unit, or add host memory: loading keeps shards of the weights in it.',
  },
];

/** Who ended a process or a group of them because of memory, besides the kernel's own messages: at most one finding. */
export function memoryDaemonFindings(texts: readonly string[]): readonly Finding[] {
  const kills = daemons.flatMap((daemon): Finding[] => {
    const found = firstMatch(texts, daemon.pattern);
    if (found === null) return [];
    const message = `${capitalized(daemon.name)} ended ${daemon.victim(found)}, because the host was short of memory.`;
    return [{...findingOf(daemon, message, found.input), severity: 'critical'}];
  });
  const warnings = daemons.flatMap((daemon): Finding[] => {
    const found = daemon.warning === undefined ? null : firstMatch(texts, daemon.warning.pattern);
    if (found === null || daemon.warning === undefined) return [];
    const message = `${capitalized(daemon.name)} ${daemon.warning.said(found)}; no line says that it ended anything.`;
    return [findingOf(daemon, message, found.input)];
  });
  // The last of them is how systemd reports what another one did.
  return [...kills, ...warnings].slice(0, 1);
}

function findingOf({remedy}: Daemon, message: string, evidence: string): Finding {
  return {code: 'host.killed-for-memory', severity: 'warning', message, evidence, remedy, settingsChange: null};
}

function firstMatch(texts: readonly string[], pattern: RegExp): RegExpExecArray | null {
  for (const text of texts) {
    const match = pattern.exec(text);
    if (match !== null) return match;
  }
  return null;
}

/** True for a line of one of these programs. */
export function isMemoryDaemonLine(text: string): boolean {
  return /oom|SIGKILL|SIGTERM|OOM|viction manager|Killed \/|Memory pressure for/.test(text) && isOfDaemon(text);
}

function isOfDaemon(text: string): boolean {
  return (
    daemons.some(({pattern, warning}) => pattern.test(text) || warning?.pattern.test(text) === true) ||
    /\[talos\] (?:victim processes|OOM controller triggered)|\b(?:systemd-oomd|earlyoom)\[\d+\]: /.test(text)
  );
}

function lastOf(path: string | undefined): string {
  return (path ?? '').split('/').at(-1) ?? '';
}

function capitalized(text: string): string {
  return text.startsWith('the ') ? `T${text.slice(1)}` : text;
}
