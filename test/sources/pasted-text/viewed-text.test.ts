import {expect, test} from 'vitest';
import {engineDeadLine, readyStart} from '../../engines/vllm/start-log.ts';
import {readLines} from './read-lines.ts';

const stamped = (lines: readonly string[]): readonly string[] =>
  lines.map((line, index) => `2026-04-05T00:0${Math.floor(index / 10)}:${10 + (index % 10)}Z ${line}`);

/** A log that ends within the traceback of a worker. */
const cut = [
  ...readyStart,
  '(Worker_TP0 pid=300) ERROR 11-23 03:00:21 [multiproc_executor.py:1063] Traceback (most recent call last):',
  '(Worker_TP0 pid=300) ERROR 11-23 03:00:21 [multiproc_executor.py:1063]   File "/opt/x.py", line 3, in turn',
];

test('what stands above a text with the newest line first is not its end', () => {
  const issue = ['### Help', '', 'I start it, and then:', '', '```text', ...stamped(cut).toReversed(), '```'];
  expect(readLines(issue)).toMatchObject({exit: 'failed', findings: [{code: 'log.cut-in-traceback'}]});
});

test('an excerpt that serves and ends within the traceback of a worker has failed', () => {
  const traffic =
    '(APIServer pid=1) INFO 11-23 03:00:11 [loggers.py:335] Engine 000: Avg prompt throughput: 1.4 tokens/s, Avg generation throughput: 0.8 tokens/s, Running: 1 reqs, Waiting: 0 reqs, GPU KV cache usage: 0.0%';
  expect(readLines([traffic, traffic, ...cut.slice(-2)])).toMatchObject({exit: 'failed'});
  expect(readLines([traffic, traffic])).toMatchObject({exit: 'serving'});
});

test('entries in JSON that were wrapped are put together, though most of them are short', () => {
  const message = `ValueError: ${'the blades of the seventh expert do not turn '.repeat(3)}at all`;
  const said = [
    ...Array.from({length: 20}, (_, index) => `the blades turn ${index}`),
    ...readyStart.slice(0, 2),
    message,
  ];
  const rows = said.flatMap((log) => JSON.stringify({log, stream: 'stderr'}).match(/.{1,120}/g) ?? []);
  expect(readLines(rows)?.findings[0]?.message).toContain('do not turn at all');
});

test('a prefix in front of a text that was wrapped twice is taken off, and both are put together', () => {
  const message = `ValueError: ${'the blades of the seventh expert do not turn '.repeat(3)}at all`;
  const lines = [...readyStart.slice(0, 3), ...Array.from({length: 4}, () => message), engineDeadLine];
  const inner = lines.flatMap((line) => line.match(/.{1,80}/g) ?? []);
  const outer = stamped(inner).flatMap((line) => line.match(/.{1,90}/g) ?? []);
  expect(readLines(outer)?.findings[0]?.message).toContain('do not turn at all');
});
