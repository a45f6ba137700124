import {durationText} from '../../shared/quantities/durations.ts';

/** Shorter graphs are hardly more than their newest value. */
const MIN_GRAPH_MS = 5_000;
/** By so much the clocks of a console and its node may differ; a time further in the future is of a clock that was set. */
const CLOCK_TOLERANCE_MS = 60_000;

/** `last 10s`, `last 1m`: the time that a panel's figures are over; empty before there is any. */
export function windowText(windowMs: number): string {
  return windowMs <= 0 ? '' : `last ${spanText(windowMs)}`;
}

/** `10s`, `1m`, `1m 05s`. */
export function spanText(ms: number): string {
  return durationText(ms).replace(/ 00s$/, '');
}

/** A window, and how far back the graph next to its numbers goes; a graph of a few seconds is not mentioned. */
export function graphNote(window: string, graphMs: number): string {
  const graph = graphMs < MIN_GRAPH_MS ? '' : `graph ${spanText(graphMs)}`;
  return [window, graph].filter((part) => part !== '').join(', ');
}

/** `3m 20s ago`, or `at an unknown time`. */
export function exitTimeText({atMs}: {readonly atMs: number | null}, nowMs: number): string {
  return atMs === null || atMs > nowMs + CLOCK_TOLERANCE_MS
    ? 'at an unknown time'
    : `${durationText(nowMs - atMs)} ago`;
}
