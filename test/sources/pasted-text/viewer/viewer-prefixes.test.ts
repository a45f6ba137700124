import {expect, test} from 'vitest';
import {
  commonPrefix,
  containerPrefix,
  isPodPrefix,
} from '../../../../src/sources/pasted-text/viewer/viewer-prefixes.ts';

const said = ['loading the weights', '  File "/venv/x.py", line 3', 'ValueError: no'];

function undone(prefix: (index: number) => string): readonly string[] {
  const shown = said.map((line, index) => `${prefix(index)}${line}`);
  const found = commonPrefix(shown);
  return found === null ? shown : shown.map((line) => line.replace(found.pattern, ''));
}

test.each([
  ['Docker Compose', () => 'engine-1  | '],
  ['a container runtime', () => '2026-04-05T00:01:19.000000001Z stderr F '],
  ['kubectl', () => '[pod/engine-0/server] '],
  ['the journal', (index: number) => `Apr  5 00:01:1${index} node engine[7]: `],
  ['ts', (index: number) => `Apr  5 00:01:1${index} `],
  ['ts -s', (index: number) => `00:00:0${index} `],
  ['ts with brackets', (index: number) => `[2026-04-05 00:00:0${index}] `],
  ['AWS', () => '2026-04-05T00:01:19.000001+00:00 engine/server/0a1b2c '],
  ['mpirun', () => '[1,0]<stderr>: '],
  ['srun', () => '0: '],
  ['line numbers', (index: number) => `${String(index + 9).padStart(4)}  `],
  ['a quoted block', () => '    '],
])('%s', (_, prefix) => expect(undone(prefix)).toEqual(said));

test('an empty line of which the blank was lost still has the prefix', () => {
  for (const prefix of ['Apr  5 00:01:19', '00:00:01', '[pod/engine-0/server]']) {
    const found = commonPrefix([`${prefix} a`, prefix, `${prefix} b`]);
    expect(prefix.replace(found?.pattern ?? /never/, ''), prefix).toBe('');
  }
});

test('what a logger itself writes in front of its lines stays', () => {
  expect(commonPrefix(['2026-11-20 10:12:13,123 ERROR agent: a'])).toBeNull();
  const access = '10.0.0.9 - - [20/Nov/2026:10:12:13 +0000] "POST /v1/completions HTTP/1.1" 499 0';
  expect(commonPrefix([access, access, access])).toBeNull();
  expect(commonPrefix(said)).toBeNull();
  expect(commonPrefix(['[2026-04-05 00:00:01] a', '[2026-04-05 00:00:02] b', '[2026-04-05 00:00:03] c'])).toBeNull();
  expect(commonPrefix(['12:00:01 INFO a', '12:00:02 INFO b', '12:00:03 INFO c'])).toBeNull();
  expect(commonPrefix(['> a'])).toBeNull();
});

test('numbers that end at one column are line numbers, and a number elsewhere begins no line', () => {
  const found = commonPrefix(['     1  a', '     2  b', '     3  c', '     4  d']);
  expect(found?.name).toBe('line numbers');
  expect(found?.pattern.test('7 in world size 8')).toBe(false);
});

test('the container stands behind the name of its pod', () => {
  const found = commonPrefix(said.map((line) => `engine.main.pod-a server ${line}`));
  expect(found !== null && isPodPrefix(found)).toBe(true);
  expect(containerPrefix(said.map((line) => `server ${line}`))?.pattern.exec('server x')?.[0]).toBe('server ');
});

test('the level of a web server, filled with blanks, has the time of a viewer in front of it', () => {
  const shown = ['00:01:19 INFO:     127.0.0.1:33062 - "GET /health HTTP/1.1" 200 OK', '00:01:20 Killed'];
  expect(shown.map((line) => line.replace(commonPrefix(shown)?.pattern ?? '', ''))[1]).toBe('Killed');
  expect(commonPrefix(['00:01:19 INFO: started', '00:01:20 INFO: ended', '00:01:21 WARNING: no'])).toBeNull();
});

test('an empty line of a container runtime has lost its last blank', () => {
  const prefix = commonPrefix([
    '2026-04-05T00:01:19.000000001Z stderr F said',
    '2026-04-05T00:01:19.000000002Z stderr F',
  ]);
  expect('2026-04-05T00:01:19.000000002Z stderr F'.replace(prefix?.pattern ?? '', '')).toBe('');
});
