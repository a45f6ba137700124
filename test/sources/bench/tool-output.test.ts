import {expect, test} from 'vitest';
import {type BarCount, ToolOutput} from '../../../src/sources/bench/tool-output.ts';

function read(...parts: readonly string[]): {readonly counts: readonly BarCount[]; readonly text: string} {
  const counts: BarCount[] = [];
  const output = new ToolOutput((count) => counts.push(count));
  for (const part of parts) output.add(part);
  return {counts, text: output.text};
}

/** As tqdm draws it where standard error is no terminal. */
const bars = '\r  0%|          | 0/8 [00:00<?, ?it/s]\r 25%|██▌       | 2/8 [00:00<00:00,  8.51it/s]';

test('a bar is counted as it is drawn, also in two parts, and is no line', () => {
  expect(read(bars)).toEqual({
    counts: [
      {completed: 0, total: 8},
      {completed: 2, total: 8},
    ],
    text: '',
  });
  const {counts, text} = read('\r 38%|███▊      | 3/', '8 [00:00<00:00,  7.69it/s]', '\nTraceback: x\n');
  expect(counts.at(-1)).toEqual({completed: 3, total: 8});
  expect(text).toBe('Traceback: x\n');
});

test('a bar with a name is not that of the requests', () => {
  expect(read('\rGenerating shared-prefix prompts: 100%|██████████| 8/8 [00:00<00:00, 74235.47it/s]\n')).toEqual({
    counts: [],
    text: '',
  });
});

test('no control character passes, and a line that does not end is cut', () => {
  const {text} = read('\u001b]0;title\u0007\u001b[2Jfirst\u202e\b\r\nlast', 'x'.repeat(1_000_000));
  expect(text).toMatch(/^first\nlastx+$/);
  expect(text.length).toBeLessThan(3_000);
});

test('of very many lines, the last are kept', () => {
  const {text} = read(...Array.from({length: 5_000}, (_, index) => `${'.'.repeat(50)} ${index}\n`));
  expect(text.length).toBeLessThan(130 * 1_024);
  expect(text).toMatch(/ 4999\n$/);
});
