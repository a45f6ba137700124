import {describe, expect, test} from 'vitest';
import type {LatencyView, WindowRequests} from '../../../src/api/latency/latency-schemas.ts';
import {NO_REQUESTS, NOT_SERVING} from '../../../src/domain/traffic/unmeasured.ts';
import {absent} from '../../../src/samples/reading.ts';
import {MS_PER_HOUR} from '../../../src/shared/units.ts';
import {requestSizesView} from '../../../src/views/details/request-sizes.ts';
import {windowLatenciesView} from '../../../src/views/details/window-latencies.ts';
import {asciiGlyphs, unicodeGlyphs} from '../../../src/views/glyphs.ts';
import {buildWindowRequests} from '../../support/build-history.ts';
import {buildConsoleData, buildSnapshot, TEST_NOW_MS} from '../../support/build-snapshot.ts';
import {textOf} from '../draw.ts';

const DAY_MS = 24 * MS_PER_HOUR;
const figures = buildWindowRequests(DAY_MS, TEST_NOW_MS - DAY_MS);
const input = {
  data: buildConsoleData(),
  nowMs: TEST_NOW_MS,
  glyphs: unicodeGlyphs,
  columns: 90,
  rows: 8,
  keyOf: null,
  options: {},
};
const noHighest = {timeToFirstToken: null, interToken: null, endToEnd: null, queue: null, prefill: null, decode: null};
const chosen = (given: WindowRequests) => ({lengthMs: DAY_MS, text: '24 h', figures: given, gaps: []});

