import {afterEach, expect, test} from 'vitest';
import {buildEvent} from '../support/build-event.ts';
import {buildConsoleData} from '../support/build-snapshot.ts';
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
  const {press, terminal} = opened;
  await press('events');
  await terminal.shows('number 99');
  expect(terminal.lines().join('\n')).not.toContain('number 70');
  await press('scroll-down');
  await terminal.shows('number 70');
  await press('scroll-start');
  await terminal.shows('number 99');
  for (let page = 0; page < 9; page += 1) await press('scroll-down');
  await terminal.shows('number 0');
  await press('events');
  await terminal.shows('log');
  expect(terminal.lines().join('\n')).not.toContain('newest first');
});

test('an event that happens while the screen is open is shown', async () => {
  opened = await openConsole({size: {columns: 80, rows: 24}, data: buildConsoleData({events: []})});
  const {press, terminal, session} = opened;
  await press('events');
  await terminal.shows('nothing has happened yet');
  session.setData(buildConsoleData({events: [buildEvent({message: 'it crashed'})]}));
  await terminal.shows('it crashed');
});
