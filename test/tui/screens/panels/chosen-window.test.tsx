import {afterEach, expect, test} from 'vitest';
import {MS_PER_HOUR} from '../../../../src/shared/units.ts';
import {windowData, windowQuestion} from '../../../../src/tui/screens/panels/chosen-window.ts';
import {initialFocus} from '../../../../src/tui/screens/panels/panel-focus.ts';
import {panelViews} from '../../../../src/views/panels/panel-views.ts';
import {buildConsoleData} from '../../../support/build-snapshot.ts';
import {screenContext} from '../../../support/console-screens.ts';
import {type OpenedConsole, openConsole} from '../../../support/open-console.tsx';

let opened: OpenedConsole | null = null;
afterEach(async () => {
  await opened?.close();
  opened = null;
});

async function open(): Promise<OpenedConsole> {
  opened = await openConsole({size: {columns: 120, rows: 40}, data: buildConsoleData({events: []}), panelViews});
  return opened;
}

test('the recent past is read by nobody, a longer time is asked for, with shares and plots of it', async () => {
  const console = await open();
  await console.press('4').panel('Latency').row('within target');
  await console.press('+').panel('First token').shows('last 5 min');
  expect(console.session.historyAsked).toEqual([]);
  await console.press('-', '-').panel('Latency').shows('last 1 h, means over time');
  await console.panel('Latency').row('idle times do not count');
  const [asked] = console.session.historyAsked;
  expect(asked).toMatchObject({gpuSeries: [], windowMs: MS_PER_HOUR});
  expect(asked?.series).toEqual(expect.arrayContaining(['queueP99Ms', 'firstTokenWithinRatio']));
  await console.press('+').panel('Latency').row('prefill');
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

test('the answer for one time does not stand under the title of another', () => {
  const context = screenContext(buildConsoleData(), {columns: 120, rows: 40});
  const choice = {shorter: 'latency.shorter', longer: 'latency.longer', series: ['queueP99Ms']} as const;
  const [day, week] = [4, 5].map((window) => ({...initialFocus, window}));
  const question = day === undefined ? null : windowQuestion(day, choice);
  if (day === undefined || week === undefined || question === null) throw new Error('no such window');
  const answer = {kind: 'loaded', question: question.window, history: {series: {}}} as const;
  const answered = {...context, history: {...context.history, window: answer}};
  expect(windowData(day, choice, answered).window?.problem).toBeNull();
  expect(windowData(week, choice, answered).window?.problem).toBe('reading the history');
  const others = {...choice, series: ['queueP50Ms']} as const;
  expect(windowData(day, others, answered).window?.problem).toBe('reading the history');
});
