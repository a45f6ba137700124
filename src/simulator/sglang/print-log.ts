import {writeAll} from '../process/write-all.ts';

/** The release whose lines are printed. */
export const SGLANG_VERSION = '0.5.18';

/** `2026-11-23 02:14:55`, local time, as in Python's logging. */
function stamp(): string {
  const now = new Date();
  const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19).replace('T', ' ');
}

/** A line of the main process. */
export function say(text: string): void {
  writeAll(2, `[${stamp()}] ${text}\n`);
}

/** A line of a scheduler. */
export function sayOf(rank: number, text: string): void {
  writeAll(2, `[${stamp()} TP${rank}] ${text}\n`);
}

/** Text of other libraries, unchanged. */
export function print(text: string): void {
  writeAll(2, `${text}\n`);
}

/** A bar that redraws itself: carriage returns within one line. */
export function redraw(text: string, isLast: boolean): void {
  writeAll(2, `\r${text}${isLast ? '\n' : ''}`);
}
