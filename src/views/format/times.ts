import {durationText} from '../../shared/quantities/durations.ts';

/** Shorter graphs are hardly more than their newest value. */
const MIN_GRAPH_MS = 5_000;

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
