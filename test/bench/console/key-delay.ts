import {appendFileSync} from 'node:fs';
import {eventually} from '../../harness/eventually.ts';
import type {PtyTerminal} from '../../harness/terminal.ts';

const PRESSES = 40;
/** A flood of 10,000 lines per second, in parts. */
const LINES_PER_PART = 500;
const PART_MS = 50;
const HELP = '─ Keys ─';
const ESCAPE = '\u001b';

/**
 * Milliseconds from a key to its effect on the screen, the longest of 95 % of the presses, while 10,000 lines per second
 * are added to the engine's log. The looks at the screen, every 2 ms, are part of it.
 */
export async function keyDelayInFlood(console: PtyTerminal, logPath: string): Promise<number> {
  let lineCount = 0;
  const flood = setInterval(() => {
    const lines = Array.from({length: LINES_PER_PART}, () => {
      lineCount += 1;
      return `INFO 11-27 09:00:00 [loggers.py:1] flood: line ${lineCount} of many, as long as a usual one is\n`;
    });
    appendFileSync(logPath, lines.join(''));
  }, PART_MS);
  const times: number[] = [];
  try {
    await console.waitFor('the flood', (text) => text.includes('flood: line'));
    for (let press = 0; press < PRESSES; press += 1) {
      times.push(await timeOfKey(console, '?', (text) => text.includes(HELP)));
      times.push(await timeOfKey(console, ESCAPE, (text) => !text.includes(HELP)));
    }
  } finally {
    clearInterval(flood);
  }
  return times.toSorted((a, b) => a - b)[Math.ceil(times.length * 0.95) - 1] ?? Number.NaN;
}

async function timeOfKey(console: PtyTerminal, key: string, hasEffect: (text: string) => boolean): Promise<number> {
  const startedMs = performance.now();
  console.write(key);
  await eventually(() => hasEffect(console.text()), 'the effect of a key', {everyMs: 2});
  return performance.now() - startedMs;
}
