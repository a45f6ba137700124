import {expect, test} from 'vitest';
import {readLines} from '../read-lines.ts';

const hey = (rest: readonly string[]): readonly string[] => [
  'Summary:',
  '  Total:\t31.2045 secs',
  '  Requests/sec:\t3.2050',
  '',
  'Status code distribution:',
  ...rest,
];

test('requests of hey that got no answer in its own time are a failure, with the time to raise', () => {
  const found = readLines(
    hey([
      '  [200]\t60 responses',
      '',
      'Error distribution:',
      '  [40]\tPost "http://10.1.2.3:8000/v1/completions": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
    ]),
  );
  expect(found).toMatchObject({kind: 'benchmark', exit: 'failed', displayName: 'Output of the load client hey'});
  expect(found?.findings[0]?.message).toContain('40 of 100 requests failed: the client gave up');
  expect(found?.findings[0]?.remedy).toContain('hey: -t');
});

test.each([
  [
    'wrk',
    [
      'Running 30s test @ http://10.1.2.3:8000/v1/completions',
      '  210 requests in 30.03s, 1.20MB read',
      '  Socket errors: connect 0, read 4, write 0, timeout 6',
    ],
    '10 of 210',
  ],
  ['ab', ['Complete requests:      50', 'Failed requests:        5', 'Non-2xx responses:      0'], '5 of 50'],
  [
    'k6',
    ['     http_req_failed................: 25.00% 25 out of 100', '     http_reqs......................: 100   3.1/s'],
    '25 of 100',
  ],
  [
    'Locust',
    [
      '         Aggregated                                   400     8(2.00%) |   2446     598   11247    1500 |    2.46    0.07',
      'Response time percentiles (approximated)',
    ],
    '8 of 400',
  ],
])('failed requests of %s', (program, lines, words) => {
  const found = readLines(lines);
  expect(found).toMatchObject({kind: 'benchmark', exit: 'failed', displayName: `Output of the load client ${program}`});
  expect(found?.findings[0]?.message).toContain(words);
});

test.each([
  hey(['  [200]\t100 responses']),
  ['  210 requests in 30.03s, 1.20MB read', '  Socket errors: connect 0, read 0, write 0, timeout 0'],
  ['Benchmarks Info:', '====', 'Benchmarks Stats:', '===='],
  ['        NVIDIA GenAI-Perf | LLM Metrics', '\u2502 Time to first token (ms) \u2502 16.26 \u2502'],
])('a result without failed requests is none: %s', (...lines) => {
  expect(readLines(lines)).toMatchObject({kind: 'benchmark', exit: 'no-failure', findings: []});
});
