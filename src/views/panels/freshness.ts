import type {Snapshot} from '../../api/snapshot.ts';
import {isPresent} from '../../samples/reading.ts';
import {durationText} from '../../shared/quantities/durations.ts';
import type {ViewInput} from '../view-input.ts';

/** What the age of data depends on. */
type Aged = Pick<ViewInput, 'data' | 'nowMs'>;

/** Snapshots come once a second; older data is marked. */
export const SNAPSHOT_STALE_AFTER_MS = 4_000;

/** The age of a panel's data for its title; empty while fresh. */
export function freshnessNote(input: Aged, source: keyof Snapshot['sources']): string {
  const {snapshot} = input.data;
  const note = connectionNote(input);
  if (note !== '' || snapshot === null) return note;
  const {state, ageMs} = snapshot.sources[source];
  if (state === 'ok' || state === 'off') return '';
  if (!isPresent(ageMs)) return state === 'waiting' ? 'waiting for the first sample' : state;
  return `${state} ${durationText(ageMs + snapshotAgeMs(input, snapshot))}`;
}

/** The same for data from the supervisor itself. */
export function connectionNote(input: Aged): string {
  const {snapshot, connection} = input.data;
  if (connection.kind === 'lost') return `connection lost ${durationText(input.nowMs - connection.sinceMs)} ago`;
  if (snapshot === null) return 'no data yet';
  const ageMs = snapshotAgeMs(input, snapshot);
  return ageMs > SNAPSHOT_STALE_AFTER_MS ? `stale ${durationText(ageMs)}` : '';
}

/** A sentence without its end about a lost connection; a reason that says so itself is not said twice. */
export function lostText(reason: string): string {
  const sentence = reason.replace(/\.$/, '');
  return /^(?:No|The) supervisor\b/.test(reason) ? sentence : `The supervisor does not answer (${sentence})`;
}

function snapshotAgeMs({nowMs}: Aged, {takenAtMs}: Snapshot): number {
  return Math.max(0, nowMs - takenAtMs);
}
