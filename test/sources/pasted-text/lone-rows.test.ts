import {expect, test} from 'vitest';
import {readLines} from './read-lines.ts';

const row = (temperature: string, power: string, load: string): string =>
  `| N/A   ${temperature}    P0             ${power} / 700W |   71234MiB /  81559MiB |     ${load}      Default |`;

test.each([
  [row('41C', 'ERR!', '34%'), 'value-unreadable', 'no-failure', /could not read power of a GPU/],
  [row('ERR!', '350W', '34%'), 'unknown-error', 'failed', /could not read temperature/],
  [row('41C', 'ERR!', 'ERR!'), 'unknown-error', 'failed', /could not read power, load/],
  [row('41C', 'ERR!', '34%').slice(2), 'value-unreadable', 'no-failure', /could not read power/],
])('a row of nvidia-smi without the one that names its GPU is read: %s', (line, code, exit, says) => {
  const read = readLines([line]);
  expect(read).toMatchObject({kind: 'gpu-report', exit, findings: [{code: `source.nvidia-smi.${code}`}]});
  expect(read?.findings[0]?.message).toMatch(says);
  expect(read?.findings[0]?.message).not.toMatch(/GPU \d/);
});

test('a healthy row has no finding, and a row among other text is none', () => {
  const healthy = row('41C', '350W', '34%');
  expect(readLines([healthy, '+------+', healthy])).toMatchObject({kind: 'gpu-report', exit: 'no-failure'});
  expect(readLines([healthy, 'a sentence about something else'])).toBeNull();
});