describe('latencies of a window', () => {
  test('have quantiles, the share within each target, and the highest p99', () => {
    const {titleNote, rows} = windowLatenciesView(input, chosen(figures));
    const [heading, first, , , , prefill, , facts] = rows.map(textOf);
    expect(titleNote).toBe('last 24 h, of all requests');
    expect(heading).toMatch(/p50 +p95 +p99 +within target +highest p99/);
    expect(first).toMatch(/^first token +~820 ms +~2\.40 s +~4\.20 s +~91 % in 2 s +~8\.40 s/);
    expect(prefill).toMatch(/^prefill .*–/);
    expect(facts).toMatch(/^requests 417,600 · highest p99 over 5m · of first tokens at \d{4}-/);
    expect(
      rows
        .map(textOf)
        .join('\n')
        .match(/8\.40 s/g),
    ).toHaveLength(2);
  });

  test('say which requests they do not have, rather than the last part of a request', () => {
    const gap = {
      fromMs: TEST_NOW_MS - DAY_MS - MS_PER_HOUR,
      toMs: TEST_NOW_MS - DAY_MS / 2,
      requests: 40,
      isInWindow: false,
    };
    const of = (columns: number, isInWindow: boolean): string[] =>
      windowLatenciesView({...input, columns}, {...chosen(figures), gaps: [{...gap, isInWindow}]}).rows.map(textOf);
    const wide = of(100, false);
    expect(wide).toHaveLength(8);
    expect(wide.slice(5)).toEqual([
      expect.stringMatching(/^prefill/),
      expect.stringMatching(/^requests 417,600/),
      expect.stringMatching(/^40 requests between .* UTC while nothing watched: not in this window$/),
    ]);
    expect(of(58, false).at(-1)).toBe('not in window: 40 requests while nothing watched');
    expect(of(100, true).slice(5)).toEqual([
      expect.stringMatching(/^prefill/),
      expect.stringMatching(/^decode/),
      expect.stringMatching(/^requests 417,600/),
    ]);
  });

  test('keep the share where there is no room for its target', () => {
    const {rows} = windowLatenciesView({...input, columns: 58}, chosen(figures));
    const [heading, first] = rows.map(textOf);
    expect(heading).toMatch(/p99 +in target$/);
    expect(first).toMatch(/~91 %$/);
    expect(textOf(rows[7] ?? [])).toBe('requests 417,600 · highest first token p99 ~8.40 s');
  });

  test('say why the engine does not report one, also before the first request', () => {
    const none = absent(NO_REQUESTS);
    const unmeasured = (of: LatencyView) => ({...of, count: 0, meanMs: none, p50Ms: none, p95Ms: none, p99Ms: none});
    const {windowMs, ...of} = figures.latency;
    const empty = {
      timeToFirstToken: unmeasured(of.timeToFirstToken),
      interToken: unmeasured(of.interToken),
      endToEnd: unmeasured(of.endToEnd),
      queue: unmeasured(of.queue),
      prefill: unmeasured(of.prefill),
      decode: unmeasured(of.decode),
    };
    const queue = {...empty.queue, p50Ms: absent('the engine does not report how long requests wait')};
    const data = buildConsoleData({snapshot: buildSnapshot({latency: {...empty, queue}})});
    const drawn = (given: WindowRequests['latency']) =>
      windowLatenciesView({...input, data}, chosen({...figures, latency: given, highest: noHighest})).rows.map(textOf);
    const waiting = drawn({windowMs, ...empty});
    expect(waiting[4]).toBe('queue        – the engine does not report how long requests wait');
    expect(waiting[3]).toMatch(/^end to end +– +– +–/);
    expect(waiting[7]).toBe(`requests 0 · ${NO_REQUESTS}`);
    const served = drawn({...figures.latency, queue: empty.queue});
    expect(served[4]).toBe('queue        – the engine does not report how long requests wait');
    expect(served.join('\n')).not.toContain(NO_REQUESTS);
  });

  test('have no reason of the last minute for a longer time', () => {
    const none = absent(NO_REQUESTS);
    const {windowMs, ...of} = figures.latency;
    const timeToFirstToken = {...of.timeToFirstToken, p50Ms: none, p95Ms: none, p99Ms: none};
    const live = {...timeToFirstToken, p50Ms: absent(NOT_SERVING)};
    const data = buildConsoleData({snapshot: buildSnapshot({latency: {windowMs, ...of, timeToFirstToken: live}})});
    const given = chosen({...figures, latency: {windowMs, ...of, timeToFirstToken}, highest: noHighest});
    const drawn = windowLatenciesView({...input, data}, given)
      .rows.map(textOf)
      .join('\n');
    expect(drawn).toContain(NO_REQUESTS);
    expect(drawn).not.toContain(NOT_SERVING);
  });

  test('say of how many requests the times of clients are known', () => {
    const latency = {...figures.latency, decode: {...figures.latency.decode, count: 500_000}};
    const {rows} = windowLatenciesView(input, chosen({...figures, latency}));
    expect(textOf(rows[7] ?? [])).toMatch(/^requests 500,000 · first token and end to end of 417,600 ·/);
  });

  test('say since when histograms are kept', () => {
    const since = {...figures, latency: {...figures.latency, windowMs: 3 * MS_PER_HOUR}};
    expect(windowLatenciesView(input, chosen(since)).titleNote).toMatch(/^last 3h.* of 24 h/);
  });
});

describe('sizes of the requests of a window', () => {
  const drawn = (glyphs: typeof unicodeGlyphs, given = figures) =>
    requestSizesView({...input, glyphs, requests: chosen(given)}).rows.map(textOf);

  test('have what a smaller context refuses of them, and the longest against the context', () => {
    const [, , , refused, longest] = drawn(unicodeGlyphs);
    expect(refused).toMatch(/^too long for +32K ~12 % +64K ~3 % +128K 0 %/);
    expect(longest).toMatch(/^longest prompt ≤ 100k tok \(≤ 38 % of context\) · answer ≤ 10k tok · 12,345 prompts$/);
  });

  test('have only a lower bound where the last bucket has no end, and ASCII where there is no other', () => {
    const contexts = figures.contexts;
    if ('absent' in contexts) throw new Error('no contexts');
    const open = {...figures, contexts: {...contexts, longest: {aboveTokens: 50_000, atMostTokens: null}}};
    expect(drawn(unicodeGlyphs, open)[4]).toMatch(/^longest prompt > 50k tok · answer/);
    expect(drawn(asciiGlyphs)[4]).toMatch(/^longest prompt <= 100k tok/);
  });
});
