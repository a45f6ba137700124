import {MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, MS_PER_SECOND} from '../units.ts';
import {countText, decimalText} from './counts.ts';

const EDGE_TOLERANCE = 1e-9;

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: MS_PER_SECOND,
  m: MS_PER_MINUTE,
  h: MS_PER_HOUR,
  d: MS_PER_DAY,
  w: 7 * MS_PER_DAY,
};

/** A time as an operator writes it, `1500ms`, `60s`, `5m`, `1.5h`, `7d` or `2w`, in ms; null for anything else. */
export function parseDuration(text: string): number | null {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|[smhdw])$/.exec(text) ?? [];
  const scale = unitMs[unit ?? ''];
  return scale === undefined ? null : Math.round(Number(number) * scale);
}

/** `45s`, `6m 40s`, `3h 05m`, `2d 4h`: for panels and columns. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${twoDigits(seconds % 60)}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours}h ${twoDigits(minutes % 60)}m`;
  return `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

/** `12s`, `4m`, `7h`: an age where there is hardly room; rounded down. */
export function shortAgeText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 120 ? `${minutes}m` : `${Math.floor(minutes / 60)}h`;
}

/** `34 s`, `1.5 s`, `0.25 s`: seconds in a sentence, with digits only where they say something. */
export function secondsText(ms: number): string {
  const seconds = ms / 1_000;
  const mostDigits = seconds < 0.995 ? 2 : seconds < 9.95 ? 1 : 0;
  const rounded = Math.round(seconds * 10 ** mostDigits) / 10 ** mostDigits;
  const digits = [0, 1, 2].find((count) => Number(rounded.toFixed(count)) === rounded) ?? mostDigits;
  return `${decimalText(rounded, digits)} s`;
}

/** `45 s`, `14 min`, `2.5 h`: how long something took, in a sentence. */
export function roughDurationText(ms: number): string {
  if (ms < 2 * MS_PER_MINUTE) return `${countText(ms / 1_000)} s`;
  if (ms < 2 * MS_PER_HOUR) return `${countText(ms / MS_PER_MINUTE)} min`;
  return `${decimalText(ms / MS_PER_HOUR, 1)} h`;
}

/** `45 s`, or `at least 45 s` for something that may have begun before it was watched. */
export function lastingText(ms: number, isAtLeast: boolean): string {
  return `${isAtLeast ? 'at least ' : ''}${roughDurationText(ms)}`;
}

/** `842 ms`, `9.3 ms`, `3.31 s`, `71.0 s`, `32 min`. */
export function latencyText(ms: number): string {
  const {number, unit} = latencyParts(ms);
  return `${number} ${unit}`;
}

/** The number of a latency as text, and its unit. */
export function latencyParts(ms: number): {readonly number: string; readonly unit: 'ms' | 's' | 'min'} {
  if (ms < 9.95) return {number: decimalText(ms, 1), unit: 'ms'};
  if (ms < 999.5) return {number: countText(ms), unit: 'ms'};
  if (ms < 999_950) return {number: decimalText(ms / 1_000, ms < 9_995 ? 2 : 1), unit: 's'};
  return {number: countText(ms / MS_PER_MINUTE), unit: 'min'};
}

/** `300 ms`, `1 s`, `2.5 s`: a limit, rounded so that it stays one, with digits only where they say something. */
export function latencyLimitText(ms: number, direction: 'up' | 'down'): string {
  const {number, unit} = latencyLimitParts(ms, direction);
  return `${number} ${unit}`;
}

/** The number of such a limit as text, and its unit. */
export function latencyLimitParts(
  ms: number,
  direction: 'up' | 'down',
): {readonly number: string; readonly unit: 'ms' | 's' | 'min'} {
  const [unitMs, unit, digits] =
    ms < 9.95
      ? ([1, 'ms', 1] as const)
      : ms < 999.5
        ? ([1, 'ms', 0] as const)
        : ms < 999_950
          ? ([1_000, 's', ms < 9_995 ? 2 : 1] as const)
          : ([MS_PER_MINUTE, 'min', 0] as const);
  const steps = (ms / unitMs) * 10 ** digits;
  const nearest = Math.round(steps);
  const outward = direction === 'up' ? Math.ceil(steps) : Math.floor(steps);
  // Edges are converted from seconds in floating point: 0.07 s is 70.00000000000001 ms.
  const limit = (Math.abs(steps - nearest) < EDGE_TOLERANCE * steps ? nearest : outward) / 10 ** digits;
  const needed = [0, 1, 2].find((count) => Number(limit.toFixed(count)) === limit) ?? digits;
  return {number: decimalText(limit, needed), unit};
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
