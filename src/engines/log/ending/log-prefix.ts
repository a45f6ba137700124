/** How a line says it is: `info` stands for everything that is not a warning or an error. */
export type LogLevel = 'error' | 'warning' | 'info';

/** A line without what the logging libraries write in front of what they say. */
export type PrefixedLine = {
  /** The process that wrote the line, as the prefix names it; empty where it names none. */
  readonly process: string;
  /** Null where the line has no level. */
  readonly level: LogLevel | null;
  /** What remains, with its indentation. */
  readonly rest: string;
};

type Prefix = {readonly pattern: RegExp; readonly isProcess?: true};

const levelWords = 'TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL';

/** Several may follow each other: Ray's before vLLM's, a rank's before c10d's. The group is the process or the level. */
const prefixes: readonly Prefix[] = [
  {pattern: /^\s{0,8}\(([A-Za-z_][\w:. -]{0,120}\bpid=\d+[^()]{0,120})\) {0,2}/, isProcess: true},
  {pattern: /^\[((?:rank|default)\d{1,5})\]:? ?/, isProcess: true},
  {
    pattern: new RegExp(
      `^(${levelWords}):? +\\d{4}-\\d\\d-\\d\\d[ T]\\d\\d:\\d\\d:\\d\\d[.,\\d]*Z?(?: +\\[?[\\w./-]{1,200}:\\d+\\]?)?(?: --)? ?`,
    ),
  },
  {
    pattern: new RegExp(
      `^(${levelWords}) \\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d(?:[.,]\\d+)? \\[?[\\w./-]{1,200}:\\d+\\](?: \\[[^\\[\\]]{1,120}\\])? ?`,
    ),
  },
  {pattern: /^\[(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d(?:[.,]\d+)?((?: [A-Z_]+\d+)*)\] ?/, isProcess: true},
  {
    pattern: new RegExp(
      `^\\d{4}-\\d\\d-\\d\\d[ T]\\d\\d:\\d\\d:\\d\\d[.,\\d]*Z?(?: +- +[\\w.]{1,80} +-| +\\[| +\\S{1,80}:\\d+ -)? +(${levelWords})\\b\\]?(?: +\\[?[\\w./-]{1,120}:\\d+\\]?)?(?: +--?)?[ :]{0,3}`,
    ),
  },
  {pattern: /^\d+\.\d\d\.\d{3}\.\d{3} ([A-Z]) /},
  // Ray's own processes.
  {pattern: /^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ([EWIF]) \d+ \d+\] (?:\(\w{1,40}\) )?[\w./-]{1,120}:\d+: {1,2}/},
  {pattern: /^\[?([EWIF])\d{3,4} \d\d:\d\d:\d\d\.\d+ +(?:\d+ )?[\w./-]{1,200}:\d+\] ?/},
  {pattern: new RegExp(`^(${levelWords}) \\([\\w.]{1,80}\\): {1,4}`)},
  {pattern: new RegExp(`^\\[?(${levelWords})(?:\\]:?|:) {1,6}(?=\\S)`)},
];

/** Most prefixes that are taken off one line. */
const MAX_PREFIXES = 4;

/** Takes the prefixes off a line. */
export function splitPrefix(text: string): PrefixedLine {
  let rest = text;
  let process = '';
  let level: LogLevel | null = null;
  for (let count = 0; count < MAX_PREFIXES; count += 1) {
    const found = firstPrefix(rest);
    if (found === null) break;
    const [{isProcess}, match] = found;
    const group = match[1] ?? '';
    if (isProcess) process = process === '' ? group.trim() : process;
    else level ??= levelOf(group);
    rest = rest.slice(match[0].length);
  }
  return {process, level, rest};
}

function firstPrefix(rest: string): readonly [Prefix, RegExpExecArray] | null {
  for (const prefix of prefixes) {
    const match = prefix.pattern.exec(rest);
    if (match !== null) return [prefix, match];
  }
  return null;
}

function levelOf(word: string): LogLevel {
  if (/^(?:E|F|ERROR|CRITICAL|FATAL)$/.test(word)) return 'error';
  return /^W/.test(word) ? 'warning' : 'info';
}

/** In a group of exceptions, what is in front of each line. */
const groupMark = /^\s{1,40}[|+] /;

/** The line without the mark that a group of exceptions has in front of each of its lines. */
export function withoutGroupMark(prefixed: PrefixedLine): PrefixedLine {
  const mark = groupMark.exec(prefixed.rest);
  return mark === null ? prefixed : {...prefixed, rest: prefixed.rest.slice(mark[0].length)};
}
