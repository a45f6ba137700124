import {parseDuration} from '../../../shared/quantities/durations.ts';
import {err, ok, type Result} from '../../../shared/result.ts';

/**
 * A moment as an operator types it, epoch ms: `03:12` and `03:12:30` are the last such time, `-10m` is that long ago (s, m, h, d, w), and
 * an ISO date with a time is itself. Without a zone, times are those of the console's clock. The error says what is accepted.
 */
export function parseMoment(text: string, nowMs: number): Result<number, string> {
  const [, count, unit] = /^-(\d{1,6}) ?([smhdw])$/.exec(text) ?? [];
  const agoMs = parseDuration(`${count}${unit}`);
  if (agoMs !== null) return ok(nowMs - agoMs);
  const ofDay = /^(\d{1,2}):(\d\d)(?::(\d\d))?$/.exec(text);
  if (ofDay !== null) {
    const [hours = 0, minutes = 0, seconds = 0] = ofDay.slice(1).map((part) => Number(part ?? 0));
    if (hours > 23 || minutes > 59 || seconds > 59) return err(NOT_A_TIME);
    const atMs = new Date(nowMs).setHours(hours, minutes, seconds, 0);
    return ok(atMs > nowMs ? new Date(atMs).setDate(new Date(atMs).getDate() - 1) : atMs);
  }
  if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)?$/.test(text)) return err(NOT_A_TIME);
  const atMs = new Date(text.replace(' ', 'T')).getTime();
  return Number.isNaN(atMs) ? err(NOT_A_TIME) : ok(atMs);
}

const NOT_A_TIME = 'a time is written as 03:12, -10m or 2026-11-23T03:12';
