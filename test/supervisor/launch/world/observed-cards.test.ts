import {expect, test} from 'vitest';
import {absent} from '../../../../src/samples/reading.ts';
import type {CardReading} from '../../../../src/supervisor/launch/world/judgement-world.ts';
import {awaitCards} from '../../../../src/supervisor/launch/world/observed-cards.ts';
import {createObserver, type Observer} from '../../../../src/supervisor/snapshot/observer.ts';
import {findingOf} from '../../../domain/lifecycle/lifecycle-samples.ts';
import {idleCards, inventoryOf} from '../fake-world.ts';

/** Waits for cards while `happen` is told of every look, with the milliseconds waited so far. */
async function wait(happen: (observer: Observer, waitedMs: number) => void): Promise<CardReading & {tookMs: number}> {
  let nowMs = 100_000;
  const clock = {nowMs: () => nowMs, monotonicMs: () => nowMs};
  const observer = createObserver(clock);
  happen(observer, 0);
  const pause = (durationMs: number): Promise<void> => {
    nowMs += durationMs;
    happen(observer, nowMs - 100_000);
    return Promise.resolve();
  };
  const reading = await awaitCards(observer.get, {...clock, pause});
  return {...reading, tookMs: nowMs - 100_000};
}

const at = (monotonicMs: number) => ({sampledAtMs: 0, monotonicMs});

function seeFrame(observer: Observer, usedBytes: number): void {
  const gpus = idleCards(2).map((gpu) => ({...gpu, name: absent('unknown field'), memoryUsedBytes: usedBytes}));
  const frame = {stamp: at(100_000), gpus, expectedCount: 2, missingIndexes: []};
  observer.observe({type: 'gpus', event: {type: 'frame', frame}});
}

test('cards that were read are available immediately: sizes of the inventory, use of the newest frame', async () => {
  const {inventory, unread, tookMs} = await wait((observer, waitedMs) => {
    if (waitedMs > 0) return;
    observer.observe({type: 'gpus', event: {type: 'inventory', inventory: inventoryOf(2, {stamp: at(0)})}});
    seeFrame(observer, 7);
  });
  expect(tookMs).toBe(0);
  expect(unread).toBeNull();
  expect(inventory?.gpus.map(({name, memoryUsedBytes}) => [name, memoryUsedBytes])).toEqual([
    ['NVIDIA H200', 7],
    ['NVIDIA H200', 7],
  ]);
});

test('a frame alone is used if the inventory does not arrive for a while', async () => {
  const {inventory, tookMs} = await wait((observer, waitedMs) => waitedMs === 0 && seeFrame(observer, 7));
  expect(inventory?.gpus).toHaveLength(2);
  expect(tookMs).toBe(5_000);
});

test('an old inventory is not used; a source without data is waited for, and then reported', async () => {
  const {inventory, unread, tookMs} = await wait((observer, waitedMs) => {
    if (waitedMs > 0) return;
    observer.observe({type: 'gpus', event: {type: 'inventory', inventory: inventoryOf(2, {stamp: at(0)})}});
    seeFrame(observer, 7);
    observer.observe({type: 'gpus', event: {type: 'stale', sinceMs: 0}});
  });
  expect({inventory, unread, tookMs}).toEqual({
    inventory: null,
    unread: 'nvidia-smi delivers no complete reading',
    tookMs: 30_000,
  });
});

test('a problem of nvidia-smi ends the wait immediately', async () => {
  const finding = findingOf('source.nvidia-smi.not-found');
  const {inventory, findings, tookMs} = await wait((observer, waitedMs) => {
    if (waitedMs === 500) observer.observe({type: 'gpus', event: {type: 'findings', findings: [finding]}});
  });
  expect({inventory, findings, tookMs}).toEqual({inventory: null, findings: [finding], tookMs: 500});
});

test('a warning alone does not', async () => {
  const finding = findingOf('source.nvidia-smi.slow', 'warning');
  const {inventory, findings, tookMs} = await wait((observer, waitedMs) => {
    if (waitedMs === 500) observer.observe({type: 'gpus', event: {type: 'findings', findings: [finding]}});
    if (waitedMs === 1_000)
      observer.observe({type: 'gpus', event: {type: 'inventory', inventory: inventoryOf(8, {stamp: at(101_000)})}});
  });
  expect(inventory?.gpus).toHaveLength(8);
  expect({findings, tookMs}).toEqual({findings: [finding], tookMs: 1_000});
});

test('cards that never arrive are unread, with the duration of the wait', async () => {
  const {inventory, unread, tookMs} = await wait(() => undefined);
  expect({inventory, unread, tookMs}).toEqual({
    inventory: null,
    unread: 'nvidia-smi reported none within 30 s',
    tookMs: 30_000,
  });
});
