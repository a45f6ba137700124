import {expect, test} from 'vitest';
import {readLines} from '../read-lines.ts';

const bar = (done: number, of: number): string =>
  `${Math.round((done * 100) / of)}%|\u2588\u2588\u2588\u2588| ${done}/${of} [00:02<00:00, 34.85it/s]`;
const result = (succeeded: number, ...more: readonly string[]): readonly string[] => [
  '============ Serving Benchmark Result ============',
  `Successful requests:                     ${succeeded}`,
  ...more,
  'Benchmark duration (s):                  2.87',
];

test('fewer successes than the bar counted requests are failures', () => {
  const found = readLines([`${bar(1, 250)}\r${bar(249, 250)}\r${bar(250, 250)}`, ...result(3)]);
  expect(found).toMatchObject({kind: 'benchmark', exit: 'failed', findings: [{code: 'benchmark.requests-failed'}]});
  expect(found?.findings[0]?.message).toContain('247 of 250 requests of the benchmark failed');
});

test('each result has the bar above it; all requests of both succeeded', () => {
  expect(readLines([bar(20, 20), ...result(20), bar(40, 40), ...result(40)])).toMatchObject({
    exit: 'no-failure',
    findings: [],
  });
});

test('a result without a bar, or with one that did not end, counts by its own figures', () => {
  expect(readLines(result(20))).toMatchObject({exit: 'no-failure'});
  expect(readLines([bar(20, 50), ...result(20)])).toMatchObject({exit: 'no-failure'});
  expect(readLines(result(20, 'Failed requests:                         5'))?.findings[0]?.message).toContain(
    '5 of 25 requests',
  );
  expect(readLines(result(0))?.findings[0]?.message).toBe('No request of the benchmark succeeded.');
});

test('figures in columns that the client fills up with blanks are no rows of a terminal', () => {
  const filled = result(1000, 'Failed requests:                         0').map((line) => line.padEnd(51));
  expect(readLines(filled)).toMatchObject({kind: 'benchmark', exit: 'no-failure', findings: []});
});

test('a result whose beginning is not in the text is one', () => {
  const read = readLines([
    '-----Time per Output Token (excl. 1st token)------',
    'Mean TPOT (ms):                          16.80     ',
    '---------------Inter-token Latency----------------',
    'Mean ITL (ms):                           16.80     ',
  ]);
  expect(read).toMatchObject({kind: 'benchmark', exit: 'no-failure', findings: []});
  expect(read).toMatchObject({
    summary: [expect.stringContaining('1 result'), 'Mean TPOT (ms) 16.80, Mean ITL (ms) 16.80'],
  });
});
