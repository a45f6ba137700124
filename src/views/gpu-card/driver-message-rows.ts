import type {DriverMessageView, GpuView} from '../../api/snapshot.ts';
import {isAbsent} from '../../samples/reading.ts';
import {countText} from '../../shared/quantities/counts.ts';
import {utcText} from '../../shared/quantities/moments.ts';
import {span} from '../drawing/compose.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row, Tone} from '../rows.ts';

/** Rows that a message of any length has at most. */
const MOST_ROWS = 3;

/** What the driver wrote about a GPU into the kernel's log, the newest first; or why that is unknown. */
export function driverMessageRows(
  {driverMessages: messages}: GpuView,
  {columns, glyphs}: {readonly columns: number; readonly glyphs: GlyphSet},
): readonly Row[] {
  if (messages === undefined) return [[span(`driver messages: ${glyphs.dash}`, 'dim')]];
  if (isAbsent(messages))
    return wrapText(`driver messages: ${glyphs.dash} ${messages.absent}`, 'dim', columns, MOST_ROWS, glyphs);
  if (messages.length === 0) return [[span('the kernel log has no message of the driver about this GPU', 'dim')]];
  return [
    [span('latest driver messages', 'dim')],
    ...messages.toReversed().flatMap((message) => messageRows(message, columns, glyphs)),
  ];
}

function messageRows(message: DriverMessageView, columns: number, glyphs: GlyphSet): readonly Row[] {
  const {atMs, xid, meaning, text, count} = message;
  const times = count > 1 ? ` (${countText(count)} times)` : '';
  const what = xid === null || meaning === null ? `${text}${times}` : `Xid ${xid}: ${meaning}${times}. ${text}`;
  return wrapText(`${utcText(atMs)} ${what}`, toneOf(message), columns, MOST_ROWS, glyphs);
}

function toneOf({kind}: DriverMessageView): Tone {
  switch (kind) {
    case 'card':
      return 'critical';
    case 'program':
    case 'link':
      return 'warning';
    default:
      return 'normal';
  }
}
