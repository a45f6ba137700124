import {expect, test} from 'vitest';
import {FinalErrorFinder} from '../../../../src/engines/log/ending/final-error.ts';

function read(...lines: readonly string[]) {
  const finder = new FinalErrorFinder();
  for (const [index, text] of lines.entries()) finder.take({text, number: index + 1}, false);
  return finder.result();
}

test('lines without a prefix continue the traceback that a process began', () => {
  const found = read(
    '[2026-05-06 12:31:42 TP1] Scheduler hit an exception: Traceback (most recent call last):',
    '  File "/opt/x.py", line 3, in load',
    '    turn(blades)',
    'FrobnicatorError: they do not turn',
  );
  expect(found).toMatchObject({form: 'exception', text: 'FrobnicatorError: they do not turn'});
});

test.each([
  'frame #3: c10d::TCPStore::wait() + 0x20c (0x74c4f125414c in /opt/libtorch.so)',
  '/lib/libc.so.6(+0x2724a)[0x7f2853a4624a]',
  '(Worker_TP2 pid=302) ERROR 11-23 02:00:21 [x.py:908]     worker = Worker()',
])('a part of a stack trace is one: %s', (line) => expect(read(line)).toMatchObject({form: 'cut-stack'}));

test('while it serves, a stack trace is no end', () => {
  const finder = new FinalErrorFinder();
  finder.serve();
  finder.take({text: 'frame #3: x::y() + 0x20c (0x74c4f125414c in /opt/x.so)', number: 1}, false);
  expect(finder.result()).toBeNull();
});

test('a message that was broken continues without the prefix of its line', () => {
  const prefix = '(Worker_TP2 pid=302) ERROR 11-23 02:00:21 [x.py:908] ';
  const said = 'ZMQError: ipc path "/scratch/a" is longer than 107 characters';
  expect(read(`${prefix}ZMQError: ipc path`, '"/scratch/a" is longer than 107 characters')).toMatchObject({text: said});
  expect(read('x.cpp:5: GGML_ASSERT(hparams.count', '<= MAX_COUNT) failed')).toMatchObject({
    text: 'x.cpp:5: GGML_ASSERT(hparams.count <= MAX_COUNT) failed',
  });
  expect(read(`${prefix}ValueError: no`, 'The server has ended')).toMatchObject({text: 'ValueError: no'});
});

test('of an excerpt of a log that serves, only the cut traceback of a process of the engine is its end', () => {
  const lines = (process: string) =>
    ['Traceback (most recent call last):', '  File "/opt/x.py", line 3, in turn'].map((line) => `${process}${line}`);
  const finder = new FinalErrorFinder();
  for (const text of lines('')) finder.take({text, number: 1}, false);
  expect(finder.result(true)).toBeNull();
  for (const text of lines('(Worker_TP0 pid=9) ERROR 11-26 03:20:57 [multiproc_executor.py:10] '))
    finder.take({text, number: 2}, false);
  expect(finder.result(true)).toMatchObject({form: 'cut-traceback'});
});
