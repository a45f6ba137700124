import {expect, test} from 'vitest';
import {snapshotPatch} from '../../../src/api/recording/snapshot-changes.ts';
import {buildSnapshot} from '../../support/build-snapshot.ts';

const node = buildSnapshot();
const nth = (sequence: number) => ({...node, sequence});

test('clients that got the same snapshot share its changes, whatever a slow one asks for between them', () => {
  const [old, before, after] = [nth(1), nth(2), nth(3)];
  const first = snapshotPatch(before, after);
  const slow = snapshotPatch(old, after);
  expect(snapshotPatch(before, after)).toBe(first);
  expect(snapshotPatch(old, after)).toBe(slow);
  expect(slow).not.toBe(first);
  expect(first).toEqual({'/sequence': 3});
});

test('the changes are those to the snapshot that is asked for', () => {
  const [before, after, next] = [nth(1), nth(2), nth(3)];
  expect(snapshotPatch(before, after)).toEqual({'/sequence': 2});
  expect(snapshotPatch(before, next)).toEqual({'/sequence': 3});
});

test('however many slow clients there are, the changes that most ask for are kept, and no more than a few others', () => {
  const [before, after] = [nth(100), nth(101)];
  const first = snapshotPatch(before, after);
  const slow = Array.from({length: 50}, (_, index) => nth(index));
  const asked = slow.map((earlier) => snapshotPatch(earlier, after));
  expect(snapshotPatch(before, after)).toBe(first);
  const keptCount = slow.filter((earlier, index) => snapshotPatch(earlier, after) === asked[index]).length;
  expect(keptCount).toBeLessThan(10);
});
