import {expect, test} from 'vitest';
import {splitPrefix} from '../../../../src/engines/log/ending/log-prefix.ts';

test.each([
  [
    '(Worker_TP2 pid=302) ERROR 11-23 02:00:21 [executor.py:908]   File "x"',
    'Worker_TP2 pid=302',
    'error',
    '  File "x"',
  ],
  ['[rank6]:[E207 01:29:36.730311765 ProcessGroup.cpp:616] caught', 'rank6', 'error', 'caught'],
  ['[2026-05-06 12:31:42 TP1] Scheduler hit', 'TP1', null, 'Scheduler hit'],
  ['[2026-05-06 12:31:42] Received', '', null, 'Received'],
  ['WARNING 11-23 02:00:21 [x.py:1] careful', '', 'warning', 'careful'],
  ['2026-05-06 12:31:42,123 INFO worker.py:20 -- up', '', 'info', 'up'],
  ['0.00.496.689 E srv load_model: no', '', 'error', 'srv load_model: no'],
  ['I405 12:00:01.000001 140 TCPStore.cpp:30] up', '', 'info', 'up'],
  ['ERROR:    Application startup failed', '', 'error', 'Application startup failed'],
  ['plain words', '', null, 'plain words'],
])('the prefix of "%s"', (text, process, level, rest) => expect(splitPrefix(text)).toEqual({process, level, rest}));

test('of several prefixes the outermost process and level count', () => {
  expect(splitPrefix('(RayWorkerWrapper pid=7, ip=10.0.0.2) (Worker pid=9) ERROR 11-23 02:00:21 [x.py:1] no')).toEqual({
    process: 'RayWorkerWrapper pid=7, ip=10.0.0.2',
    level: 'error',
    rest: 'no',
  });
});
