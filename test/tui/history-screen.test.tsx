import {afterEach, expect, test} from 'vitest';
import {MS_PER_HOUR} from '../../src/shared/units.ts';
import {buildConsoleData, TEST_NOW_MS} from '../support/build-snapshot.ts';
import {times} from '../support/console-driver.ts';
import {type OpenedConsole, openConsole} from '../support/open-console.tsx';

let opened: OpenedConsole | null = null;
afterEach(async () => {
  await opened?.close();
  opened = null;
});

async function open(): Promise<OpenedConsole> {
  opened = await openConsole({size: {columns: 160, rows: 40}, data: buildConsoleData({events: []})});
  return opened;
}

test('nothing is read while the screen is not open; then the chosen series is plotted over the chosen time', async () => {
  const console = await open();
  expect(console.session.historyAsked).toEqual([]);
  const history = console.press('8').screen('History');
  await history.row('generationTokensPerSecond 1,');
  expect(console.session.historyAsked).toEqual([
    {series: ['generationTokensPerSecond'], gpuSeries: [], windowMs: MS_PER_HOUR},
  ]);
  await console.press('Up', '-').screen('History').shows('cachedPromptTokensPerSecond, last 6 h');
  await console.press('+', '+', '+', '+').screen('History').shows('last 5 min');
  await console
    .press(...times(40, 'Down'))
    .screen('History')
    .row('> gpu.throttledRatio');
  await history.row('GPU 0 ');
});

test('Enter shows the log at the cursor, and Enter there returns to the cursor', async () => {
  const console = await open();
  await console.press('8', 'Enter').notice().shows('there is no cursor. Left sets one.');
  await console.press('Left', 'Left').screen('History').shows('and events within');
  await console.press('Enter').screen('Engine log').isOpen();
  const [asked] = console.session.pagesAsked.filter(({atMs}) => atMs !== undefined);
  expect(asked?.atMs).toBe(TEST_NOW_MS - MS_PER_HOUR / 50);
  await console.press('Enter').screen('History').shows('and events within');
});

test('the plot stays while the palette is over it', async () => {
  const console = await open();
  const history = console.press('8').screen('History');
  await history.row('generationTokensPerSecond 1,');
  const asked = console.session.historyAsked.length;
  await console.press(':').dialog('Actions').isOpen();
  await console.press('Esc').dialog('Actions').isGone();
  await history.row('generationTokensPerSecond 1,');
  expect(console.session.historyAsked).toHaveLength(asked);
});

test('a cursor reads all series at its moment, Esc takes it away, then leaves the past, then the screen', async () => {
  const console = await open();
  const history = console.press('8').screen('History');
  await console.press('PgUp', 'Left').screen('History').shows('1 h until 2026-11-23 11:45:00 UTC');
  await history.row('at 2026-11-23 11:44:24 UTC');
  const asked = console.session.historyAsked.find(({gpuSeries}) => gpuSeries.length > 0);
  expect(asked?.untilMs).toBeGreaterThan(TEST_NOW_MS - MS_PER_HOUR / 4);
  await console.press('Esc').screen('History').row('events in this window, newest first');
  await console.press('Esc').screen('History').shows('last 1 h');
  await console.press('Esc').panel('log').isOpen();
});

test('what has no effect says why, and a history that cannot be read says what to do', async () => {
  const console = await open();
  await console.press('8', 'PgDn').notice().shows('the window ends now already');
  await console.press('+', '+', '+').notice().shows('this is the shortest window');
  console.session.failHistory({
    code: 'history.damaged',
    message: 'The history is damaged.',
    remedy: 'Restart the supervisor.',
  });
  const history = console.press('Up').screen('History');
  await history.row('The history is damaged.');
  await history.row('Restart the supervisor.');
});
