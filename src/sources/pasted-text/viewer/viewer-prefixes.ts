/** A prefix that a viewer, a container runtime or a launcher writes in front of every line. */
export type ViewerPrefix = {
  readonly name: string;
  readonly pattern: RegExp;
  /** In its first group, `P` marks a line that the next one continues. */
  readonly hasParts?: true;
};

/** The container that this prefix names; null for one that names none. */
export function serviceOf({name}: ViewerPrefix, prefix: string): string | null {
  if (name !== 'Docker' && name !== 'kubectl') return null;
  const said = prefix.trim();
  return said.endsWith('|') ? said.slice(0, -1).trim() : said;
}

const iso = String.raw`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?`;
const isoWithT = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?`;
const syslog = String.raw`(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}\d{1,2} \d\d:\d\d:\d\d(?:\.\d{1,6})?`;
/** The journal's other forms of a time: seconds since 1970, and with the day of the week and the zone. */
const journalTime = String.raw`\d{10}\.\d{6}|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})? [A-Z+-][\w:]{1,8}`;
const severity = '(?:DEFAULT|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|ALERT|EMERGENCY)';

/** In the order they are tried: the more special first. */
const prefixes: readonly ViewerPrefix[] = [
  {name: 'a container runtime', pattern: new RegExp(`^${isoWithT} (?:stdout|stderr) ([FP])(?: |$)`), hasParts: true},
  {name: 'Docker', pattern: /^[A-Za-z0-9][\w.@/-]{0,80} {0,40}\| ?/},
  {name: 'kubectl', pattern: /^[a-z0-9][a-z0-9-]{0,60}-[a-z0-9]{8,10}-[a-z0-9]{5} {1,4}[a-z][\w-]{1,60}(?: |$)/},
  {name: 'kubectl', pattern: /^\[(?:pod|container)\/[^[\]]{1,200}\](?: |$)/},
  {name: 'a cloud log viewer', pattern: new RegExp(`^(?:${severity}|\\*) {1,3}${isoWithT} ?`)},
  {
    name: 'the journal',
    pattern: new RegExp(
      `^(?:${syslog}|${isoWithT}|${journalTime}) (?!${severity} )[\\w.-]{1,120} [\\w@.:/()-]{1,100}(?:\\[\\d{1,9}\\])?: ?`,
    ),
  },
  {name: 'a cloud log viewer', pattern: new RegExp(`^${isoWithT} [\\w.-]{1,80}(?:/[\\w.-]{1,80}){1,6}(?: |$)`)},
  {name: 'a log viewer', pattern: new RegExp(`^\\[${isoWithT}\\] ?`)},
  // Loggers write a level behind their time, and it belongs to the message; Python's has milliseconds behind a comma.
  {
    name: 'a log viewer',
    pattern: new RegExp(`^${iso}(?:,(?!\\d{3} )|[ \\t]{1,8}|$)(?! ?- |\\[?${severity}\\]? (?!\\d))`),
  },
  {name: 'a log viewer', pattern: new RegExp(`^${syslog}(?: |$)`)},
  {
    // Levels that a web server fills up with blanks have no time in front of them.
    name: 'a log viewer',
    pattern: new RegExp(`^\\d\\d:\\d\\d:\\d\\d(?:[.,]\\d{1,9})?(?: |$)(?!- |\\[?${severity}\\b(?!: {2})|\\|)`),
  },
  {name: 'a log viewer', pattern: /^\{\w{1,60}="[^{}]{0,600}\} ?/},
  {name: 'a log viewer', pattern: /^1[5-9]\d{11}[, ] ?/},
  {
    name: 'a launcher',
    pattern: /^\((?:head|worker|[\w-]{1,60}), (?:rank=\d{1,4}, )?pid=\d{1,9}(?:, ip=[\w.:]{1,60})?\) ?/,
  },
  {name: 'a launcher', pattern: /^\[\d{1,5},\d{1,5}\]<std(?:out|err)>:? ?/},
  {
    name: 'a launcher',
    pattern:
      /^\[\d{1,7}\] (?=(?:\d{1,6}\.\d\d\.\d{3}\.\d{3} [A-Z] |srv |slot |main: |llama|ggml_|load_|print_info|common_|build: |system_info|que |res ))/,
  },
  {name: 'a launcher', pattern: /^ {0,3}\d{1,4}: /},
  {name: 'a launcher', pattern: /^[a-z][a-z0-9.-]{0,60}\d: /},
  {name: 'a quotation', pattern: /^> ?/},
];

/** Prefixes so short that a few lines may begin like that by chance. */
const unsure: ReadonlySet<string> = new Set(['a launcher', 'a quotation', 'Docker']);

/** A name that is in front of every line, as of a pod: it has several parts. In front of a request stands the address of a client. */
const podName = /^(?!\S{1,100} - \S{1,60} \[)([a-z0-9]{1,60}(?:[-./][\w.]{1,60}){1,8}) {1,4}/;
const containerName = /^([a-z][\w-]{1,60}) /;

/** What part of the lines must have a prefix for it to be the viewer's. */
const MOST = 0.6;
const NEARLY_ALL = 0.9;
/** Lines that must have it: of fewer it may be chance. */
const LEAST_LINES = 3;
/** Names of pods, or of containers, in one text. */
const MAX_NAMES = 8;
const MAX_CONTAINERS = 3;

/**
 * The prefix that most of these lines have; null if they have none. Of lines that were selected from others, numbers have gaps:
 * `mostStep` is the largest.
 */
export function commonPrefix(lines: readonly string[], mostStep = 1): ViewerPrefix | null {
  const full = lines.filter((line) => line.trim() !== '');
  if (full.length === 0) return null;
  const isFew = full.length < LEAST_LINES;
  const known = prefixes.find(({name, pattern}) => {
    const count = full.filter((line) => pattern.test(line)).length;
    const least = name === 'a quotation' ? NEARLY_ALL : MOST;
    return isFew ? count === full.length && !unsure.has(name) : count >= full.length * least;
  });
  return (
    known ??
    stamps(full) ??
    launchedRank(full) ??
    numbers(full, mostStep) ??
    indentation(full) ??
    (hasFewNames(full, podName, MAX_NAMES) ? {name: 'kubectl', pattern: podName} : null)
  );
}

const stamp = /^\[\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{1,6})?\] ?/;
/** What stands behind the stamp of a viewer, and never behind that of a logger. */
const behindStamp = /^(?:\[\d{4}-\d\d-\d\d |Traceback \(|\s{2,8}File "|\s{2}what\(\): |terminate called )/;

/** A time in brackets in front of every line. Loggers write the same, but not in front of a traceback or of another time. */
function stamps(lines: readonly string[]): ViewerPrefix | null {
  const stamped = lines.flatMap((line) => {
    const match = stamp.exec(line);
    return match === null ? [] : [line.slice(match[0].length)];
  });
  const isOfViewer = stamped.length >= lines.length * NEARLY_ALL && stamped.some((line) => behindStamp.test(line));
  return isOfViewer ? {name: 'a log viewer', pattern: stamp} : null;
}

const launched = /^\[(default\d{1,4})\]:/;

/** What torchrun writes in front of the lines of one rank. Of several ranks it tells their tracebacks apart, and stays. */
function launchedRank(lines: readonly string[]): ViewerPrefix | null {
  return hasFewNames(lines, launched, 1) ? {name: 'a launcher', pattern: launched} : null;
}

const numbered = /^( {0,8}\d{1,7})(?:[:|]| ?\t| {1,3}) ?/;

/** Behind the number one, two or three blanks. */
const numberedWidths = [1, 2, 3].map((width) => new RegExp(`^ {0,8}\\d{1,7}(?:[:|] ?| ?\\t| {1,${width}})`));

/** The same where all numbers end at one column: a word behind a broken line may be a number too. */
const alignedWidths = Array.from({length: 15}, (_, column) =>
  [1, 2, 3].map((width) => new RegExp(`^(?=[ \\d]{${column + 1}}(?!\\d)) {0,8}\\d{1,7}(?:[:|] ?| ?\\t| {1,${width}})`)),
);

/** Line numbers, as pagers and web pages show them: each is one more than the one above it, or up to `mostStep`. */
function numbers(lines: readonly string[], mostStep: number): ViewerPrefix | null {
  if (lines.length < LEAST_LINES) return null;
  const found = lines.map((line) => Number(numbered.exec(line)?.[1] ?? Number.NaN));
  const steps = found.map((number, index) => number - (found[index - 1] ?? number));
  const rising = steps.filter((step) => step > 0).length;
  const next = steps.filter((step) => step >= 1 && step <= mostStep).length;
  const isNumbered = rising >= (lines.length - 1) * NEARLY_ALL && next >= rising * MOST;
  if (!isNumbered) return null;
  // The numbers are filled to one width; what follows it is the indentation of the line itself.
  const width = Math.max(1, Math.min(...lines.flatMap((line) => widthOf(line) ?? [])));
  const columns = new Set(lines.flatMap((line) => numbered.exec(line)?.[1]?.length ?? []));
  const [column = 0] = columns;
  const forms = columns.size === 1 && column > 1 ? alignedWidths[column - 1] : numberedWidths;
  return {name: 'line numbers', pattern: forms?.[Math.min(width, 3) - 1] ?? numbered};
}

function widthOf(line: string): number | null {
  const blanks = /^ {0,8}\d{1,7}( +)/.exec(line)?.[1];
  return blanks === undefined ? null : blanks.length;
}

const INDENTATION = 3;
const MOST_INDENTED = 40;
const indentations = Array.from({length: MOST_INDENTED}, (_, index) => new RegExp(`^ {${INDENTATION + index}}`));

/** Blanks in front of every line, as of a quoted block; tracebacks alone have two. */
function indentation(lines: readonly string[]): ViewerPrefix | null {
  if (lines.length < LEAST_LINES) return null;
  const least = Math.min(...lines.map((line) => /^ {0,40}/.exec(line)?.[0].length ?? 0));
  return least < INDENTATION ? null : {name: 'an indentation', pattern: indentations[least - INDENTATION] ?? /^ {40}/};
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
