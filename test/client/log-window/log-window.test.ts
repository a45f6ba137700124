import {describe, expect, test} from 'vitest';
import type {ApiError} from '../../../src/api/commands.ts';
import type {LogPageQuery} from '../../../src/api/log-page.ts';
import {createLogReading, type LogSeek, type LogWant} from '../../../src/client/log-window/log-window.ts';
import {err} from '../../../src/shared/result.ts';
import {pagesOf, placed} from '../../support/log-pages.ts';

const noFilter = {level: null, rank: null, pattern: ''};
const texts = Array.from({length: 20_000}, (_, number) => `line ${number} ${number % 5_000 === 77 ? 'ERROR' : 'INFO'}`);
const lines = placed(texts);
const at = (index: number): number => lines[index]?.offsetBytes ?? 0;
const newestBytes = at(19_999);
const answer = pagesOf(texts, {mostBytes: 60_000, timeOf: (text) => Number(text.split(' ')[1])});

/** A console whose supervisor has these lines, or fails, and a clock that the test sets. */
function createWorld() {
  const asked: LogPageQuery[] = [];
  const world: {nowMs: number; error: ApiError | null} = {nowMs: 0, error: null};
  const reading = createLogReading({
    nowMs: () => world.nowMs,
    ask: async (query) => {
      asked.push(query);
      return world.error === null ? answer(query) : err(world.error);
    },
  });
  /** Until nothing is read any more. */
  const rest = (): Promise<void> =>
    new Promise((resolve) => {
      if (!reading.answer().isReading) return resolve();
      const stop = reading.subscribe(() => {
        if (reading.answer().isReading) return;
        stop();
        resolve();
      });
    });
  const want = (aroundBytes: number, change: Partial<LogWant> = {}): Promise<void> => {
    reading.want({aroundBytes, newestBytes, filter: noFilter, seek: null, ...change});
    return rest();
  };
  return {world, asked, reading, want, rest};
}

describe('the window of a log', () => {
  test('has lines on both sides of the place, without a gap', async () => {
    const {reading, want} = createWorld();
    await want(at(9_000));
    const found = (reading.answer().window?.lines ?? []).map(({text}) => text);
    const first = texts.indexOf(found[0] ?? '');
    expect(found).toEqual(texts.slice(first, first + found.length));
    expect([first <= 8_601, first + found.length > 9_400]).toEqual([true, true]);
    expect(found.length).toBeLessThan(2_500);
  });

  test('is read further as the place moves, and stays bounded', async () => {
    const {asked, reading, want} = createWorld();
    await want(at(9_000));
    for (let index = 9_100; index <= 12_000; index += 100) await want(at(index));
    const {window} = reading.answer();
    expect(window?.lines.length).toBeLessThan(3_000);
    expect(window?.fromBytes).toBeGreaterThan(at(9_000));
    const before = asked.length;
    await want(at(12_000));
    expect(asked).toHaveLength(before);
  });

  test('begins again at a place that is far away, or with another filter', async () => {
    const {reading, want} = createWorld();
    await want(at(19_000));
    await want(at(100));
    expect(reading.answer().window?.fromBytes).toBe(0);
    await want(at(19_999), {filter: {...noFilter, level: 'error'}});
    const found = reading.answer().window?.lines.map(({text}) => text);
    expect(found).toEqual(texts.filter((text) => text.includes('ERROR')));
  });

  test('a log that cannot be read says why, and is asked again after a time', async () => {
    const {world, asked, reading, want} = createWorld();
    const error = {code: 'supervisor.no-log', message: 'There is no log.', remedy: 'Start an engine.'};
    world.error = error;
    await want(0);
    expect(reading.answer()).toMatchObject({window: null, error});
    await want(0);
    expect(asked).toHaveLength(1);
    Object.assign(world, {nowMs: 1_000, error: null});
    await want(0);
    expect(reading.answer()).toMatchObject({error: null, window: {fromBytes: 0}});
  });
});

describe('a search in a log', () => {
  const seekText = (text: string, step: 1 | -1, fromBytes: number): LogSeek => ({kind: 'text', text, step, fromBytes});

  test('continues through pages until it is found, and the window is there', async () => {
    const {asked, reading, want} = createWorld();
    const seek = seekText('error', -1, at(10_000));
    await want(at(10_000), {seek});
    expect(reading.answer().seek).toEqual({kind: 'found', seek, offsetBytes: at(5_077)});
    expect(asked.filter(({text}) => text !== '').length).toBeGreaterThan(1);
    expect(reading.answer().window?.lines).toContainEqual(lines[5_077]);
    const newer = seekText('error', 1, at(5_078));
    await want(at(5_077), {seek: newer});
    expect(reading.answer().seek).toEqual({kind: 'found', seek: newer, offsetBytes: at(10_077)});
  });

  test('ends at the end of the log, and says how far it is until then', async () => {
    const {reading, want} = createWorld();
    const ratios: number[] = [];
    reading.subscribe(() => {
      const {seek} = reading.answer();
      if (seek?.kind === 'searching') ratios.push(seek.ratio);
    });
    const seek = seekText('nowhere', -1, at(19_999));
    await want(at(19_999), {seek});
    expect(reading.answer().seek).toEqual({kind: 'none', seek});
    expect(ratios.length).toBeGreaterThan(3);
    expect(ratios).toEqual(ratios.toSorted((a, b) => a - b));
  });

  test('is cancelled with the page that is being read', async () => {
    const {asked, reading, want} = createWorld();
    void want(at(19_999), {seek: seekText('nowhere', -1, at(19_999))});
    await want(at(19_999));
    expect(asked.filter(({text}) => text !== '')).toHaveLength(1);
    expect(reading.answer().seek).toBeNull();
    reading.want(null);
    expect(reading.answer()).toEqual({window: null, seek: null, error: null, isReading: false});
  });

  test('finds a time and the first page', async () => {
    const {reading, want} = createWorld();
    await want(at(19_999), {seek: {kind: 'time', atMs: 12_345}});
    expect(reading.answer().seek).toMatchObject({kind: 'found', offsetBytes: at(12_345)});
    await want(at(19_999), {seek: {kind: 'start', lines: 10}});
    expect(reading.answer()).toMatchObject({seek: {kind: 'found', offsetBytes: at(9)}, window: {fromBytes: 0}});
    await want(at(19_999), {seek: {kind: 'time', atMs: 99_999}});
    expect(reading.answer().seek).toMatchObject({kind: 'none'});
  });
});
