import {expect, test} from 'vitest';
import {findLineCut} from '../../../../src/sources/pasted-text/viewer/cut-lines.ts';
import {readLines} from '../read-lines.ts';

const cut = `${'x'.repeat(79)}\u2026`;

test('the longest lines end with the mark of a viewer', () => {
  expect(findLineCut(['short', cut])).toEqual({width: 80, mark: '\u2026'});
  expect(findLineCut(['short', cut, 'y'.repeat(80), 'z'.repeat(80)])).toBeNull();
  expect(findLineCut([`  File "/opt/${'x'.repeat(60)}.py", line 3, in <module>`])).toBeNull();
  expect(findLineCut(['wait...'])).toBeNull();
});

test('a cause that stands in a cut line says so', () => {
  const finding = readLines([
    'Traceback (most recent call last):',
    `RuntimeError: ${'the blades do not turn '.repeat(4)}\u2026`,
  ])?.findings[0];
  expect(finding?.remedy).toContain('cut off');
});
