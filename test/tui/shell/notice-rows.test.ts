import {expect, test} from 'vitest';
import type {Notice} from '../../../src/tui/shell/console-state.ts';
import {noticeRows, shownNotice} from '../../../src/tui/shell/notice-rows.ts';
import {unicodeGlyphs} from '../../../src/views/glyphs.ts';
import {buildEvent} from '../../support/build-event.ts';

const accepted: Notice = {kind: 'accepted', text: 'Restarting.', remedy: null, atMs: 1_000, commandId: 7};
const cancelled = buildEvent({
  code: 'command.cancelled',
  message: 'Cancelled by the stop of console root@pts/4: restart by console root@pts/3.',
  atMs: 30_000,
  details: {commandId: 7},
});

test('an accepted command is shown for ten seconds, and again when it has ended', () => {
  expect(shownNotice(accepted, {events: []}, 11_000)).toBe(accepted);
  expect(shownNotice(accepted, {events: null}, 11_001)).toBeNull();
  expect(shownNotice(accepted, {events: [cancelled]}, 31_000)).toMatchObject({
    kind: 'cancelled',
    text: cancelled.message,
    atMs: 30_000,
  });
  expect(shownNotice(accepted, {events: [cancelled]}, 90_001)).toBeNull();
});

test('the end of another command, and a notice about none, change nothing', () => {
  const other = {...cancelled, details: {commandId: 8}};
  expect(shownNotice(accepted, {events: [other]}, 2_000)).toBe(accepted);
  const finding = {...cancelled, code: 'finding.appeared'};
  expect(shownNotice(accepted, {events: [finding]}, 2_000)).toBe(accepted);
  const {commandId: _, ...plain} = accepted;
  expect(shownNotice(plain, {events: [cancelled]}, 2_000)).toBe(plain);
});

test('a notice has its word, and an ended command only its own', () => {
  const text = (notice: Notice) =>
    noticeRows(notice, 100, unicodeGlyphs).map((row) => row.map(({text: part}) => part).join(''));
  expect(text(accepted)).toEqual(['Accepted: Restarting.']);
  expect(text({...accepted, kind: 'done', text: 'Done after 3 s: stop.'})).toEqual(['Done after 3 s: stop.']);
  expect(text({...accepted, kind: 'refused', remedy: 'Wait.'})).toEqual(['Refused: Restarting. Wait.']);
  expect(noticeRows(null, 100, unicodeGlyphs)).toEqual([]);
});
