/** Widths at which terminals and web pages wrap lines. */
const LEAST_WIDTH = 60;
const MOST_WIDTH = 400;
/** Lines of exactly the greatest width without which it is chance; of so few, each must be continued. */
const LEAST_FULL = 2;
/** What part of the full lines must be followed by one that does not begin like a line of a log. */
const MOST = 0.6;

/** How a line of a log begins: with a time, a level, a process, a source, or as a part of a traceback. */
const beginning =
  /^(?:[|+]|\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d|\[\s{0,4}\d|\[(?:rank|default|pod|E|W|I|F)\S{0,60}\]|\((?:[A-Za-z]\w{2,60} pid=|[A-Z][\w ]{2,60}\))|(?:DEBUG|INFO|WARNING|ERROR|CRITICAL|FATAL)\b|Traceback |\s{2,8}File "|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}\d|\d+\.\d\d\.\d{3}\.\d{3} [A-Z] |[a-z_]\w{2,60}: |frame #\d|[\w.-]{1,80} {0,40}\| )/;

/** How a row of a list of processes begins, or a frame of a stack: many have the same length. */
const rowBeginning =
  /^(?:\s{0,9}\d{1,9} +(?:\d{1,9} +[DIRSTtWXZ][<NLsl+]{0,5} |\S{1,40} +(?:\d{1,3}|rt) +-?\d{1,3} )|\S{1,40} +\d{1,9} +(?:\d{1,9} +\d{1,3} |[\d.]{1,6} +[\d.]{1,6} +\d)|\[<|#\d{1,4} {1,3}|Thread |\s{4}\S.{0,200}\(\S{1,200}:\d{1,7}\)$)/;

/** What part of the lines may be longer than the width: tabs and wide characters count otherwise in a terminal. */
const MAX_LONGER = 0.05;
/** Widths that are examined. */
const MAX_WIDTHS = 8;

/** The width at which these lines were wrapped: that which most of the long ones have. Null if they were not. */
export function wrapWidth(lines: readonly string[]): number | null {
  const counts = new Map<number, number>();
  for (const {length} of lines) {
    if (length >= LEAST_WIDTH && length <= MOST_WIDTH) counts.set(length, (counts.get(length) ?? 0) + 1);
  }
  const widths = [...counts].toSorted(
    ([length, count], [otherLength, otherCount]) => otherCount - count || otherLength - length,
  );
  const found = widths.slice(0, MAX_WIDTHS).find(([width]) => isWrappedAt(width, lines));
  return found?.[0] ?? null;
}

function isWrappedAt(width: number, lines: readonly string[]): boolean {
  if (lines.filter(({length}) => length > width).length > lines.length * MAX_LONGER) return false;
  const full = lines.flatMap((line, index) => (line.length === width ? [{line, next: lines[index + 1] ?? ''}] : []));
  // A line that is repeated has the same length each time.
  if (new Set(full.map(({line}) => line)).size < LEAST_FULL) return false;
  const continued = full.filter(({line, next}) => isContinuation(next, line)).length;
  return continued >= Math.max(LEAST_FULL, full.length * MOST);
}

/** Lines that begin alike are lines of the same kind. */
const ALIKE_CHARACTERS = 8;

/** True for a line that may be the rest of the full one above it. */
export function isContinuation(line: string, above: string): boolean {
  if (line.trim() === '' || beginning.test(line) || rowBeginning.test(line)) return false;
  return !line.startsWith(above.slice(0, ALIKE_CHARACTERS));
}

/** Longest line that is put together again, in characters. */
const MAX_JOINED = 64 * 1024;

/** Puts lines together again that were wrapped at this width; with null it leaves them as they are. */
export function createLineJoining<L extends {readonly text: string}>(width: number | null) {
  let waiting: L | null = null;
  return {
    push(line: L): readonly L[] {
      if (width === null) return [line];
      const before = waiting;
      if (before === null) {
        waiting = line;
        return [];
      }
      const isFull = before.text.length % width === 0 && before.text !== '' && before.text.length < MAX_JOINED;
      const isRest = isFull && isContinuation(line.text, before.text);
      waiting = isRest ? {...before, text: before.text + line.text} : line;
      return isRest ? [] : [before];
    },
    flush(): readonly L[] {
      const last = waiting;
      waiting = null;
      return last === null ? [] : [last];
    },
  };
}
