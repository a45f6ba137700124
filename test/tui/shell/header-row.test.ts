import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {ConsoleData} from '../../../src/client/console-data.ts';
import {rowWidth} from '../../../src/tui/painting/paint-row.ts';
import {headerRow} from '../../../src/tui/shell/header-row.ts';
import {themeOf} from '../../../src/tui/theme/theme.ts';
import {unicodeGlyphs} from '../../../src/views/glyphs.ts';
import type {Row, Tone} from '../../../src/views/rows.ts';
import {buildConsoleData, buildFinding, buildGpu, buildSnapshot, TEST_NOW_MS} from '../../support/build-snapshot.ts';
import {startingNode, stoppedNode} from '../../support/engine-states.ts';

const pen = {theme: themeOf('dark', 'none'), glyphs: unicodeGlyphs};
const snapshot = buildSnapshot({simulated: true, findings: [buildFinding({severity: 'critical'})]});

test('the header never uses more than its line, and the most important parts stay longest', () => {
  const data = buildConsoleData({snapshot});
  fc.assert(
    fc.property(fc.integer({min: 20, max: 250}), (columns) => {
      const row = headerRow(data, TEST_NOW_MS, {columns, findings: 'count', linkDelayMs: 0}, pen);
      expect(rowWidth(row, pen)).toBeLessThanOrEqual(columns);
      expect(textOf(row)).toContain('SIMULATED');
    }),
  );
  expect(textOf(headerRow(data, TEST_NOW_MS, {columns: 30, findings: 'count', linkDelayMs: 0}, pen))).toContain(
    'ready',
  );
  expect(textOf(headerRow(data, TEST_NOW_MS, {columns: 45, findings: 'count', linkDelayMs: 0}, pen))).toContain(
    '1 critical',
  );
  expect(textOf(headerRow(data, TEST_NOW_MS, {columns: 110, findings: 'count', linkDelayMs: 0}, pen))).toContain(
    'h200-node-1',
  );
});

test('a recording has the day of its moment, also of one that no calendar has', () => {
  const at = (takenAtMs: number): string => {
    const connection = {
      kind: 'replay',
      atMs: takenAtMs,
      firstMs: takenAtMs,
      lastMs: takenAtMs,
      isPlaying: false,
    } as const;
    const data = buildConsoleData({snapshot: buildSnapshot({takenAtMs}), connection});
    return textOf(headerRow(data, takenAtMs, {columns: 140, findings: 'count', linkDelayMs: 0}, pen)).trim();
  };
  expect(at(Date.UTC(2026, 0, 9, 4, 5, 6))).toMatch(/REPLAY 0s of 0s.* 2026-01-09 · 04:05:06 UTC$/);
  expect(at(9e15)).toMatch(/ \?{4}-\?\?-\?\? · \?\?:\?\?:\?\? UTC$/);
});

test('the message of the first cause is cut before the node loses its name', () => {
  const message = 'GPU 3 (00000000:5D:00.0): GPU is lost.';
  const lost = buildSnapshot({simulated: true, findings: [buildFinding({severity: 'critical', message})]});
  const at = (columns: number, seen = lost): string =>
    textOf(
      headerRow(buildConsoleData({snapshot: seen}), TEST_NOW_MS, {columns, findings: 'message', linkDelayMs: 0}, pen),
    );
  for (let columns = 20; columns <= 250; columns += 1) {
    expect(rowWidth([{text: at(columns), tone: 'normal'}], pen)).toBeLessThanOrEqual(columns);
  }
  expect(at(250)).toContain(message);
  expect(at(84)).toContain(`h200-node-1 · ● vLLM ready · ◆ 1 critical · GPU 3: GPU is lost.`);
  for (let columns = 60; columns <= 250; columns += 1) expect(at(columns)).toMatch(/h200-node-1 · .* vLLM ready/);
  expect(at(45)).toContain('1 critical');
  expect(at(250, buildSnapshot({findings: []}))).not.toContain('GPU is lost');
  // One that fits in no way leaves the node its name.
  const long = `Memory in use by the engine on 8 GPUs grows by 59.9 GiB per hour${'; GPU 0 is full in 3 min'.repeat(9)}.`;
  const grown = buildSnapshot({simulated: true, findings: [buildFinding({severity: 'critical', message: long})]});
  expect(at(120, grown)).toMatch(
    / SIMULATED {2}· h200-node-1 · .* · Memory in use by the engine on 8 GPUs grows by 59.9 GiB/,
  );
  expect(at(80, grown)).toMatch(/h200-node-1 · ● vLLM ready · ◆ 1 critical · Memory in use/);
});

