import type {KeptGap} from '../../api/history.ts';
import {countedText} from '../../shared/quantities/counts.ts';
import {utcText} from '../../shared/quantities/moments.ts';
import {MS_PER_DAY} from '../../shared/units.ts';

/** So many times have a sentence each. */
const MOST_NAMED = 3;

/** `02:10 and 03:05 UTC`, with the day where one of the two is a day or more away. */
function timeText({fromMs, toMs}: KeptGap, nowMs: number, word: string): string {
  const isFar = Math.abs(nowMs - fromMs) >= MS_PER_DAY || Math.abs(nowMs - toMs) >= MS_PER_DAY;
  const text = (atMs: number): string => utcText(atMs).slice(isFar ? 5 : 11, 16);
  return `${text(fromMs)}${word}${text(toMs)} UTC`;
}

/** Requests that the figures of a window do not have, longest form first; none where it has all. */
export function notInWindowTexts(gaps: readonly KeptGap[], nowMs: number): readonly string[] {
  const left = gaps.filter(({isInWindow}) => !isInWindow);
  const [gap] = left;
  if (gap === undefined) return [];
  const requests = countedText(
    left.reduce((sum, each) => sum + each.requests, 0),
    'request',
  );
  if (left.length > 1) return [`${requests} in ${left.length} times while nothing watched: not in this window`];
  return [
    `${requests} between ${timeText(gap, nowMs, ' and ')} while nothing watched: not in this window`,
    `not in window: ${requests}, ${timeText(gap, nowMs, ' to ')}, unwatched`,
    `not in window: ${requests} while nothing watched`,
  ];
}

/** A sentence for each time of which no point of a quantile has the requests, the newest ones, and one for the others. */
export function inNoPointTexts(gaps: readonly KeptGap[], nowMs: number): readonly string[] {
  const named = gaps.slice(-MOST_NAMED);
  const others = gaps.slice(0, -MOST_NAMED);
  const sentences = named.map(
    (gap) =>
      `${countedText(gap.requests, 'request')} between ${timeText(gap, nowMs, ' and ')} while nothing watched: in no point of a quantile.`,
  );
  if (others.length === 0) return sentences;
  const requests = countedText(
    others.reduce((sum, each) => sum + each.requests, 0),
    'request',
  );
  return [`${requests} more in ${countedText(others.length, 'earlier time')} while nothing watched.`, ...sentences];
}
