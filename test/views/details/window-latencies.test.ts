import {describe, expect, test} from 'vitest';
import type {WindowRequests} from '../../../src/api/latency/latency-schemas.ts';
import {MS_PER_HOUR} from '../../../src/shared/units.ts';
import {requestSizesView} from '../../../src/views/details/request-sizes.ts';
import {windowLatenciesView} from '../../../src/views/details/window-latencies.ts';
import {asciiGlyphs, unicodeGlyphs} from '../../../src/views/glyphs.ts';
import {buildWindowRequests} from '../../support/build-history.ts';
import {buildConsoleData, TEST_NOW_MS} from '../../support/build-snapshot.ts';
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
const chosen = (given: WindowRequests) => ({lengthMs: DAY_MS, text: '24 h', figures: given});

describe('latencies of a window', () => {
  test('have quantiles, the share within each target, and the highest p99', () => {
    const {titleNote, rows} = windowLatenciesView(input, chosen(figures));
    const [heading, first, , , , prefill, , facts] = rows.map(textOf);
    expect(titleNote).toBe('last 24 h, of all requests');
    expect(heading).toMatch(/p50 +p95 +p99 +within target +highest p99/);
    expect(first).toMatch(/^first token +~820 ms +~2\.40 s +~4\.20 s +~91 % in 2 s +~8\.40 s/);
    expect(prefill).toMatch(/^prefill .*–/);
    expect(facts).toMatch(/^requests 417,600 · first token, highest p99 of 10s ~8\.40 s/);
  });

  test('keep the share where there is no room for its target', () => {
    const {rows} = windowLatenciesView({...input, columns: 58}, chosen(figures));
    const [heading, first] = rows.map(textOf);
    expect(heading).toMatch(/p99 +in target$/);
    expect(first).toMatch(/~91 %$/);
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
