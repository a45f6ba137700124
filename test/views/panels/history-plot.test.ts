import {describe, expect, test} from 'vitest';
import type {PanelKind} from '../../../src/layout/panel-kinds.ts';
import {absent} from '../../../src/samples/reading.ts';
import {buildEvent} from '../../support/build-event.ts';
import {buildConsoleData, buildSnapshot, TEST_NOW_MS} from '../../support/build-snapshot.ts';
import {pictureOf, viewOf} from '../draw.ts';

const data = buildConsoleData();

describe('a panel with room for a plot', () => {
  test('has its figures first, then the plot with extremes in the title or in a legend', () => {
    expect(pictureOf('throughput', data, {columns: 56, rows: 6})).toMatchInlineSnapshot(`
      "
      [Throughput | out min 1,200 tok/s, max 2,598 tok/s]
      out 1,900 tok/s · in 14,000 tok/s · cached 10,500 tok/s
      running 46 · waiting 3 · requests 2.4/s
         3k┤           ⣀⣀⣠⣤⣤⣴⣤⣤⣤⣀⣀⡀             ⣀⢀⣤⣄⣤⣤⣤⣤⣄⣤⣄⢀⣀
           │⣦⣴⣦⣤⣶⣤⣶⣶⣾⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣷⣴⣶⣤⣤⣤⣤⣶⣤⣶⣶⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⡇
           │⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⡇
          0┴┬ -15m ──────────┬ -10m ─────────┬ -5m ───────────
      "
    `);
    expect(pictureOf('throughput', data, {columns: 76, rows: 10})).toMatchInlineSnapshot(`
      "
      [Throughput | last 10s]
      out 1,900 tok/s · in 14,000 tok/s · cached 10,500 tok/s
      running 46 · waiting 3 · requests 2.4/s · preemptions 0/s
      finished since start 17,032
      ⣿ out 1,900 tok/s  max 2,598 tok/s  min 1,200 tok/s
         3k┤                    ⢀⣀ ⢀⣀⡀ ⢀⡀                             ⣀⣀ ⣀⣀
           │             ⢀⣤⣀⣠⣾⣷⣶⣿⣿⣿⣿⣿⣿⣿⣿⣿⣦⣴⣶⣄ ⣀⡀               ⣠⣤⣤⣾⣿⣷⣾⣿⣿⣿⣿⣿⣿⣾⣿⣷⣤⣤⣤
           │⣿⣦⣀⣴⣦⣀⣠⣴⣤⣠⣾⣷⣶⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣦⣶⣶⣄⣠⣤⣤⣀⣴⣶⣤⣴⣿⣿⣾⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿
           │⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿
           │⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿
          0┴┬ -15m ────────────────┬ -10m ─────────────────┬ -5m ─────────────────
      "
    `);
    expect(pictureOf('kv-cache', data, {columns: 56, rows: 5})).toMatchInlineSnapshot(`
      "
      [KV cache | usage min 42 %, max 82 %]
      62 % · 493k / 795k tokens · prefix hits (1m) 75 %
      100 %┤           ⣀⣀⣠⣤⣀⣤⣄⣠⣄⣀⣀               ⢀⣀⣀⣠⣤⣠⣤⣄⣀⣀ ⡀
           │⣦⣴⣦⣤⣶⣤⣶⣶⣾⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣷⣶⣶⣤⣴⣤⣤⣶⣤⣶⣶⣾⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⡇
           │⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⡇
          0┴┬ -15m ──────────┬ -10m ─────────┬ -5m ───────────
      "
    `);
    expect(pictureOf('latency', data, {columns: 56, rows: 9})).toMatchInlineSnapshot(`
      "
      [Latency | last 1m, plot: first token p50]
                        p50      p95      p99    within target
      first token   ~820 ms  ~2.40 s  ~4.20 s     ~91 % in 2 s
      inter-token    ~22 ms   ~41 ms   ~71 ms
      end to end    ~15.8 s  ~52.0 s  ~88.0 s
      queue          ~12 ms  ~270 ms  ~900 ms
         2 s┤╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌
            │⡀     ⢀⣀⢀⣤⣄⣴⣶⣴⣶⣶⣿⣷⣶⣶⣤⣶⣄⣠⣀⢀⣀      ⣀⣀⣤⣤⣴⣶⣶⣾⣷⣾⣷⣶⣶⣦⣤⣤
            │⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿
           0┴┬ -15m ─────────┬ -10m ──────────┬ -5m ──────────
      "
    `);
    expect(pictureOf('cost', data, {columns: 64, rows: 13})).toMatchInlineSnapshot(`
      "
      [Worth it? | last 1h, list prices]
      saves $26.51/h · node $20.00/h · API $46.51/h
      break-even 6,837 tok/s ████████████████████████  233 % reached
      today: node $240.00 · API $251.16 · saved $11.16
      tokens: node $0.35/M · API $0.81/M · served 100 %
      mix: new 22 % · cached 66 % · out 12 %
      month: node $5,040.00 · API $5,832.14 · saved $792.14
      prices: Moonshot kimi-k2.7-code, 2026-11-01
      ⣿ API $46.51/h  max $61.47/h  min $31.52/h  ╌ node $20.00/h
         $80┤                   ⢀
            │⣀       ⣀⡀⣀⣤⣤⣴⣶⣶⣿⣿⣿⣿⣿⣾⣿⣷⣶⣶⣄⣠⣄⡀⢀⡀      ⢀⣀⣀⣤⣤⣤⣾⣷⣾⣿⣿⣿⣿⣷⣾⣿⣦⣴⣦
            │╌⣷╌╌⣶╌╌⣾╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌⣶╌⣷⣾╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌
            │⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿
           0┴┬ -15m ────────────┬ -10m ────────────┬ -5m ─────────────
      "
    `);
    expect(pictureOf('gpu-memory', data, {columns: 70, rows: 15})).toMatchInlineSnapshot(`
      "
      [GPU memory]
       0 ███████████████▓▓▓▓▓▓▓▓▓▓▓▒│░░ 130.0 / 140.4 GiB  90 %  61 C  520 W
       1 ███████████████▓▓▓▓▓▓▓▓▓▓▓▒│░░ 130.0 / 140.4 GiB  91 %  62 C  524 W
       2 ███████████████▓▓▓▓▓▓▓▓▓▓▓▒│░░ 130.0 / 140.4 GiB  92 %  63 C  528 W
       3 ███████████████▓▓▓▓▓▓▓▓▓▓▓▒│░░ 130.0 / 140.4 GiB  93 %  64 C  532 W
       4 ███████████████▓▓▓▓▓▓▓▓▓▓▓▒│░░ 130.0 / 140.4 GiB  94 %  65 C  536 W
       5 ███████████████▓▓▓▓▓▓▓▓▓▓▓▒│░░ 130.0 / 140.4 GiB  95 %  66 C  540 W
       6 ███████████████▓▓▓▓▓▓▓▓▓▓▓▒│░░ 130.0 / 140.4 GiB  96 %  67 C  544 W
       7 ███████████████▓▓▓▓▓▓▓▓▓▓▓▒│░░ 130.0 / 140.4 GiB  97 %  68 C  548 W
      █ weights  ▓ KV cache  ▒ overhead  ░ free  │ budget  vs. plan +0.5 GiB
      ⠤ in use 1,040.2 GiB  max 1,040.2 GiB  ╌ plan 1,036.2 GiB
      1,050 GiB┤
               │⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠄
               │╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌
               │
      1,025 GiB┴┬ -15m ─────────────┬ -10m ─────────────┬ -5m ──────────────
      "
    `);
  });

  test('has lines of steps where there is less', () => {
    for (const kind of ['throughput', 'kv-cache'] as const)
      expect(pictureOf(kind, data, {columns: 56, rows: 4}), kind).not.toContain('┴');
  });

  test.each<PanelKind>(['throughput', 'kv-cache', 'latency', 'cost', 'gpu-memory'])(
    '%s fills a whole screen with plots',
    (kind) => {
      const {rows} = viewOf(kind, data, {columns: 196, rows: 56});
      expect(rows).toHaveLength(56);
      expect(rows.filter((row) => row.every(({text}) => text.trim() === ''))).toEqual([]);
    },
  );

  test('shows tokens generated and read, and requests, below each other on a whole screen', () => {
    const picture = pictureOf('throughput', data, {columns: 116, rows: 36});
    expect(picture).toMatch(/out 1,900 tok\/s +max/);
    expect(picture).toMatch(/in 14,000 tok\/s +max/);
    expect(picture).toMatch(/running 46 .* waiting 3/);
  });
});

