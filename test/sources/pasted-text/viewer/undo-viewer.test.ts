import {expect, test} from 'vitest';
import {recognizeViewer} from '../../../../src/sources/pasted-text/viewer/recognize-viewer.ts';
import {createViewerUndoing} from '../../../../src/sources/pasted-text/viewer/undo-viewer.ts';

function undone(rows: readonly string[]): readonly string[] {
  const undoing = createViewerUndoing(recognizeViewer(rows));
  const lines = [...rows.flatMap((text, index) => undoing.push({text, number: index + 1})), ...undoing.flush()];
  return lines.map(({text}) => text.trimEnd());
}

const WIDTH = 70;
const said = [
  'loading the weights',
  `nvcc fatal${' '.repeat(3)}: this architecture is not supported`,
  'Killed',
  'exit',
];

test('a filled row that was broken at blanks keeps them', () => {
  const lines = said.map((line) => `2026-04-05T00:00:01Z ${'.'.repeat(38)} ${line}`);
  const rows = lines
    .flatMap((line) => line.match(new RegExp(`.{1,${WIDTH}}`, 'g')) ?? [])
    .map((row) => row.padEnd(WIDTH));
  expect(undone(rows)).toEqual(said.map((line) => `${'.'.repeat(38)} ${line}`));
});

test.each([
  ['the journal', (line: string) => `1775347279.123456 node-1 engine[7]: ${line}`],
  ['the journal with units', (line: string) => `Sun 2026-04-05 00:01:19 CEST node-1 engine.service[7]: ${line}`],
  ['Loki', (line: string) => `2026-04-05T00:01:19Z {app="engine"} ${line}`],
  ['a quoted block', (line: string) => `    ${line}`],
])('what %s puts in front of lines is taken off', (_, shown) => expect(undone(said.map(shown))).toEqual(said));

test('line numbers are taken off, and indentation stays', () => {
  const numbered = ['one', '  two', 'three'].map((line, index) => `${String(index + 9).padStart(6)}  ${line}`);
  expect(undone(numbered)).toEqual(['one', '  two', 'three']);
});

test('filled rows of a list that were all broken at blanks are whole again', () => {
  const rows = [1, 2, 3, 4].map((pid) => `root ${String(pid).padStart(8)} Z${' '.repeat(12)}Mar19 [worker] <defunct>`);
  const shown = rows.map((line) => `2026-04-05T00:00:01Z ${'.'.repeat(30)} ${line}`);
  const broken = shown.flatMap((line) => line.match(new RegExp(`.{1,${WIDTH}}`, 'g')) ?? []);
  expect(undone(broken.map((row) => row.padEnd(WIDTH)))).toEqual(rows.map((line) => `${'.'.repeat(30)} ${line}`));
});