test('a lost connection stays even if the node and the engine no longer fit', () => {
  const data = buildConsoleData({
    snapshot,
    connection: {kind: 'lost', sinceMs: TEST_NOW_MS - 300_000, reason: 'connect ECONNREFUSED'},
  });
  const text = textOf(headerRow(data, TEST_NOW_MS, {columns: 36, findings: 'count', linkDelayMs: 0}, pen));
  expect(text).toContain('CONNECTION LOST 5m');
  expect(text).toContain('SIMULATED');
});

test('a lost GPU is not counted as one of those that can be used', () => {
  const gpus = Array.from({length: 8}, (_, index) => buildGpu(index, index === 3 ? {fault: 'GPU is lost'} : {}));
  const at = (seen = buildSnapshot({gpus})) =>
    textOf(
      headerRow(
        buildConsoleData({snapshot: seen}),
        TEST_NOW_MS,
        {columns: 200, findings: 'count', linkDelayMs: 0},
        pen,
      ),
    );
  expect(at()).toContain('7 of 8× NVIDIA H200');
  expect(at(buildSnapshot({gpus: []}))).toContain('· 8× NVIDIA H200');
  expect(at(buildSnapshot())).toContain('· 8× NVIDIA H200');
});

function textOf(row: Row): string {
  return row.map(({text}) => text).join('');
}

describe('the whole line turns with the state', () => {
  const ready = buildSnapshot().engine;
  const tonesOf = (data: ConsoleData): readonly Tone[] => {
    const options = {columns: 120, findings: 'count', linkDelayMs: 0} as const;
    const row = headerRow(data, TEST_NOW_MS, options, pen);
    expect(rowWidth(row, pen)).toBe(120);
    return [...new Set(row.map(({tone}) => tone))];
  };
  const withEngine = (change: Partial<typeof ready>): ConsoleData =>
    buildConsoleData({snapshot: buildSnapshot({engine: {...ready, ...change}})});

  test.each(['failed', 'backing-off'] as const)('%s is an alarm', (state) => {
    expect(tonesOf(withEngine({state}))).toEqual(['alarm']);
  });

  test('degraded, not answering and a lost supervisor are a caution', () => {
    expect(tonesOf(withEngine({state: 'degraded'}))).toEqual(['caution']);
    expect(tonesOf(withEngine({unansweredMs: 12_000}))).toEqual(['caution']);
    const connection = {kind: 'lost', sinceMs: TEST_NOW_MS - 5_000, reason: 'ECONNREFUSED'} as const;
    expect(tonesOf(buildConsoleData({connection}))).toEqual(['caution']);
  });

  test('a failure comes before a lost supervisor, and SIMULATED keeps its own look', () => {
    const connection = {kind: 'lost', sinceMs: TEST_NOW_MS - 5_000, reason: 'ECONNREFUSED'} as const;
    expect(tonesOf({...withEngine({state: 'failed'}), connection})).toEqual(['alarm']);
    const simulated = buildSnapshot({simulated: true, engine: {...ready, state: 'failed'}});
    expect(tonesOf(buildConsoleData({snapshot: simulated}))).toEqual(['alarm', 'simulated']);
  });

  test.each(['ready', 'starting', 'draining', 'stopped'] as const)('%s is calm', (state) => {
    const tones = tonesOf(withEngine({state}));
    expect(tones).not.toContain('alarm');
    expect(tones).not.toContain('caution');
  });
});

test('away from the Overview the header has context, time and money, where there is room for them', () => {
  const at = (data: ConsoleData, findings: 'count' | 'message', columns = 160): string =>
    textOf(headerRow(data, TEST_NOW_MS, {columns, findings, linkDelayMs: 0}, pen));
  const facts = ' · context 262,144 · up 2h 00m · saves $26.51/h';
  expect(at(buildConsoleData(), 'message')).toContain(facts);
  expect(at(buildConsoleData(), 'count'), 'the Overview has them in its panels').not.toContain('saves');
  expect(at(buildConsoleData(), 'message', 108), 'the money stays longest').toMatch(
    / · saves \$26\.51\/h \(1h\) +12:00:00 UTC$/,
  );
  expect(at(stoppedNode(), 'message')).toContain(' · context 262,144 · down 47m 00s, $15.67');
  expect(at(startingNode(), 'message'), 'a start works on it').toMatch(/ node \$20\.00\/h /);
  const options = {columns: 160, findings: 'message', hasMoney: false, linkDelayMs: 0} as const;
  expect(textOf(headerRow(stoppedNode(), TEST_NOW_MS, options, pen)), 'its panels have it').not.toContain('$');
  const lost = {kind: 'lost', sinceMs: TEST_NOW_MS, reason: 'the supervisor does not answer'} as const;
  expect(at({...buildConsoleData(), connection: lost}, 'message'), 'no time is counted').not.toMatch(/ up |saves/);
});
