import type {ViewedLine} from './viewed-line.ts';

/** What a reversed traceback counts against one step of the time. */
const TRACEBACK_VOTES = 3;
/** Votes for "newest first" without which it may be chance, and how much they must outweigh the others. */
const LEAST_VOTES = 2;
const OUTWEIGHS = 3;
/** What part of the lines must have a time for each to be an entry of its own. */
const NEARLY_ALL = 0.9;

const tracebackStart = /Traceback \(most recent call last\)/;
const frame = /^\s*File "[^"]{1,1000}", line \d+/;

/** True for lines whose times fall, or whose tracebacks stand on their head: a viewer shows the newest line first. */
export function isNewestFirst(lines: readonly ViewedLine[]): boolean {
  const times = lines.flatMap(({timeMs}) => timeMs ?? []);
  const falls = times.filter((timeMs, index) => timeMs < (times[index - 1] ?? timeMs)).length;
  const rises = times.filter((timeMs, index) => timeMs > (times[index - 1] ?? timeMs)).length;
  const {forward, backward} = tracebackOrder(lines);
  const votes = falls + backward * TRACEBACK_VOTES;
  return votes >= LEAST_VOTES && votes > (rises + forward * TRACEBACK_VOTES) * OUTWEIGHS;
}

/** The lines with the oldest first. Lines without a time stay with the entry above them, if entries keep their order. */
export function oldestFirst(lines: readonly ViewedLine[]): readonly ViewedLine[] {
  const full = lines.filter(({text}) => text.trim() !== '');
  const {forward, backward} = tracebackOrder(lines);
  const isLineByLine = full.filter(({timeMs}) => timeMs !== null).length >= full.length * NEARLY_ALL;
  if (backward > forward || (isLineByLine && forward === 0)) return lines.toReversed();
  const entries: ViewedLine[][] = [];
  for (const line of lines) {
    const last = entries.at(-1);
    if (last === undefined || (line.timeMs !== null && line.timeMs !== last[0]?.timeMs)) entries.push([line]);
    else last.push(line);
  }
  return entries.toReversed().flat();
}

/** Tracebacks whose frames follow their first line, and those whose frames stand above it. */
function tracebackOrder(lines: readonly ViewedLine[]): {readonly forward: number; readonly backward: number} {
  let forward = 0;
  let backward = 0;
  for (const [index, {text}] of lines.entries()) {
    if (!tracebackStart.test(text)) continue;
    if (isFrame(lines[index + 1])) forward += 1;
    else if (isFrame(lines[index - 1])) backward += 1;
  }
  return {forward, backward};
}

function isFrame(line: ViewedLine | undefined): boolean {
  return line !== undefined && frame.test(line.text.slice(Math.max(0, line.text.indexOf('File "') - 1)));
}
