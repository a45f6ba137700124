import {expect, test} from 'vitest';
import type {CostView} from '../../../src/api/cost/cost-view.ts';
import {absent, isAbsent} from '../../../src/samples/reading.ts';
import {MS_PER_DAY} from '../../../src/shared/units.ts';
import {buildConsoleData, buildSnapshot, costOfNode} from '../../support/build-snapshot.ts';
import {pictureOf} from '../draw.ts';

const {size: judged = absent('none')} = costOfNode();
if (isAbsent(judged)) throw new Error('the node of tests has a size');

function textOf(size: CostView['size']): string {
  const snapshot = {...buildSnapshot(), cost: {...costOfNode(), size}};
  return pictureOf('node-size', buildConsoleData({snapshot}), {columns: 76, rows: 12});
}

test('of a whole week says what follows, and what of it', () => {
  const text = textOf(judged);
  expect(text).toContain('No smaller or cheaper node is known to do the same.');
  expect(text).toContain('too long for 32K 9,000 to 11,090 (23 %) · 64K 210 to 480 (1 %) · 128K none');
});

test('before it says how much is missing, and advises nothing', () => {
  const load = {...judged.load, coveredMs: 3.25 * MS_PER_DAY};
  const text = textOf({...judged, isWholeWeek: false, load});
  expect(text).toContain('No advice yet: 3.3 of 7.0 days were watched');
  expect(text).not.toContain('would do the same');
});

test('has a reason where nothing is judged, and in a recording of a time before it was', () => {
  expect(textOf(absent('judged once an hour, first after a minute'))).toContain('judged once an hour');
  expect(textOf(undefined)).toContain('this recording has none');
});
