import type {Event} from '../../api/event-schema.ts';
import type {ConsoleData} from '../../client/console-data.ts';
import {assertNever} from '../../shared/assert-never.ts';
import {wrapText} from '../../views/drawing/wrap-text.ts';
import type {GlyphSet} from '../../views/glyphs.ts';
import type {Row, Tone} from '../../views/rows.ts';
import type {ConsoleState, Notice, SentCommand} from './console-state.ts';

const SHORT_MS = 10_000;
const LONG_MS = 60_000;
const MAX_ROWS = 4;

/** The notice to show now, about a key or else about the last command, with its end once an event says so; null for none. */
export function shownNotice(
  {notice, sent}: Pick<ConsoleState, 'notice' | 'sent'>,
  {events}: Pick<ConsoleData, 'events'>,
  nowMs: number,
): Notice | null {
  if (notice !== null && isShown(notice, nowMs)) return notice;
  if (sent === null) return null;
  const about = endOf(sent, events ?? []) ?? sent.notice;
  return isShown(about, nowMs) && about.atMs > (sent.readAtMs ?? Number.NEGATIVE_INFINITY) ? about : null;
}

function isShown(notice: Notice, nowMs: number): boolean {
  return nowMs - notice.atMs <= lifetimeMs(notice);
}

/** A notice as rows. Its word has the same meaning as its color. */
export function noticeRows(notice: Notice | null, columns: number, glyphs: GlyphSet): Row[] {
  if (notice === null) return [];
  const {word, tone} = lookOf(notice);
  const parts = [word, sentenceBefore(notice), notice.remedy].filter((part) => part !== null);
  return wrapText(parts.join(' '), tone, columns, MAX_ROWS, glyphs);
}

/** What is followed by a remedy ends as a sentence. */
function sentenceBefore({text, remedy}: Notice): string {
  return remedy === null || /[.!?:]$/.test(text) ? text : `${text}.`;
}

const endings: ReadonlyMap<string, Notice['kind']> = new Map([
  ['command.done', 'done'],
  ['command.failed', 'failed'],
  ['command.cancelled', 'cancelled'],
]);

function endOf({id}: SentCommand, events: readonly Event[]): Notice | null {
  if (id === null) return null;
  const ending = events.findLast(({code, details}) => details['commandId'] === id && endings.has(code));
  const kind = endings.get(ending?.code ?? '');
  return ending === undefined || kind === undefined
    ? null
    : {kind, text: ending.message, remedy: null, atMs: ending.atMs};
}

function lifetimeMs({kind}: Notice): number {
  return ['refused', 'failed', 'cancelled', 'unsaved', 'configuration'].includes(kind) ? LONG_MS : SHORT_MS;
}

/** The text of an ended command begins with its own word. */
function lookOf({kind}: Notice): {word: string | null; tone: Tone} {
  switch (kind) {
    case 'pending':
      return {word: 'Sent:', tone: 'dim'};
    case 'accepted':
      return {word: 'Accepted:', tone: 'ok'};
    case 'done':
      return {word: null, tone: 'ok'};
    case 'failed':
    case 'cancelled':
      return {word: null, tone: 'warning'};
    case 'refused':
      return {word: 'Refused:', tone: 'warning'};
    case 'ignored':
      return {word: 'Ignored:', tone: 'warning'};
    case 'copied':
      return {word: 'Copied:', tone: 'ok'};
    case 'saved':
      return {word: 'Saved:', tone: 'ok'};
    case 'unsaved':
      return {word: 'Not saved:', tone: 'warning'};
    case 'configuration':
      return {word: 'Configuration:', tone: 'warning'};
    case 'paged':
      return {word: 'Shown:', tone: 'ok'};
    case 'mouse':
      return {word: 'Mouse:', tone: 'ok'};
    case 'closed':
      return {word: 'Nothing changed:', tone: 'dim'};
    default:
      return assertNever(kind);
  }
}
