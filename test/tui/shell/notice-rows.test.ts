import {expect, test} from 'vitest';
import type {Event} from '../../../src/api/event-schema.ts';
import type {Notice, SentCommand} from '../../../src/tui/shell/console-state.ts';
import {noticeRows, shownNotice} from '../../../src/tui/shell/notice-rows.ts';
import {unicodeGlyphs} from '../../../src/views/glyphs.ts';
import {buildEvent} from '../../support/build-event.ts';
import {textOf} from '../../views/draw.ts';

const accepted: Notice = {kind: 'accepted', text: 'Restarting.', remedy: null, atMs: 1_000};
const sent: SentCommand = {notice: accepted, id: 7, readAtMs: null};
const cancelled = buildEvent({
  code: 'command.cancelled',
  message: 'Cancelled by the stop of console root@pts/4: restart by console root@pts/3.',
  atMs: 30_000,
  details: {commandId: 7},
});

const shown = (
  events: readonly Event[] | null,
  nowMs: number,
  by: Partial<SentCommand> = {},
  notice = null as Notice | null,
) => shownNotice({notice, sent: {...sent, ...by}}, {events}, nowMs);

test('an accepted command is shown for ten seconds, and again when it has ended', () => {
  expect(shown([], 11_000)).toBe(accepted);
  expect(shown(null, 11_001)).toBeNull();
  expect(shown([cancelled], 31_000)).toMatchObject({kind: 'cancelled', text: cancelled.message, atMs: 30_000});
  expect(shown([cancelled], 90_001)).toBeNull();
});

test('what was read is not shown again, but the end of the command is', () => {
  expect(shown([], 2_000, {readAtMs: 1_500})).toBeNull();
  expect(shown([cancelled], 31_000, {readAtMs: 1_500})?.kind).toBe('cancelled');
  expect(shown([cancelled], 31_000, {readAtMs: 30_500})).toBeNull();
});

test('the end of another command, and other events, change nothing', () => {
  expect(shown([{...cancelled, details: {commandId: 8}}], 2_000)).toBe(accepted);
  expect(shown([{...cancelled, code: 'finding.appeared'}], 2_000)).toBe(accepted);
  expect(shown([cancelled], 2_000, {id: null})).toBe(accepted);
  expect(shownNotice({notice: null, sent: null}, {events: [cancelled]}, 31_000)).toBeNull();
});

test('a notice about a key comes first while it is shown', () => {
  const refused: Notice = {kind: 'ignored', text: 'no key p here.', remedy: null, atMs: 1_000};
  expect(shown([cancelled], 11_000, {}, refused)).toBe(refused);
  expect(shown([cancelled], 31_000, {}, refused)?.kind).toBe('cancelled');
});

test('a notice has its word, and an ended command only its own', () => {
  const text = (notice: Notice) =>
    noticeRows(notice, 100, unicodeGlyphs).map((row) => row.map(({text: part}) => part).join(''));
  expect(text(accepted)).toEqual(['Accepted: Restarting.']);
  expect(text({...accepted, kind: 'done', text: 'Done after 3 s: stop.'})).toEqual(['Done after 3 s: stop.']);
  expect(text({...accepted, kind: 'refused', remedy: 'Wait.'})).toEqual(['Refused: Restarting. Wait.']);
  expect(noticeRows(null, 100, unicodeGlyphs)).toEqual([]);
});

test('what is followed by a remedy ends as a sentence', () => {
  const rows = (text: string, remedy: string | null) =>
    noticeRows({kind: 'refused', text, remedy, atMs: 0}, 80, unicodeGlyphs).map(textOf);
  expect(rows('there is no cursor', 'Left sets one.')).toEqual(['Refused: there is no cursor. Left sets one.']);
  expect(rows('no key p here.', '? lists all keys.')).toEqual(['Refused: no key p here. ? lists all keys.']);
  expect(rows('there is no cursor', null)).toEqual(['Refused: there is no cursor']);
});