describe('what a plot adds to the history', () => {
  test('the target for the first token, if it is configured', () => {
    const untargeted = buildConsoleData({snapshot: buildSnapshot({latency: {timeToFirstToken: {target: null}}})});
    expect(pictureOf('latency', data, {columns: 96, rows: 16})).toContain('╌ target 2.00 s');
    expect(pictureOf('latency', untargeted, {columns: 96, rows: 16})).not.toContain('target');
  });

  test('the cost of the node, if it is known', () => {
    expect(pictureOf('cost', data, {columns: 96, rows: 14})).toContain('╌ node $20.00/h');
    const unset = buildConsoleData({snapshot: buildSnapshot({cost: {nodeUsdPerHour: absent('not set')}})});
    expect(pictureOf('cost', unset, {columns: 96, rows: 14})).not.toContain('╌');
  });

  test('starts and failures', () => {
    const events = [
      buildEvent({atMs: TEST_NOW_MS - 300_000, code: 'engine.failed'}),
      buildEvent({atMs: TEST_NOW_MS - 240_000, code: 'engine.spawned'}),
    ];
    const picture = pictureOf('kv-cache', {...data, events}, {columns: 96, rows: 14});
    expect(picture).toMatch(/↻ start {2}× failure/);
    expect(picture).toMatch(/100 %┤ +× +↻/);
  });
});

describe('the window of a plot', () => {
  const since = (seconds: number) =>
    buildConsoleData({
      history: {
        kvUsageRatio: Array.from({length: seconds}, (_, index) => ({
          atMs: TEST_NOW_MS - (seconds - 1 - index) * 1_000,
          value: 0.5,
        })),
      },
    });
  const axis = (seconds: number) => pictureOf('kv-cache', since(seconds), {columns: 56, rows: 6}).split('\n').at(-2);

  test('is a quarter of an hour, however much of it is known', () => {
    for (const seconds of [0, 10, 400, 2_000]) expect(axis(seconds), String(seconds)).toContain('-10m');
  });

  test('has the newest point, also if the clock of the supervisor is ahead', () => {
    const behind = viewOf('kv-cache', since(60), {columns: 56, rows: 6}, {nowMs: TEST_NOW_MS - 30_000});
    expect(behind).toEqual(viewOf('kv-cache', since(60), {columns: 56, rows: 6}));
  });
});

test('an engine that does not serve says why rather than what was', () => {
  const off = absent('the engine is not serving');
  const traffic = {generationTokensPerSecond: off, runningRequests: off};
  const stopped = buildConsoleData({snapshot: buildSnapshot({traffic})});
  for (const rows of [5, 8, 9, 14])
    expect(pictureOf('throughput', stopped, {columns: 76, rows})).toContain('the engine is not serving');
});
