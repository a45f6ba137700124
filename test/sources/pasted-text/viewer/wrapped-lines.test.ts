import {expect, test} from 'vitest';
import {filledWidth} from '../../../../src/sources/pasted-text/viewer/filled-rows.ts';
import {createLineJoining, findWrapping} from '../../../../src/sources/pasted-text/viewer/wrapped-lines.ts';

const WIDTH = 80;

function wrapped(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => line.match(new RegExp(`.{1,${WIDTH}}`, 'g')) ?? ['']);
}

function joined(rows: readonly string[]): readonly string[] {
  const joining = createLineJoining<{readonly text: string}>(findWrapping(rows));
  return [...rows.flatMap((text) => joining.push({text})), ...joining.flush()].map(({text}) => text);
}

const traceback = [
  'Traceback (most recent call last):',
  '  File "/venv/lib/python3.12/site-packages/engine/workers/model_executor/loading.py", line 12, in load',
  '    return loader.load_the_whole_model_of_this_configuration(configuration, device, parallelism)',
  'RuntimeError: the blades of the seventh expert do not turn, because their number is not divisible by 5',
];

test('lines that were wrapped are whole again, also where a word was broken', () => {
  expect(joined(wrapped(traceback))).toEqual(traceback);
});

test('behind a prefix, a row that looks like a beginning is the rest of a line', () => {
  const lines = traceback.map((line) => `2026-04-05T00:00:01Z ${line.padEnd(62, '.')}ERROR at last`);
  expect(joined(wrapped(lines))).toEqual(lines);
});

test('a single long line is put together if it was broken within a word', () => {
  const lines = ['starting', `an error in ${'x'.repeat(90)}`, 'Killed'];
  expect(joined(wrapped(lines))).toEqual(lines);
});

test('lines that were all broken within words at one column less than that of a usual terminal are whole again', () => {
  const prefix = 'RuntimeError: ';
  const lines = ['alpha', 'beta', 'gamma', 'delta'].map((word) => `${prefix}${word.repeat(30)}`);
  const rows = lines.flatMap((line) => line.match(/.{1,79}/g) ?? []);
  expect(joined(rows)).toEqual(lines);
});

test('one line that was broken by hand was broken between words', () => {
  const rows = [
    'sampler.py:570  rows = offsets.tolist()',
    'RuntimeError: Cannot copy between host and device tensors during graph',
    'capture unless the host tensor is pinned.',
  ];
  expect(joined(rows)).toEqual([rows[0], `${rows[1]} ${rows[2]}`]);
});

test('lines that are long by chance stay apart', () => {
  const lines = [`INFO ${'a'.repeat(80)}`, `INFO ${'b'.repeat(80)}`, 'ValueError: no', 'Killed'];
  expect(joined(lines)).toEqual(lines);
});

test('rows that end at one column with blanks are filled', () => {
  expect(filledWidth(['a', 'bb', 'ccc'].map((text) => text.padEnd(WIDTH)))).toBe(WIDTH);
  expect(filledWidth(['a', 'bb  ', 'ccc'])).toBeNull();
});

const stamp = (index: number): string => `2026-04-05T00:01:${String(10 + index)}.000000000Z `;

test('a list of one length behind a prefix gets the blanks back that it lost where it was wrapped', () => {
  const list = [
    'USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND',
    'op             1  0.0  0.0 50313164 757756 ?     Ssl  May19   8:23 python3 -m sglang.launch_server --host 0.0.0.0 --port 8888 --model-path /m',
    ...[21, 22, 23, 24].map(
      (pid) => `op            ${pid}  153  0.0      0     0 ?        Z    May19 137:02 [worker] <defunct>`,
    ),
  ].map((line, index) => `${stamp(index)}${line}`);
  expect(joined(wrapped(list).map((row) => row.trimEnd()))).toEqual(list);
});

/** Names filled with blanks from the left, so that a row may end within blanks. */
const values = [
  'type',
  'name',
  'length of its blades',
  'count',
  'count of the blades that turn each',
  'size',
  'color',
].map((name, index) => `${stamp(index)}loader: - kv ${String(index).padStart(3)}: ${name.padStart(40)} u32 = ${index}`);

test('of rows that were filled up, one may begin with the blanks of its line', () => {
  const check = `${stamp(8)}loader.cpp:51: CHECK(count_of_the_experts <= MOST_OF_THEM) failed`;
  const filled = wrapped([...values, check]).map((row) => row.trimEnd());
  const joining = createLineJoining<{readonly text: string}>(findWrapping(filled, {filledTo: WIDTH}));
  const lines = [...filled.flatMap((text) => joining.push({text})), ...joining.flush()].map(({text}) => text);
  expect(lines.at(-1)).toBe(check);
});
