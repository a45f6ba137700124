import {expect, test} from 'vitest';
import {findFolding} from '../../../../src/sources/pasted-text/viewer/folded-lines.ts';
import {createLineJoining, findWrapping} from '../../../../src/sources/pasted-text/viewer/wrapped-lines.ts';

const WIDTH = 80;
const error = '(Worker_TP2 pid=302) ERROR 11-23 02:00:21 [executor.py:908] ';
const lines = [
  `${error}The blades of the seventh expert do not turn, because their number is not divisible by five`,
  `${error}Traceback (most recent call last):`,
  `${error}RuntimeError: the file /opt/models/${'x'.repeat(90)} cannot be read by this process of the node`,
  `${error}Nothing can be done about it, apart from another number of blades, or of experts`,
];

function folded(line: string): readonly string[] {
  const blank = line.length <= WIDTH ? -1 : line.slice(0, WIDTH).lastIndexOf(' ');
  const end = line.length <= WIDTH ? line.length : blank < 0 ? WIDTH : blank + 1;
  return end === line.length ? [line] : [line.slice(0, end), ...folded(line.slice(end))];
}

function joined(rows: readonly string[]): readonly string[] {
  const joining = createLineJoining<{readonly text: string}>(findWrapping(rows));
  return [...rows.flatMap((text) => joining.push({text})), ...joining.flush()].map(({text}) => text);
}

test('lines that were broken between words are whole again, with and without the blanks at the ends', () => {
  const rows = lines.flatMap(folded);
  expect(joined(rows)).toEqual(lines);
  expect(joined(rows.map((row) => row.trimEnd()))).toEqual(lines);
});

test('lines that were broken at a column are not read as folded', () => {
  const rows = lines.flatMap((line) => line.match(new RegExp(`.{1,${WIDTH}}`, 'g')) ?? []);
  expect(findFolding(rows)).toBeNull();
  expect(joined(rows)).toEqual(lines);
});

test('lines of different lengths, a traceback and the lines of C++ programs are not folded', () => {
  const whole = [
    'load_tensors: loading model tensors, this can take a while... (mmap = true) for a model of 61 layers',
    "llama_model_load: error loading model: missing tensor 'output.weight'",
    'llama_model_load_from_file_impl: failed to load model',
    "main: failed to load model '/models/some.gguf'",
    'Traceback (most recent call last):',
    '  File "/venv/lib/python3.12/site-packages/engine/workers/loading.py", line 12, in load_the_model',
    '    return loader.load(configuration, device)',
    'RuntimeError: no',
  ];
  expect(findFolding(whole)).toBeNull();
  expect(joined(whole)).toEqual(whole);
});
