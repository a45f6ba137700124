import {describe, expect, test} from 'vitest';
import type {LifecycleState} from '../../../src/domain/lifecycle/lifecycle.ts';
import {openHistory} from '../../../src/history/open-history.ts';
import {absent} from '../../../src/samples/reading.ts';
import {smallestCard} from '../../../src/supervisor/launch/plan-cards.ts';
import {readEarlierStarts, recordStart} from '../../../src/supervisor/launch/start-history.ts';
import {after, runOf, toReady} from '../../domain/lifecycle/lifecycle-samples.ts';
import {h200Cards} from './gpu-samples.ts';

const ready: LifecycleState = {
  ...after(toReady).state,
  readyAtMs: 14_000,
  // In the order in which they were said, which is not that of their times.
  phaseEnteredAtMs: {'load-weights': 4_000, launch: 1_000, serve: 12_000},
};

function startsAfter(...states: readonly LifecycleState[]) {
  const history = openHistory({path: ':memory:'});
  if (!history.ok) throw new Error(history.error.message);
  for (const state of states) recordStart(history.value, state);
  return readEarlierStarts(history.value);
}

describe('the history of starts', () => {
  test('keeps how long each phase took, the last one to the first token', () => {
    expect(startsAfter(ready)).toMatchObject([
      {phaseDurationsMs: {launch: 3_000, 'load-weights': 8_000, serve: 2_000}, settings: ready.settings},
    ]);
  });

  test('keeps nothing of a start that was adopted, never was ready, or has no run', () => {
    expect(startsAfter({...ready, internal: {...ready.internal, isAdopted: true}})).toEqual([]);
    expect(startsAfter({...ready, readyAtMs: null})).toEqual([]);
    expect(startsAfter({...ready, run: null})).toEqual([]);
    expect(startsAfter({...ready, settings: null})).toEqual([]);
  });

  test('gives the newest first', () => {
    const many = Array.from({length: 3}, (_, index) => ({
      ...ready,
      run: runOf(index),
      phaseEnteredAtMs: {launch: 14_000 - index},
    }));
    expect(startsAfter(...many).map(({phaseDurationsMs}) => phaseDurationsMs.launch)).toEqual([2, 1, 0]);
  });
});

describe('the card that a plan is made for', () => {
  const [card] = h200Cards(1);
  if (card === undefined) throw new Error('there is no card');
  const cards = [9, 8, 7].map((tenth, index) => ({
    ...card,
    index,
    name: `card ${index}`,
    memoryTotalBytes: tenth * 1e10,
  }));

  test('is the smallest of those that the engine uses', () => {
    expect(smallestCard(cards, 3)).toMatchObject({name: 'card 2'});
    expect(smallestCard(cards, 2)).toMatchObject({name: 'card 1'});
    expect(smallestCard(cards.toReversed(), 3)).toMatchObject({name: 'card 2'});
  });

  test('is absent if no card can be read, and an unreadable one is skipped', () => {
    expect(smallestCard([], 1)).toHaveProperty('absent');
    const lost = {...card, memoryTotalBytes: absent('lost')};
    expect(smallestCard([lost], 1)).toHaveProperty('absent');
    expect(smallestCard([lost, ...cards], 4)).toMatchObject({name: 'card 2'});
    expect(smallestCard([{...card, name: absent('no name')}], 1)).toHaveProperty('nvmlBytes');
  });
});
