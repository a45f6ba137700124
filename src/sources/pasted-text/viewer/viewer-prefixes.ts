/** A prefix that a viewer, a container runtime or a launcher writes in front of every line. */
export type ViewerPrefix = {
  readonly name: string;
  readonly pattern: RegExp;
  /** In its first group, `P` marks a line that the next one continues. */
  readonly hasParts?: true;
};

const iso = String.raw`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?`;
const isoWithT = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?`;
const syslog = String.raw`(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}\d{1,2} \d\d:\d\d:\d\d(?:\.\d{1,6})?`;
const severity = '(?:DEFAULT|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|ALERT|EMERGENCY)';

/** In the order they are tried: the more special first. */
const prefixes: readonly ViewerPrefix[] = [
  {name: 'a container runtime', pattern: new RegExp(`^${isoWithT} (?:stdout|stderr) ([FP]) `), hasParts: true},
  {name: 'Docker', pattern: /^[A-Za-z0-9][\w.@/-]{0,80} {0,40}\| ?/},
  {name: 'kubectl', pattern: /^\[(?:pod|container)\/[^[\]]{1,200}\] /},
  {name: 'a cloud log viewer', pattern: new RegExp(`^(?:${severity}|\\*) {1,3}${isoWithT} ?`)},
  {
    name: 'the journal',
    pattern: new RegExp(`^(?:${syslog}|${isoWithT}) [\\w.-]{1,120} [\\w@.:/()-]{1,100}(?:\\[\\d{1,9}\\])?: ?`),
  },
  {name: 'a log viewer', pattern: new RegExp(`^\\[${isoWithT}\\] ?`)},
  // Loggers write a level behind their time, and it belongs to the message.
  {name: 'a log viewer', pattern: new RegExp(`^${iso}(?:,| {1,4}|$)(?! ?- |\\[?${severity}\\]? (?!\\d))`)},
  {name: 'a log viewer', pattern: new RegExp(`^${syslog} {1,4}`)},
  {name: 'a log viewer', pattern: /^1[5-9]\d{11}[, ] ?/},
  {
    name: 'a launcher',
    pattern: /^\((?:head|worker|[\w-]{1,60}), (?:rank=\d{1,4}, )?pid=\d{1,9}(?:, ip=[\w.:]{1,60})?\) ?/,
  },
  {name: 'a launcher', pattern: /^\[\d{1,5},\d{1,5}\]<std(?:out|err)>:? ?/},
  {name: 'a launcher', pattern: /^ {0,3}\d{1,4}: /},
  {name: 'a launcher', pattern: /^[a-z][a-z0-9.-]{0,60}\d: /},
  {name: 'a quotation', pattern: /^(?:> ?)(?=\S)/},
];

/** Prefixes so short that a few lines may begin like that by chance. */
const unsure: ReadonlySet<string> = new Set(['a launcher', 'a quotation', 'Docker']);

/** A name that is in front of every line, as of a pod: it has several parts. */
const podName = /^([a-z0-9]{1,60}(?:[-./][\w.]{1,60}){1,8}) {1,4}/;
const containerName = /^([a-z][\w-]{1,60}) /;

/** What part of the lines must have a prefix for it to be the viewer's. */
const MOST = 0.6;
const NEARLY_ALL = 0.9;
/** Lines that must have it: of fewer it may be chance. */
const LEAST_LINES = 3;
/** Names of pods, or of containers, in one text. */
const MAX_NAMES = 8;
const MAX_CONTAINERS = 3;

/** The prefix that most of these lines have; null if they have none. */
export function commonPrefix(lines: readonly string[]): ViewerPrefix | null {
  const full = lines.filter((line) => line.trim() !== '');
  if (full.length === 0) return null;
  const isFew = full.length < LEAST_LINES;
  const known = prefixes.find(({name, pattern}) => {
    const count = full.filter((line) => pattern.test(line)).length;
    return isFew ? count === full.length && !unsure.has(name) : count >= full.length * MOST;
  });
  return known ?? (hasFewNames(full, podName, MAX_NAMES) ? {name: 'kubectl', pattern: podName} : null);
}

/** The name of a container behind that of its pod. */
export function containerPrefix(lines: readonly string[]): ViewerPrefix | null {
  const full = lines.filter((line) => line.trim() !== '');
  return hasFewNames(full, containerName, MAX_CONTAINERS) ? {name: 'kubectl', pattern: containerName} : null;
}

/** True for the prefix of `commonPrefix` after which `containerPrefix` may follow. */
export function isPodPrefix({pattern}: ViewerPrefix): boolean {
  return pattern === podName;
}

function hasFewNames(lines: readonly string[], pattern: RegExp, most: number): boolean {
  const names = lines.flatMap((line) => pattern.exec(line)?.[1] ?? []);
  const different = new Set(names).size;
  return names.length >= lines.length * NEARLY_ALL && different <= most && names.length >= different * LEAST_LINES;
}
