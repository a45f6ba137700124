import {afterEach, expect, test} from 'vitest';
import type {PanelNode} from '../../../../src/layout/layout-schema.ts';
import {layoutsWith} from '../../../../src/layout/load-layout.ts';
import {MS_PER_HOUR} from '../../../../src/shared/units.ts';
import {windowData, windowQuestion} from '../../../../src/tui/screens/panels/chosen-window.ts';
import {initialFocus} from '../../../../src/tui/screens/panels/panel-focus.ts';
import {panelViews} from '../../../../src/views/panels/panel-views.ts';
import {buildConsoleData} from '../../../support/build-snapshot.ts';
import {screenContext} from '../../../support/console-screens.ts';
import {failedNode, startingNode} from '../../../support/engine-states.ts';
import {type OpenedConsole, openConsole} from '../../../support/open-console.tsx';

const layoutOf = layoutsWith(new Map());

let opened: OpenedConsole | null = null;
afterEach(async () => {
  await opened?.close();
  opened = null;
});

async function open(data = buildConsoleData({events: []})): Promise<OpenedConsole> {
  opened = await openConsole({size: {columns: 120, rows: 40}, data, panelViews});
  return opened;
}

test('figures are those of all requests in the time; plots of a longer one are asked for', async () => {
  const console = await open();
  await console.press('4').panel('Latency').shows('last 15 min, of all requests');
  await console.panel('Latency').row('highest first token p99 ~8.40 s');
  await console.panel('Requests').row('longest prompt ≤ 100k tok');
  await console.press('+').panel('First token').shows('last 5 min');
  await console.panel('Latency').shows('last 5 min, of all requests');
  expect(console.session.historyAsked.map(({series}) => series.length)).toEqual([0, 0]);
  await console.press('-', '-').panel('Latency').shows('last 1 h, of all requests');
  await console.panel('Queue').shows('of all requests, last 1 h');
  const asked = console.session.historyAsked.at(-1);
  expect(asked).toMatchObject({gpuSeries: [], windowMs: MS_PER_HOUR, requests: true});
  expect(asked?.series).toEqual(expect.arrayContaining(['queueP99Ms', 'firstTokenWithinRatio']));
});

test('a history that cannot be read says so in place of the table', async () => {
  const console = await open();
  console.session.failHistory({code: 'history.damaged', message: 'The history is damaged.', remedy: 'Restart it.'});
  await console.press('4', '-').panel('Latency').row('The history is damaged. Restart it.');
});

test('at its ends the window stays, and says why', async () => {
  const console = await open();
  await console.press('4', '+', '+').notice().shows('this is the shortest window');
  const longer = Array.from({length: 7}, () => '-' as const);
  await console
    .press(...longer)
    .notice()
    .shows('this is the longest window');
});

test('the time with which a screen opens, and one that was chosen, stay whatever the engine does', async () => {
  const opened = await open(startingNode());
  await opened.press('4').panel('Latency').shows('last 24 h');
  opened.session.setData(buildConsoleData({events: []}));
  await opened.panel('Queue').shows('last 24 h');
  await opened.panel('Latency').shows('last 24 h');
  await opened.close();
  const console = await open(startingNode());
  await console.press('4', '+').panel('Latency').shows('last 6 h');
  console.session.setData(buildConsoleData({events: []}));
  await console.panel('Queue').shows('of all requests, last 6 h');
  await console.close();
  const serving = await open();
  await serving.press('4').panel('Latency').shows('last 15 min');
  serving.session.setData(failedNode());
  await serving.panel('Latency').shows('last 15 min');
});

test('the answer for one time does not stand under the title of another', () => {
  const context = screenContext(buildConsoleData(), {columns: 120, rows: 40});
  const layout = layoutOf('latency');
  const [day, week] = [4, 5].map((window) => ({...initialFocus, window}));
  const question = day === undefined ? null : windowQuestion(day, layout);
  if (day === undefined || week === undefined || question === null) throw new Error('no such window');
  const answer = {kind: 'loaded', question: question.window, history: {series: {}}} as const;
  const answered = {...context, history: {...context.history, window: answer}};
  expect(windowData(day, layout, answered).window?.problem).toBeNull();
  expect(windowData(week, layout, answered).window?.problem).toBe('reading the history');
  expect(windowData(day, layoutOf('cost'), answered).window?.problem).toBe('reading the history');
});

test('what a zoomed panel has below it is asked for too', () => {
  const asked = windowQuestion({...initialFocus, window: 4}, layoutOf('latency'))?.window.series;
  expect(asked).toEqual(expect.arrayContaining(['promptTokensPerSecond', 'generationTokensPerSecond']));
});

test('the series of every plot of the layout are asked for, in each of its sizes', () => {
  const common = {kind: 'panel', extent: {}, dropOrder: 0, options: {}} as const;
  const panels: readonly PanelNode[] = [
    {...common, id: 'power', panel: 'chart', options: {of: 'gpu-power'}},
    {...common, id: 'tokens', panel: 'chart', options: {of: 'tokens'}},
    {...common, id: 'kv', panel: 'kv-cache'},
    {...common, id: 'log', panel: 'log'},
  ];
  const variants = panels.map((panel) => ({minColumns: 0, minRows: 0, root: panel}));
  const layout = {...layoutOf('latency'), variants};
  const day = {...initialFocus, window: 4};
  const question = windowQuestion(day, layout)?.window;
  expect(question?.series).toEqual(['promptTokensPerSecond', 'generationTokensPerSecond', 'kvUsageRatio']);
  expect(question?.gpuSeries).toEqual(['powerDrawWatts']);
  if (question === undefined) throw new Error('nothing is asked');
  const points = [{atMs: 1_000, value: 400}];
  const history = {series: {}, gpus: [{index: 0, series: {powerDrawWatts: points}}]};
  const context = screenContext(buildConsoleData(), {columns: 120, rows: 40});
  const answered = {...context, history: {...context.history, window: {kind: 'loaded', question, history} as const}};
  expect(windowData(day, layout, answered).data.gpuRanges.powerDrawWatts).toEqual({least: points, most: points});
});
