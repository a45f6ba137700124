import {afterEach, describe, expect, test, vi} from 'vitest';
import type {Event} from '../../src/api/event-schema.ts';
import type {Snapshot} from '../../src/api/snapshot.ts';
import type {ConsoleData, ConsoleSession} from '../../src/client/console-data.ts';
import {createConsoleSession} from '../../src/client/console-session.ts';
import {logLines} from '../supervisor/server/fake-supervisor.ts';
import {buildEvent} from '../support/build-event.ts';
import {buildSnapshot, TEST_NOW_MS} from '../support/build-snapshot.ts';
import {createWorld, gone, type World} from './console-world.ts';

let session: ConsoleSession | null = null;

afterEach(() => {
  session?.close();
  session = null;
});

function open(
  created: World,
  historyWindowMs = 60_000,
): {readonly session: ConsoleSession; readonly seen: ConsoleData[]} {
  const opened = createConsoleSession({
    client: created.client,
    nowMs: () => created.world.nowMs,
    historyWindowMs,
    timers: created.sessionTimers,
  });
  session = opened;
  const seen: ConsoleData[] = [];
  opened.subscribe(() => seen.push(opened.getData()));
  return {session: opened, seen};
}

/** Lets everything that is under way and needs no timer come to its end. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const snapshotAt = (secondsLater: number, overrides = {}): Snapshot =>
  buildSnapshot({takenAtMs: TEST_NOW_MS + secondsLater * 1_000, sequence: secondsLater, ...overrides});

describe('console session', () => {
  test('starts as connecting, and is live with the first snapshot', async () => {
    const created = createWorld();
    const opened = open(created);
    expect(opened.session.getData()).toEqual({
      connection: {kind: 'connecting'},
      snapshot: null,
      history: {},
      gpuRanges: {},
      log: [],
      events: null,
      stateEvents: null,
    });
    created.snapshotStreams[0]?.send(snapshotAt(0));
    await settle();
    expect(opened.session.getData()).toMatchObject({connection: {kind: 'live'}, snapshot: {sequence: 0}});
  });

  test('returns the same object until something changes', async () => {
    const created = createWorld();
    const opened = open(created);
    created.snapshotStreams[0]?.send(snapshotAt(0));
    await settle();
    const before = opened.session.getData();
    await settle();
    expect(opened.session.getData()).toBe(before);
    created.snapshotStreams[0]?.send(snapshotAt(1));
    await settle();
    expect(opened.session.getData()).not.toBe(before);
    expect(new Set(opened.seen).size).toBe(opened.seen.length);
  });

  test('puts the loaded history before the snapshots that arrived meanwhile, one point per second', async () => {
    const point = (secondsLater: number, value: number | null) => ({atMs: TEST_NOW_MS + secondsLater * 1_000, value});
    const created = createWorld({history: {series: {kvUsageRatio: [point(-2, 0.1), point(-1, null), point(0, 0.3)]}}});
    const opened = open(created);
    created.snapshotStreams[0]?.send(snapshotAt(0, {kvCache: {usageRatio: 0.31}}));
    created.snapshotStreams[0]?.send(snapshotAt(1, {kvCache: {usageRatio: 0.4}}));
    created.snapshotStreams[0]?.send(snapshotAt(1.4, {kvCache: {usageRatio: 0.5}}));
    await settle();
    expect(opened.session.getData().history.kvUsageRatio).toEqual([
      point(-2, 0.1),
      point(-1, null),
      point(0, 0.3),
      point(1.4, 0.5),
    ]);
  });

  test('keeps no more history than the window, also for a whole day', async () => {
    const created = createWorld();
    const opened = open(created, 60_000);
    for (let second = 0; second < 200; second += 1) created.snapshotStreams[0]?.send(snapshotAt(second));
    await settle();
    const points = opened.session.getData().history.runningRequests ?? [];
    expect(points).toHaveLength(61);
    expect(points.at(-1)?.atMs).toBe(TEST_NOW_MS + 199_000);
  });

  test('requests the history again if that failed', async () => {
    const created = createWorld({
      history: {series: {kvUsageRatio: [{atMs: TEST_NOW_MS - 9_000, value: 0.2}]}},
      historyFailsTimes: 1,
    });
    const opened = open(created);
    created.snapshotStreams[0]?.send(snapshotAt(0));
    await settle();
    expect(opened.session.getData().history.kvUsageRatio).toHaveLength(1);
    created.runTimers();
    await settle();
    expect(opened.session.getData().history.kvUsageRatio).toHaveLength(2);
  });

  test('has all events of the engine of a day, also where other events are more than it keeps', async () => {
    const stateEvents = Array.from({length: 1_500}, (_, index) =>
      buildEvent({id: 10 * index, code: 'engine.starting'}),
    );
    const created = createWorld({stateEvents, eventsFailTimes: 1});
    const opened = open(created);
    created.snapshotStreams[0]?.send(snapshotAt(0));
    await settle();
    const publish = async (events: Event[]): Promise<void> => {
      created.eventStreams[0]?.send({schemaVersion: 1, events});
      await settle();
    };
    await publish([buildEvent({id: 14_990, code: 'engine.starting'}), buildEvent({id: 14_995, code: 'engine.ready'})]);
    expect(opened.session.getData().stateEvents, 'the first read failed').toBe(null);
    created.runTimers();
    await settle();
    expect(created.eventsAsked.at(-1)).toEqual({kind: 'state', sinceMs: TEST_NOW_MS - 86_400_000, limit: 2_000});
    for (let id = 30_000; id < 30_600; id += 1) await publish([buildEvent({id, code: 'finding.appeared'})]);
    await publish([buildEvent({id: 30_600, code: 'engine.failed'})]);
    const {events, stateEvents: kept} = opened.session.getData();
    expect([events?.length, events?.[0]?.id]).toEqual([500, 30_101]);
    expect(kept?.isCut).toBe(false);
    expect(kept?.events.length).toBe(1_502);
    expect(kept?.events.slice(-3).map(({id}) => id)).toEqual([14_990, 14_995, 30_600]);
  });

  test('keeps the last snapshot when the supervisor exits, with the time and the reason', async () => {
    const created = createWorld();
    const opened = open(created);
    created.snapshotStreams[0]?.send(snapshotAt(7));
    await settle();
    created.world.nowMs = TEST_NOW_MS + 9_000;
    created.snapshotStreams[0]?.end(gone);
    await settle();
    const {connection, snapshot} = opened.session.getData();
    expect(connection).toEqual({kind: 'lost', sinceMs: TEST_NOW_MS + 9_000, reason: 'nobody answers'});
    expect(snapshot?.sequence).toBe(7);
  });

  test('retries with growing pauses, is lost from the first one on, and recovers', async () => {
    const created = createWorld();
    const opened = open(created);
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 7; attempt += 1) {
      created.snapshotStreams[attempt]?.end(gone);
      await settle();
      pauses.push(...created.delays());
      created.world.nowMs += 1_000;
      created.runTimers();
      await settle();
    }
    expect(pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 4_000, 4_000]);
    expect(opened.session.getData().connection).toMatchObject({kind: 'lost', sinceMs: TEST_NOW_MS});
    created.snapshotStreams[7]?.send(snapshotAt(20));
    await settle();
    expect(opened.session.getData()).toMatchObject({connection: {kind: 'live'}, snapshot: {sequence: 20}});
    created.snapshotStreams[7]?.end(gone);
    await settle();
    expect(created.delays()).toEqual([250]);
  });

  test('notifies of log lines immediately, but at most ten times per second', async () => {
    const created = createWorld();
    const opened = open(created);
    created.snapshotStreams[0]?.send(snapshotAt(0));
    await settle();
    const before = opened.seen.length;
    for (let number = 1; number <= 50; number += 1) created.logStreams[0]?.send(logLines(number, number));
    await settle();
    expect(opened.seen.length).toBe(before + 1);
    const [delayMs, ...others] = created.delays();
    expect(others).toEqual([]);
    expect(delayMs).toBeGreaterThan(0);
    expect(delayMs).toBeLessThanOrEqual(100);
    created.runTimers();
    expect(opened.seen.length).toBe(before + 2);
    expect(opened.session.getData().log).toEqual(logLines(1, 50).lines);
  });

  test('keeps the newest 2,000 log lines', async () => {
    const created = createWorld();
    const opened = open(created);
    created.snapshotStreams[0]?.send(snapshotAt(0));
    await settle();
    for (let from = 1; from <= 9_500; from += 500) created.logStreams[0]?.send(logLines(from, from + 499));
    await settle();
    created.runTimers();
    expect(opened.session.getData().log).toEqual(logLines(7_501, 9_500).lines);
  });

  test('starts a new log for a new run', async () => {
    const created = createWorld();
    const opened = open(created);
    created.snapshotStreams[0]?.send(snapshotAt(0));
    await settle();
    created.logStreams[0]?.send(logLines(1, 3, 'run-1'));
    created.logStreams[0]?.send(logLines(1, 2, 'run-2'));
    await settle();
    created.runTimers();
    expect(opened.session.getData().log).toEqual(logLines(1, 2, 'run-2').lines);
  });

  test.each([
    ['adds only what is new of the tail', logLines(2, 6), logLines(1, 6).lines],
    ['takes the tail as it is when the numbers began again', logLines(1, 2), logLines(1, 2).lines],
    ['takes the tail as it is when it is another run', logLines(7, 9, 'run-2'), logLines(7, 9).lines],
  ])('after a reconnection %s', async (_, tail, expected) => {
    const created = createWorld();
    const opened = open(created);
    created.snapshotStreams[0]?.send(snapshotAt(0));
    await settle();
    created.logStreams[0]?.send(logLines(1, 4));
    await settle();
    created.runTimers();
    created.snapshotStreams[0]?.end(gone);
    await settle();
    created.runTimers();
    await settle();
    created.snapshotStreams[1]?.send(snapshotAt(5));
    await settle();
    created.logStreams[1]?.send(tail);
    await settle();
    created.runTimers();
    expect(opened.session.getData().log).toEqual(expected);
  });

  test('returns the reply to a command, and a refusal if there is no answer', async () => {
    const created = createWorld();
    const opened = open(created);
    expect(await opened.session.send({type: 'stop'})).toEqual({accepted: true, message: 'stop begun'});
    expect(await opened.session.send({type: 'shutdown'})).toEqual({accepted: false, error: gone});
  });

  test('ends its streams and timers when it is closed, and reports nothing more', async () => {
    const created = createWorld();
    const opened = open(created);
    created.snapshotStreams[0]?.send(snapshotAt(0));
    created.logStreams[0]?.send(logLines(1, 1));
    await settle();
    created.logStreams[0]?.send(logLines(2, 2));
    await settle();
    opened.session.close();
    const heard = opened.seen.length;
    created.snapshotStreams[0]?.send(snapshotAt(1));
    await settle();
    expect(opened.seen.length).toBe(heard);
    expect(created.delays()).toEqual([]);
    expect(created.snapshotStreams).toHaveLength(1);
  });

  test('does not call a listener that has unsubscribed', async () => {
    const created = createWorld();
    const opened = open(created);
    const listener = vi.fn();
    opened.session.subscribe(listener)();
    created.snapshotStreams[0]?.send(snapshotAt(0));
    await settle();
    expect(listener).not.toHaveBeenCalled();
  });
});
