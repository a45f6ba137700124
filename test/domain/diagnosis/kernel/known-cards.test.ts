import {expect, test} from 'vitest';
import {indexOfCard, type KnownCard, knownCardsAfter} from '../../../../src/domain/diagnosis/kernel/known-cards.ts';
import {absent} from '../../../../src/samples/reading.ts';

const gpu = (index: number, bus: string) => ({index, pciBusId: `00000000:${bus}:00.0`});
const node = [gpu(0, '1B'), gpu(1, '3B'), gpu(2, '5D')];
const indexesOf = (known: readonly KnownCard[], ...buses: readonly string[]) =>
  buses.map((bus) => indexOfCard(known, `0000:${bus}:00`));

test('a GPU keeps the index it had after it is gone from the list, and while its cells say only that it is lost', () => {
  const all = knownCardsAfter([], node);
  expect(indexesOf(all, '1b', '3b', '5d', '9a')).toEqual([0, 1, 2, null]);
  expect(indexesOf(knownCardsAfter(all, [gpu(0, '1B'), gpu(2, '5D')]), '1b', '3b', '5d')).toEqual([0, 1, 2]);
  const lost = [gpu(0, '1B'), {index: 1, pciBusId: absent('GPU is lost')}, gpu(2, '5D')];
  expect(indexesOf(knownCardsAfter(all, lost), '3b')).toEqual([1]);
  expect(knownCardsAfter(all, []), 'the same list').toBe(all);
});

test('GPUs that the driver has numbered again have their new indexes, and one without a number none', () => {
  const all = knownCardsAfter([], node);
  const renumbered = knownCardsAfter(all, [gpu(0, '1B'), gpu(1, '5D')]);
  expect(indexesOf(renumbered, '1b', '3b', '5d')).toEqual([0, null, 1]);
  expect(indexesOf(knownCardsAfter(renumbered, node), '1b', '3b', '5d')).toEqual([0, 1, 2]);
});

test('the order of the addresses does not matter, and the way they are written neither', () => {
  const known = knownCardsAfter([], [gpu(0, 'C1'), gpu(1, '3B')]);
  expect(['0000:c1:00', '00000000:3B:00.0', 'c1:00.0'].map((address) => indexOfCard(known, address))).toEqual([
    0, 1, 0,
  ]);
});

test('an address that may be one of two GPUs, or is masked, is of none', () => {
  const known: readonly KnownCard[] = [
    {pciBusId: '00000001:00:00.0', index: 0},
    {pciBusId: '00000002:00:00.0', index: 1},
  ];
  expect(['0002:00:00', '00:00.0', '????:??:??', '...'].map((address) => indexOfCard(known, address))).toEqual([
    1,
    null,
    null,
    null,
  ]);
});
