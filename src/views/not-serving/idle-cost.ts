import type {HistoryPoints} from '../../api/history.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import {HOURS_PER_MONTH} from '../../domain/cost/break-even.ts';
import {HOURS_PER_DAY, usdOfTime} from '../../domain/cost/node-cost.ts';
import {isAbsent} from '../../samples/reading.ts';
import {durationText} from '../../shared/quantities/durations.ts';
import {shownUsdDifference, usdPerHourText, usdText} from '../../shared/quantities/money.ts';
import {MS_PER_HOUR} from '../../shared/units.ts';
import {sinceRow} from '../panels/cost.ts';
import {labelled} from '../plan/text-lines.ts';
import type {Row} from '../rows.ts';
import {usualStep} from '../series/usual-step.ts';
import type {ViewInput} from '../view-input.ts';

/** The last point of a window may be an interval behind, and the first one an interval late: then all of it is known. */
const WHOLE = 0.98;

/** What is known of the money while no engine serves: the price of the node, the idle time, the chosen time and the last run. */
export function idleCostRows(snapshot: Snapshot, input: ViewInput): Row[] {
  const {nodeUsdPerHour: usd, priceBook, sinceStart} = snapshot.cost;
  return [
    ...labelled('API', 'the engine does not serve: no traffic to compare', input, {tone: 'dim'}),
    ...(isAbsent(usd)
      ? labelled('node', 'set cost.nodeUsdPerHour to compare', input, {tone: 'warning'})
      : labelled(
          'node',
          `${usdPerHourText(usd)}, ${usdText(usd * HOURS_PER_DAY)} per day, ${usdText(usd * HOURS_PER_MONTH)} per month`,
          input,
          {tone: 'strong'},
        )),
    ...idleRows(snapshot, input, 'time'),
    ...windowRows(input),
    ...(sinceStart.sinceMs === null ? [] : [sinceRow(snapshot, input)]),
    ...labelled('prices', `${priceBook.name}, ${priceBook.asOf}`, input, {tone: 'dim'}),
  ];
}

/**
 * What the node costs while nothing is served, since the last end where that is known: with the price where no row has it, or
 * with the time where no row has that.
 */
export function idleRows(
  {engine: {exit}, cost: {nodeUsdPerHour}}: Snapshot,
  input: ViewInput,
  has: 'price' | 'time',
): Row[] {
  if (isAbsent(nodeUsdPerHour)) return [];
  const idleMs = exit === null || exit.atMs === null ? null : input.nowMs - exit.atMs;
  const isKnown = idleMs !== null && idleMs >= 0;
  if (!isKnown && has === 'time') return [];
  const spent = isKnown ? `~${usdText(usdOfTime(idleMs, nodeUsdPerHour))}` : '';
  const text =
    has === 'time' && isKnown
      ? `${spent} in ${durationText(idleMs)} while nothing is served`
      : `${usdPerHourText(nodeUsdPerHour)} while nothing is served${isKnown ? `, ${spent} so far` : ''}`;
  return labelled('idle', text, input, {tone: 'warning'});
}

/** What node and API cost in the chosen time, summed over the kept points; time without a point counts for neither. */
function windowRows(input: ViewInput): Row[] {
  const {window, data} = input;
  if (!window) return [];
  const label = `last ${window.text}`;
  if (window.problem !== null) return labelled(label, window.problem, input, {tone: 'dim'});
  const node = summed(data.history.nodeUsdPerHour ?? []);
  const api = summed(data.history.apiUsdPerHour ?? []);
  if (node.ms === 0 && api.ms === 0) return labelled(label, 'nothing is kept of this time', input, {tone: 'dim'});
  const served = `served ~${durationText(api.ms)}`;
  if (node.ms === 0) return labelled(label, `API ~${usdText(api.usd)}, ${served}`, input);
  const difference = shownUsdDifference(api.usd, node.usd);
  const saved = `${difference < 0 ? 'lost' : 'saved'} ~${usdText(Math.abs(difference))}`;
  const kept = node.ms >= WHOLE * window.lengthMs ? '' : `, of ${durationText(node.ms)} that are kept`;
  const text = `node ~${usdText(node.usd)}, API ~${usdText(api.usd)}, ${saved}, ${served}${kept}`;
  return labelled(label, text, input, {tone: difference < 0 ? 'warning' : 'ok'});
}

/** USD of a series of USD/h, and for how long it is known, ms: each point stands for the usual time between two. */
function summed(points: HistoryPoints): {readonly usd: number; readonly ms: number} {
  const stepMs = usualStep(points);
  const known = points.flatMap(({value}) => (value === null ? [] : [value]));
  const usd = known.reduce((sum, value) => sum + value, 0) * (stepMs / MS_PER_HOUR);
  return {usd, ms: known.length * stepMs};
}
