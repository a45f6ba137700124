import {expect, test} from 'vitest';
import {type Snapshot, snapshotSchema} from '../../../src/api/snapshot.ts';
import type {ConsoleData} from '../../../src/client/console-data.ts';
import {type FigureName, figureNames} from '../../../src/layout/figure-names.ts';
import {absent} from '../../../src/samples/reading.ts';
import {tableKeys} from '../../../src/tui/keys/keymap.ts';
import {unicodeGlyphs} from '../../../src/views/glyphs.ts';
import type {PanelView} from '../../../src/views/rows.ts';
import type {ViewInput} from '../../../src/views/view-input.ts';
import {figureView} from '../../../src/views/wall/figure-view.ts';
import {
  buildConsoleData,
  buildFinding,
  buildSnapshot,
  type DeepPartial,
  TEST_NOW_MS,
} from '../../support/build-snapshot.ts';
import {degradedNode, failedNode, stoppedNode} from '../../support/engine-states.ts';
import {textOf} from '../draw.ts';

function figure(of: FigureName, data: ConsoleData, more: Partial<ViewInput> = {}): PanelView {
  const space = {columns: 60, rows: 12, glyphs: unicodeGlyphs, nowMs: TEST_NOW_MS, keyOf: tableKeys.shown};
  return figureView({data, ...space, options: {of}, ...more});
}

function at(change: DeepPartial<Snapshot>): ConsoleData {
  return buildConsoleData({snapshot: buildSnapshot(change)});
}

const text = ({rows}: PanelView): string => rows.map(textOf).join('\n');

test('each figure has the age of the source that it is from', () => {
  const {sources} = buildSnapshot();
  const old = {state: 'stale', ageMs: 42_000, detail: null} as const;
  const oldMetrics = at({sources: {...sources, metrics: {...sources.metrics, ...old}}});
  const oldGpus = at({sources: {...sources, gpus: {...sources.gpus, ...old}}});
  const notes = (data: ConsoleData): Record<string, string> =>
    Object.fromEntries(figureNames.map((of) => [of, figure(of, data).titleNote]));
  const [of, stale] = [notes(oldMetrics), 'stale 42s'];
  expect(of).toEqual({
    ...{state: '', memory: ''},
    ...{output: stale, 'kv-cache': stale, running: stale, 'first-token': stale, savings: stale},
  });
  expect(notes(oldGpus)).toMatchObject({state: '', memory: stale, output: ''});
});

test('with the connection lost the engine is not called serving, and no time is counted', () => {
  const sinceMs = TEST_NOW_MS - 90_000;
  const data = {...buildConsoleData(), connection: {kind: 'lost', sinceMs, reason: 'no answer'} as const};
  const view = figure('state', data, {isText: true});
  expect(view).toMatchObject({tone: 'warning', titleNote: 'connection lost 1m 30s ago'});
  expect(text(view)).toMatch(/^LOST\nlast known: ready/);
  expect(text(view)).not.toContain('up ');
});

test('as a text, a figure is its value in the ordinary form and what belongs to it', () => {
  const all = (of: FigureName): string => text(figure(of, buildConsoleData(), {rows: 500, isText: true}));
  expect(all('first-token')).toBe('~2.40 s\ntarget 2s');
  expect(all('savings')).toBe('$26.51/h\nnode $20.00/h \u00b7 API $46.51/h (1h)');
  expect(all('output')).toMatch(/^1,900 tok\/s\nin /);
});

test('an estimate has its sign before the unit, and has large digits in 36 columns', () => {
  const rows = figure('first-token', buildConsoleData(), {columns: 36, rows: 12}).rows.map(textOf);
  expect(rows[0]).toMatch(/\u2588/);
  expect(rows[4]).toMatch(/ ~s$/);
});

test('a value warns where a finding does', () => {
  const slow = buildFinding({code: 'engine.first-token-slow'});
  expect(figure('first-token', at({findings: []})).tone).toBe('normal');
  expect(figure('first-token', at({findings: [slow]})).tone).toBe('warning');
  expect(figure('kv-cache', at({kvCache: {usageRatio: 0.97}, findings: []})).tone).toBe('normal');
});

test('the fullest GPU is not that with a fault', () => {
  const {gpus} = buildSnapshot();
  const faulty = gpus.map((gpu) => (gpu.index === 0 ? {...gpu, fault: 'GPU is lost'} : gpu));
  expect(figure('memory', at({gpus: faulty})).tone).toBe('normal');
  const unread = gpus.map((gpu) => ({...gpu, memoryUsedBytes: absent('not read')}));
  expect(text(figure('memory', at({gpus: unread})))).toContain('no GPU read yet');
});

test('a figure without a kept point has digits in all of its rows, and no empty plot', () => {
  const space = {columns: 90, rows: 17};
  const plotted = figure('memory', buildConsoleData(), space);
  const empty = figure('memory', {...buildConsoleData(), gpuRanges: {}}, space);
  expect(text(plotted)).toContain('┤');
  expect(text(empty)).not.toMatch(/┤|no data|fullest/);
  const digits = ({rows}: PanelView): number => rows.filter((row) => textOf(row).includes('██')).length;
  expect(digits(empty)).toBeGreaterThan(digits(plotted));
});

test('the state is not repeated below its large word, and what is more than the word is', () => {
  const details = (data: ConsoleData): string => textOf(figure('state', data).rows.at(-1) ?? []).trim();
  expect(details(stoppedNode())).toBe('kimi-k2.7-code · on request · for 47m 00s');
  expect(details(failedNode())).toBe('kimi-k2.7-code · for 3m 20s');
  expect(details(buildConsoleData())).toBe('kimi-k2.7-code · up 2h 00m');
  expect(details(degradedNode())).toBe('not generating · kimi-k2.7-code');
  const since = {...degradedNode()};
  const engine = {...since.snapshot?.engine, stateSinceMs: TEST_NOW_MS - 95_000};
  const known = {...since, snapshot: snapshotSchema.parse({...since.snapshot, engine})};
  expect(details(known)).toBe('not generating · kimi-k2.7-code · for 1m 35s');
});
