import {Writable} from 'node:stream';
import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {createProgressDisplay, type ProgressStream} from '../../../src/cli/bench/show-progress.ts';
import {asciiGlyphs} from '../../../src/views/glyphs.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const step = {step: 2, steps: 5, concurrency: 64, requests: 256};

function display(stream: ProgressStream, columns = 80) {
  const written: string[] = [];
  const keep = new Writable({
    decodeStrings: false,
    write(text: string, _, done) {
      written.push(text);
      done();
    },
  });
  const output = {isJson: false, stdout: keep, stderr: keep};
  const shown = createProgressDisplay(output, {columns, glyphs: asciiGlyphs, theme: null}, stream, () => Date.now());
  return {...shown, written};
}

test('a terminal has one line, drawn again at most twice a second, and nothing of it at the end', () => {
  const bar = display({isTTY: true, columns: 80});
  bar.begin(step);
  for (let completed = 1; completed <= 100; completed += 1) {
    bar.update({completed, failed: 0, total: 256});
    vi.advanceTimersByTime(100);
  }
  expect(bar.written.length).toBeLessThanOrEqual(21);
  expect(bar.written.every((text) => text.startsWith('\r\u001b[2K') && !text.includes('\n'))).toBe(true);
  expect(bar.written.at(-1)).toMatch(/\[2\/5\] 64 concurrent #+\.* 100\/256 10 s$/);
  bar.end();
  expect(bar.written.at(-1)).toBe('\r\u001b[2K');
  vi.advanceTimersByTime(60_000);
  expect(bar.written.at(-1)).toBe('\r\u001b[2K');
});

test('a file has a line when a load begins, and one each half minute', () => {
  const bar = display({});
  bar.begin(step);
  for (let second = 0; second < 90; second += 1) {
    bar.update({completed: second, failed: 1, total: 256, isEstimate: true});
    vi.advanceTimersByTime(1_000);
  }
  expect(bar.written).toEqual([
    '[2/5] 64 concurrent ...\n',
    expect.stringContaining('~29/256 1 failed'),
    expect.stringContaining('~59/256 1 failed'),
    expect.stringContaining('~89/256 1 failed'),
  ]);
  // The half minute is that of each load.
  vi.advanceTimersByTime(20_000);
  bar.begin({...step, step: 3});
  vi.advanceTimersByTime(20_000);
  expect(bar.written.slice(4)).toEqual(['[3/5] 64 concurrent ...\n']);
  bar.end();
});

test.each([12, 30, 40, 60, 80, 200])('the line fits into %d columns', (columns) => {
  const bar = display({isTTY: true, columns});
  bar.begin(step);
  bar.update({completed: 255, failed: 255, total: 256, isEstimate: true});
  vi.advanceTimersByTime(5_000_000);
  for (const text of bar.written) expect(text.slice(5).length).toBeLessThan(Math.min(columns, 80));
  bar.end();
});
