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
  await opened.press('e', 'Down', 'Enter', 'L').screen('Engine log').isOpen();
  const asked = opened.session.pagesAsked.filter(({atMs}) => atMs !== undefined);
  expect(asked.map(({atMs}) => atMs)).toEqual([98_000]);
  await opened.footer().shows('Enter back');
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

test('what is typed is a text until Enter or Esc: the footer offers no other key, and leaving the screen ends it', async () => {
  opened = await openConsole({size: {columns: 80, rows: 24}, data: buildConsoleData({events: many})});
  for (const [key, name, use] of [
    ['9', 'Events', 'filter'],
    ['6', 'Engine log', 'search'],
  ] as const) {
    await opened.press(key).screen(name).isOpen();
    await opened.press('/').type('ab').footer().shows(`Enter ${use}  Esc cancel`);
    await opened.footer().lacks('leave');
    await opened.press('Up').notice().shows('a text is typed');
    await opened.press('Tab').screen(name).isGone();
    await opened.press('Shift+Tab').screen(name).isOpen();
    await opened.screen(name).lacks('/ab');
    await opened.footer().lacks('cancel');
  }
});

test('Esc in the log that was opened from an event returns to it, and from there to the list', async () => {
  opened = await openConsole({size: {columns: 80, rows: 24}, data: buildConsoleData({events: many})});
  await opened.press('e', 'Down', 'Enter', 'L').screen('Engine log').isOpen();
  await opened.footer().shows('Esc back');
  const events = opened.press('Esc').screen('Events');
  await events.row(/^number 98$/);
  await opened.footer().shows('Enter close');
  await opened.press('Esc');
  await events.lacks(/^number 98$/);
  await opened.footer().shows('Enter details');
});

test.each([
  {by: 'Home', keys: ['Home']},
  {by: 'Up', keys: ['Down', 'Up']},
  {by: 'a filter', keys: ['/', 'Enter']},
])('an event that is read stays while newer ones happen, after $by', async ({keys}) => {
  opened = await openConsole({size: {columns: 80, rows: 24}, data: buildConsoleData({events: many})});
  const events = opened.press('e', 'Enter', ...keys).screen('Events');
  await events.row(/^number 99$/);
  opened.session.setData(buildConsoleData({events: [...many, buildEvent({id: 200, message: 'a newer one'})]}));
  await events.shows('101');
  await events.row(/^number 99$/);
});

test('an event that is no longer kept is closed', async () => {
  opened = await openConsole({size: {columns: 80, rows: 24}, data: buildConsoleData({events: many})});
  const events = opened.press('e', 'G', 'Enter').screen('Events');
  await events.row(/^number 0$/);
  opened.session.setData(buildConsoleData({events: many.slice(1)}));
  await events.row(/^> .*number 1$/);
  await events.lacks(/^number [01]$/);
});
