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

test('the key e shows what happened, keys choose an event by one, by pages and to the ends, and the key closes it again', async () => {
  opened = await openConsole({size: {columns: 80, rows: 24}, data: buildConsoleData({events: many})});
  const events = opened.screen('Events');
  await opened.press('e');
  await events.row(/^> .*number 99$/);
  await events.lacks('number 70');
  await opened.press('Down', 'j');
  await events.row(/^> .*number 97$/);
  await opened.press('Up', 'k');
  await events.row(/^> .*number 99$/);
  await opened.press('PgDn');
  await events.row(/^> .*number 82$/);
  await opened.press('Home');
  await events.row(/^> .*number 99$/);
  await opened.press(...times(9, 'PgDn'));
  await events.row(/^> .*number 0$/);
  await opened.press('g', 'G', 'PgUp');
  await events.row(/^> .*number 18$/);
  await opened.press('e');
  await events.isGone();
  await opened.panel('log').isOpen();
});

test('Enter shows the chosen event in full, arrows the next one, and Esc closes it', async () => {
  opened = await openConsole({size: {columns: 80, rows: 24}, data: buildConsoleData({events: many})});
  const events = opened.press('e', 'Down', 'Enter').screen('Events');
  await events.row(/^when .*ago$/);
  await events.row(/^> .*number 98$/);
  await events.row(/^number 98$/);
  await opened.press('Down');
  await events.row(/^number 97$/);
  opened.session.setData(buildConsoleData({events: [...many, buildEvent({id: 200, message: 'a newer one'})]}));
  await events.row(/^number 97$/);
  await opened.press('Esc');
  await events.lacks(/^number 97$/);
  await events.row(/^> .*number 97$/);
  await opened.press('Esc');
  await events.row(/^> .*a newer one$/);
});

test('a level and a text filter the events; what is typed is a text until Enter or Esc', async () => {
  const mixed = many.map((event) => (event.id % 10 === 0 ? {...event, severity: 'warning' as const} : event));
  opened = await openConsole({size: {columns: 80, rows: 24}, data: buildConsoleData({events: mixed})});
  const events = opened.press('e', 'v').screen('Events');
  await events.row(/^> .*number 90$/);
  await events.lacks('number 99');
  await opened.press('/').type('q 40').screen('Events').row('/q 40_');
  await opened.press('Backspace', 'Backspace', 'Backspace', 'Backspace').type('number 40').press('Enter');
  await events.row(/^> .*number 40$/);
  await events.lacks('number 90');
  await opened.press('Esc');
  await events.row(/^> .*number 99$/);
  await opened.press('/').type('zzz').press('Enter');
  await events.row('no event passes the filter');
  await opened.press('Enter').notice().shows('there is no event to show');
});

test('l shows the log at the time of the event, and Enter there returns to it', async () => {
  opened = await openConsole({size: {columns: 80, rows: 24}, data: buildConsoleData({events: many})});
  await opened.press('e', 'Down', 'Enter', 'l').screen('Engine log').isOpen();
  const asked = opened.session.pagesAsked.filter(({atMs}) => atMs !== undefined);
  expect(asked.map(({atMs}) => atMs)).toEqual([98_000]);
  await opened.footer().shows('Enter use/back');
  await opened
    .press('Enter')
    .screen('Events')
    .row(/^> .*number 98$/);
  await opened.screen('Events').row(/^number 98$/);
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
