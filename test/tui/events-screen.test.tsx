import {afterEach, expect, test} from 'vitest';
import {buildEvent} from '../support/build-event.ts';
import {buildConsoleData} from '../support/build-snapshot.ts';
import {times} from '../support/console-driver.ts';
import {type OpenedConsole, openConsole} from '../support/open-console.tsx';

let opened: OpenedConsole | null = null;
afterEach(async () => {
  await opened?.close();
  opened = null;
});

const many = Array.from({length: 100}, (_, index) =>
  buildEvent({id: index, atMs: index * 1_000, message: `number ${index}`}),
);

test('the key e shows what happened, page keys scroll to older events, and the key closes it again', async () => {
  opened = await openConsole({size: {columns: 80, rows: 24}, data: buildConsoleData({events: many})});
  const events = opened.screen('Events');
  await opened.press('e');
  await events.row(/number 99$/);
  await events.lacks('number 70');
  await opened.press('PgDn');
  await events.row(/number 70$/);
  await opened.press('Home');
  await events.row(/number 99$/);
  await opened.press(...times(9, 'PgDn'));
  await events.row(/number 0$/);
  await opened.press('e');
  await events.isGone();
  await opened.panel('log').isOpen();
});

test('an event that happens while the screen is open is shown', async () => {
  opened = await openConsole({size: {columns: 80, rows: 24}, data: buildConsoleData({events: []})});
  const events = opened.press('e').screen('Events');
  await events.row('no events yet');
  opened.session.setData(buildConsoleData({events: [buildEvent({message: 'it crashed'})]}));
  await events.row('it crashed');
});

test('the engine can be stopped from it, and Esc goes back to it', async () => {
  opened = await openConsole();
  await opened.press('e', 'x').dialog('Stop vLLM?').isOpen();
  await opened.press('Esc').screen('Events').isOpen();
  expect(opened.session.sent).toEqual([]);
});
