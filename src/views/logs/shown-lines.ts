import type {ConsoleData} from '../../client/console-data.ts';
import type {LogWindow} from '../../client/log-window/log-window.ts';
import {isAccessLine} from '../../domain/log-lines/access-line.ts';
import {compileFilter, everyLine, isEveryLine, type LineFilter} from '../../domain/log-lines/line-filter.ts';
import {contentOf} from '../../domain/log-lines/repeated-line.ts';
import {countText} from '../../shared/quantities/counts.ts';

/** A line of the log, or several that are folded into one. */
export type ShownLine = {
  /** Place of the first one in the whole log. */
  readonly offsetBytes: number;
  /** Number of the first one; null where only the file has it. */
  readonly number: number | null;
  readonly text: string;
  /** How many lines it stands for. */
  readonly count: number;
};

/** Which lines are wanted, and which are folded. */
export type LineChoice = {
  readonly filter: Omit<LineFilter, 'text'>;
  readonly foldsRepeated: boolean;
  readonly foldsRequests: boolean;
};

/** Lines without a gap between them. */
export type ShownLog = {
  /** Oldest first. */
  readonly lines: readonly ShownLine[];
  /** True if the first one is the oldest of the log. */
  readonly isFromStart: boolean;
  /** True if the last one is the newest of the log. */
  readonly isToEnd: boolean;
};

type Line = Omit<ShownLine, 'count'>;

/** Every line. */
export const noFilter: LineChoice['filter'] = {level: null, rank: null, pattern: ''};

/** The place of the newest line that has arrived; 0 for none. */
export function newestPlace(log: ConsoleData['log']): number {
  const newest = log.at(-1);
  return newest === undefined ? 0 : placeOf(newest);
}

/** The place of the oldest line that the console keeps; 0 for none. */
export function oldestPlace(log: ConsoleData['log']): number {
  const [oldest] = log;
  return oldest === undefined ? 0 : placeOf(oldest);
}

/** The lines around a place, or the newest ones where it is null: those that arrived, with what is read from the file. */
export function shownLog(
  log: ConsoleData['log'],
  window: LogWindow | null,
  at: number | null,
  choice: LineChoice,
): ShownLog {
  const [oldest] = log;
  const oldestAt = oldestPlace(log);
  const fileLines = (window?.lines ?? []).map(({offsetBytes, text}) => ({offsetBytes, text, number: null}));
  const isJoined =
    window !== null && oldest !== undefined && window.toBytes >= oldestAt && window.fromBytes <= oldestAt;
  const hasPlace = window !== null && at !== null && window.fromBytes <= at && at <= window.toBytes;
  if (window !== null && !isJoined && (hasPlace || (at !== null && at < oldestAt))) {
    return {
      lines: folded(fileLines, choice),
      isFromStart: window.fromBytes <= window.startBytes,
      isToEnd: window.toBytes >= window.endBytes && oldest === undefined,
    };
  }
  const older = isJoined ? fileLines.filter(({offsetBytes}) => offsetBytes < oldestAt) : [];
  return {
    lines: folded([...older, ...arrived(log, choice.filter)], choice),
    isFromStart: isJoined ? window.fromBytes <= window.startBytes : oldest === undefined || oldest.number <= 1,
    isToEnd: true,
  };
}

/** The index of the line at a place, or of the last one before it; -1 where all are newer. */
export function indexAt(lines: readonly ShownLine[], offsetBytes: number): number {
  return lines.findLastIndex((line) => line.offsetBytes <= offsetBytes);
}

/** An older supervisor does not say where a line is: then its number is its place. */
function placeOf({offsetBytes, number}: ConsoleData['log'][number]): number {
  return offsetBytes ?? number;
}

/** The last answer: a screen that is drawn asks for it again and again. */
let lastArrived: {log: ConsoleData['log']; filter: LineChoice['filter']; lines: readonly Line[]} | null = null;

function arrived(log: ConsoleData['log'], filter: LineChoice['filter']): readonly Line[] {
  if (lastArrived?.log === log && lastArrived.filter === filter) return lastArrived.lines;
  const lines = log.map((line) => ({offsetBytes: placeOf(line), number: line.number, text: line.text}));
  const whole = {...everyLine, ...filter};
  const passes = isEveryLine(whole) ? null : compileFilter(whole);
  const passing = passes?.ok === true ? lines.filter(({text}) => passes.value(text)) : lines;
  lastArrived = {log, filter, lines: passing};
  return passing;
}

/** Lines that repeat the one before, or requests in a row, as one. */
function folded(lines: readonly Line[], {foldsRepeated, foldsRequests}: LineChoice): readonly ShownLine[] {
  const shown: ShownLine[] = [];
  let group: Line[] = [];
  let name: string | null = null;
  const close = (): void => {
    const [first] = group;
    if (first !== undefined) shown.push({...first, text: textOf(group, name), count: group.length});
  };
  for (const line of lines) {
    const its = foldsRequests && isAccessLine(line.text) ? REQUESTS : foldsRepeated ? contentOf(line.text) : null;
    if (its === null || its !== name) {
      close();
      group = [];
      name = its;
    }
    group.push(line);
  }
  close();
  return shown;
}

/** The name of a group of requests: no line has this content. */
const REQUESTS = '\n';

/** The newest of repeated lines; of requests, how many had which status. */
function textOf(group: readonly Line[], name: string | null): string {
  if (name !== REQUESTS || group.length === 1) return group.at(-1)?.text ?? '';
  const counts = new Map<string, number>();
  for (const {text} of group) {
    const status = /\b(\d{3})(?: [A-Z][\w -]{0,40})?$/.exec(text.slice(-60))?.[1] ?? 'no status';
    counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  return `requests: ${[...counts].map(([status, count]) => `${countText(count)} with ${status}`).join(', ')}`;
}
