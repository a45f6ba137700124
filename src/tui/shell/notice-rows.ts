import {assertNever} from '../../shared/assert-never.ts';
import {wrapText} from '../../views/drawing/wrap-text.ts';
import type {GlyphSet} from '../../views/glyphs.ts';
import type {Row, Tone} from '../../views/rows.ts';
import type {Notice} from './console-state.ts';

const ACCEPTED_FOR_MS = 10_000;
const REFUSED_FOR_MS = 60_000;
const MAX_ROWS = 4;

/** The notice as rows, or none when it has expired. Its word has the same meaning as its color. */
export function noticeRows(notice: Notice | null, nowMs: number, columns: number, glyphs: GlyphSet): Row[] {
  if (notice === null || nowMs - notice.atMs > lifetimeMs(notice)) return [];
  const {word, tone} = lookOf(notice);
  const text = notice.remedy === null ? notice.text : `${notice.text} ${notice.remedy}`;
  return wrapText(`${word} ${text}`, tone, columns, MAX_ROWS, glyphs);
}

function lifetimeMs({kind}: Notice): number {
  return kind === 'refused' ? REFUSED_FOR_MS : ACCEPTED_FOR_MS;
}

function lookOf({kind}: Notice): {word: string; tone: Tone} {
  switch (kind) {
    case 'pending':
      return {word: 'Sent:', tone: 'dim'};
    case 'accepted':
      return {word: 'Accepted:', tone: 'ok'};
    case 'refused':
      return {word: 'Refused:', tone: 'warning'};
    case 'ignored':
      return {word: 'Ignored:', tone: 'warning'};
    case 'closed':
      return {word: 'Nothing changed:', tone: 'dim'};
    default:
      return assertNever(kind);
  }
}
