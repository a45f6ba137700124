import {gibText, kibText} from '../../shared/quantities/bytes.ts';
import {countText} from '../../shared/quantities/counts.ts';
import {BYTES_PER_GIB} from '../../shared/units.ts';
import {blank, labelled, type TextOptions} from '../plan/text-lines.ts';
import type {Row} from '../rows.ts';

/** What of a log was not read. */
export type UnreadLog = {
  /** Number of the last line before the gap; null without a gap. Lines after it are numbered as if there were none. */
  readonly afterLine: number | null;
  /** Length of the gap. */
  readonly bytes: number;
  /** It was still being written, or could be, when the time to read it was over: a pipe, or a file that has grown. */
  readonly isOpenEnded: boolean;
  /** It is complete, and the time was over before its end was read: a slow disk, network share or archive. */
  readonly isTooSlow: boolean;
};

/** What a diagnosis is not based on. */
export function unreadText(
  {afterLine, bytes, isOpenEnded, isTooSlow}: UnreadLog,
  options: TextOptions,
): readonly Row[] {
  const gap =
    afterLine === null
      ? []
      : [
          `${bytes < BYTES_PER_GIB ? kibText(bytes) : gibText(bytes)} after line ${countText(afterLine)}: of a log of this length only the beginning and the newest end are read. Lines after the gap are numbered as if there were none, and a start within it is not in this diagnosis.`,
        ];
  const endless =
    'What comes later: the log was still being written when the time to read it was over. To read its newest lines, pipe only these (docker logs --tail 100000 NAME 2>&1 | gantry diagnose).';
  const slow =
    'The end of the log: reading it took too long. Copy the log to a local disk, unpacked, or pipe only its newest lines (tail -n 100000 FILE | gantry diagnose).';
  const end = [...(isOpenEnded ? [endless] : []), ...(isTooSlow ? [slow] : [])];
  return [...labelled('not read', [...gap, ...end].join(' '), options, {labelTone: 'warning'}), blank];
}
