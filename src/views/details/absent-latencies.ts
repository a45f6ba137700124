import type {LatencyView} from '../../api/latency/latency-schemas.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import {isMomentary} from '../../domain/traffic/unmeasured.ts';
import {isAbsent} from '../../samples/reading.ts';
import {span} from '../drawing/compose.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row} from '../rows.ts';

/** A latency as the snapshot names it. */
export type LatencyName = Exclude<keyof Snapshot['latency'], 'windowMs'>;

/** The latencies in the order of a table, the most important one first. */
export const latencyLabels: readonly (readonly [label: string, name: LatencyName])[] = [
  ['first token', 'timeToFirstToken'],
  ['inter-token', 'interToken'],
  ['end to end', 'endToEnd'],
  ['queue', 'queue'],
  ['prefill', 'prefill'],
  ['decode', 'decode'],
];

type Latencies = Readonly<Record<LatencyName, Pick<LatencyView, 'p50Ms'>>>;

/** Why nothing is known: of the first token, and what most others share with it; and of each latency that has another reason. */
export type AbsentLatencies = {
  readonly common: string | null;
  readonly own: Readonly<Partial<Record<LatencyName, string>>>;
};

/**
 * Why nothing is known of some latencies of a time. What the engine does not measure at all is known from the snapshot, also while
 * no request has ended yet; why nothing is known now says nothing of another time.
 */
export function absentLatencies(shown: Latencies, live: Latencies): AbsentLatencies {
  const liveCommon = engineReason(live.timeToFirstToken);
  const first = reasonOf(shown.timeToFirstToken);
  const common = first === null ? null : (liveCommon ?? first);
  const own: Partial<Record<LatencyName, string>> = {};
  for (const [, name] of latencyLabels) {
    const reason = reasonOf(shown[name]);
    if (reason === null) continue;
    const ofEngine = engineReason(live[name]);
    const said = ofEngine !== null && ofEngine !== liveCommon ? ofEngine : reason;
    if (said !== common && said !== first) own[name] = said;
  }
  return {common, own};
}

/** The row of a latency of which nothing is known, with the reason in place of its figures. */
export function absentRow(label: string, reason: string, {dash}: GlyphSet): Row {
  return [span(label, 'dim'), span(`  ${dash} ${reason}`, 'dim')];
}

/** Why the engine does not measure a latency at any time; null where it does, and where only nothing is known now. */
export function engineReason(latency: Pick<LatencyView, 'p50Ms'>): string | null {
  const reason = reasonOf(latency);
  return reason === null || isMomentary(reason) ? null : reason;
}

function reasonOf({p50Ms}: Pick<LatencyView, 'p50Ms'>): string | null {
  return isAbsent(p50Ms) ? p50Ms.absent : null;
}
