import {describe, expect, test} from 'vitest';
import type {Snapshot} from '../../../src/api/snapshot.ts';
import type {ConsoleData} from '../../../src/client/console-data.ts';
import {type PanelKind, panelKinds} from '../../../src/layout/panel-kinds.ts';
import {absent} from '../../../src/samples/reading.ts';
import {buildConsoleData, buildSnapshot, TEST_NOW_MS} from '../../support/build-snapshot.ts';
import {viewOf} from '../draw.ts';

const size = {columns: 40, rows: 4};
const status = (state: Snapshot['sources']['gpus']['state'], ageMs: Snapshot['sources']['gpus']['ageMs']) => ({
  state,
  ageMs,
  detail: null,
});

describe('the age of what is shown', () => {
  test('is not shown while it is fresh', () => {
    expect(viewOf('gpu-memory', buildConsoleData(), size).titleNote).toBe('');
  });

  test('is in every panel after the connection was lost', () => {
    const lost: ConsoleData = buildConsoleData({
      connection: {kind: 'lost', sinceMs: TEST_NOW_MS - 14_000, reason: 'the socket is gone'},
    });
    for (const kind of panelKinds)
      expect(viewOf(kind, lost, size).titleNote, kind).toMatch(/(?:^|, )connection lost 14s ago$/);
  });

  test('is in every panel when snapshots stop', () => {
    for (const kind of panelKinds) {
      const {titleNote} = viewOf(kind, buildConsoleData(), size, {nowMs: TEST_NOW_MS + 20_000});
      expect(titleNote, kind).toMatch(/(?:^|, )stale 20s$/);
    }
  });

  test('is that of the source of a panel', () => {
    const data = buildConsoleData({
      snapshot: buildSnapshot({
        sources: {gpus: status('stale', 9_000), metrics: status('failed', absent('not read yet'))},
      }),
    });
    expect(viewOf('gpu-memory', data, size).titleNote).toBe('stale 9s');
    expect(viewOf('kv-cache', data, size).titleNote).toBe('failed');
    expect(viewOf('vram-budget', data, size).titleNote).toBe('estimated');
  });

  test('stands after the length of a window, and alone where there is no room for both', () => {
    const data = buildConsoleData({snapshot: buildSnapshot({sources: {metrics: status('stale', 40_000)}})});
    const notes = (kind: PanelKind, columns: number): string => viewOf(kind, data, {columns, rows: 10}).titleNote;
    expect(notes('latency', 60)).toMatch(/^last 1m, .*stale 40s$/);
    expect(notes('request-sizes', 60)).toBe('last 1m, stale 40s');
    expect(notes('cost', 60)).toBe('last 1h, list prices, stale 40s');
    expect(notes('throughput', 100)).toMatch(/^last 10s, .*stale 40s$/);
    expect(notes('latency', 26)).toBe('stale 40s');
  });

  test('is its age when the snapshot was taken plus the age of the snapshot', () => {
    const data = buildConsoleData({snapshot: buildSnapshot({sources: {gpus: status('stale', 9_000)}})});
    expect(viewOf('gpu-memory', data, size, {nowMs: TEST_NOW_MS + 3_000}).titleNote).toBe('stale 12s');
    expect(viewOf('gpu-memory', data, size, {nowMs: TEST_NOW_MS + 4_000}).titleNote).toBe('stale 13s');
    expect(viewOf('gpu-memory', data, size, {nowMs: TEST_NOW_MS + 4_001}).titleNote).toBe('stale 4s');
    expect(viewOf('gpu-memory', data, size, {nowMs: TEST_NOW_MS - 3_000}).titleNote, 'a clock behind').toBe('stale 9s');
  });

  test('is shown for a source that never gave a sample', () => {
    const sources = {gpus: status('waiting', absent('no sample yet')), metrics: status('ok', 90_000)};
    const data = buildConsoleData({snapshot: buildSnapshot({sources})});
    expect(viewOf('gpu-memory', data, size).titleNote).toBe('waiting for the first sample');
    expect(viewOf('throughput', data, size).titleNote, 'one that is fine').toBe('last 10s, graph 14m 59s');
  });

  test('is not a warning while a source is off intentionally', () => {
    const data = buildConsoleData({snapshot: buildSnapshot({sources: {metrics: status('off', 90_000)}})});
    expect(viewOf('cost', data, size).titleNote).toMatch(/list prices$/);
  });

  test('is shown before the first data too', () => {
    const nothing = buildConsoleData({snapshot: null, history: {}, log: [], connection: {kind: 'connecting'}});
    expect(viewOf('throughput', nothing, size).titleNote).toBe('no data yet');
  });
});
