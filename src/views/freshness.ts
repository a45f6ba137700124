import type {Snapshot} from '../api/snapshot.ts';
import {isPresent} from '../samples/reading.ts';
import {durationText} from './format/times.ts';
import type {ViewInput} from './view-input.ts';

/** What a panel's title says of the age of its data; empty while it is fresh. A stale number says so where it stands. */
export function freshnessNote({data, nowMs}: ViewInput, source: keyof Snapshot['sources']): string {
  const {snapshot, connection} = data;
  if (connection.kind === 'lost') return `connection lost ${durationText(nowMs - connection.sinceMs)}`;
  if (snapshot === null) return 'no data yet';
  const {state, ageMs} = snapshot.sources[source];
  if (state === 'ok' || state === 'off') return '';
  return isPresent(ageMs) ? `${state} ${durationText(ageMs)}` : state;
}

/** The newest values of a history series, oldest first. */
export function seriesValues(input: ViewInput, name: keyof ViewInput['data']['history']): readonly (number | null)[] {
  return (input.data.history[name] ?? []).map((point) => point.value);
}
