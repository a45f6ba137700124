import {InvalidArgumentError} from 'commander';
import {MAX_EVENTS} from '../api/event-schema.ts';
import {MAX_HISTORY_MS} from '../api/history.ts';
import {parseSeriesChoice, type SeriesChoice} from '../api/series-choice.ts';
import {count} from '../domain/settings/setting-text.ts';
import {parseTokenCount} from '../domain/settings/token-count.ts';
import {parseDuration} from '../shared/quantities/durations.ts';
import {dayStartMs} from '../shared/quantities/moments.ts';
import {MS_PER_DAY} from '../shared/units.ts';

const MAX_RECORDED_MS = MS_PER_DAY;

/** A count of at least one, as the settings write it. An InvalidArgumentError says what was expected, here and below. */
export function positiveInteger(text: string): number {
  const parsed = count.parse(text);
  if (!parsed.ok) throw new InvalidArgumentError(`Expected ${parsed.error}.`);
  return parsed.value;
}

/** A number of tokens, as the settings write it: `8192`, `8K`. */
export function tokenNumber(text: string): number {
  const parsed = parseTokenCount(text);
  if (!parsed.ok) throw new InvalidArgumentError(`Expected ${parsed.error}.`);
  return parsed.value;
}

/** A version as an engine prints it: `0.25.1`, `v0.20.2rc1`. */
export function engineVersion(text: string): string {
  if (!/^v?\d+\.\d+/.test(text)) throw new InvalidArgumentError('Expected a version such as 0.25.1.');
  return text;
}

/** A number of events, at most as many as are kept. */
export function eventCount(text: string): number {
  return Math.min(positiveInteger(text), MAX_EVENTS);
}

/** `60s`, `5m`, `2h`, `7d`, `2w`, `1500ms` or plain seconds, in ms. */
function duration(text: string, expected: string): number {
  const time = parseDuration(/^\d+(?:\.\d+)?$/.test(text) ? `${text}s` : text);
  if (time === null) throw new InvalidArgumentError(`Expected ${expected}.`);
  return time;
}

/** The same as something above 0 that is not longer than `mostMs`. */
function limitedDuration(text: string, mostMs: number, expected: string): number {
  const time = duration(text, expected);
  if (time <= 0 || time > mostMs) throw new InvalidArgumentError(`Expected ${expected}.`);
  return time;
}

/** How long something is waited for, ms. */
export function waitTime(text: string): number {
  return duration(text, 'a time such as 60s or 5m');
}

/** How far back events are shown, ms. */
export function eventsTime(text: string): number {
  return duration(text, 'a time such as 30m, 24h or 7d');
}

/** A time that the history can reach back, ms. */
export function historyTime(text: string): number {
  return limitedDuration(text, MAX_HISTORY_MS, 'a time up to 30d, such as 12h, 7d or 2w');
}

/** How long a node is recorded, ms. */
export function recordingTime(text: string): number {
  return limitedDuration(text, MAX_RECORDED_MS, 'a time up to 24h, such as 30m');
}

/** A moment that is known once it is known when now is, epoch ms. */
export type MomentOption = (nowMs: number) => number;

/** How far back, as `30d`, or the beginning of a day of UTC, as `2026-11-01`. */
export function moment(text: string): MomentOption {
  const startMs = dayStartMs(text);
  if (startMs !== null) return () => startMs;
  const ms = parseDuration(text);
  if (ms === null)
    throw new InvalidArgumentError('Expected how far back, such as 12h, 30d or 2w, or a day of UTC: 2026-11-01.');
  return (nowMs) => nowMs - ms;
}

/** A series by its name, after those before it. */
export function seriesArgument(text: string, before: readonly SeriesChoice[] = []): readonly SeriesChoice[] {
  const choice = parseSeriesChoice(text);
  if (!choice.ok) throw new InvalidArgumentError(`${choice.error} gantry history without a name lists all.`);
  return [...before, choice.value];
}

/** More concurrent requests than any engine runs. */
const MAX_CONCURRENCY = 4_096;

/** `1,8,32`: concurrent requests, in rising order, each once. */
export function concurrencies(text: string): readonly number[] {
  const counts = text.split(',').map((part) => positiveInteger(part.trim()));
  const rising = [...new Set(counts)].toSorted((a, b) => a - b);
  if ((rising.at(-1) ?? 0) > MAX_CONCURRENCY) throw new InvalidArgumentError(`Expected at most ${MAX_CONCURRENCY}.`);
  return rising;
}
