import type {Snapshot} from '../../../api/snapshot.ts';
import {type Metric, metricText} from './metric.ts';
import {engineMetrics} from './metrics-of-engine.ts';
import {gpuMetrics} from './metrics-of-gpus.ts';
import {moneyMetrics} from './metrics-of-money.ts';
import {trafficMetrics} from './metrics-of-traffic.ts';

/** All metrics, in the order of the page. */
export const ownMetrics: readonly Metric<Snapshot>[] = [
  ...engineMetrics,
  ...gpuMetrics,
  ...trafficMetrics,
  ...moneyMetrics,
];

/**
 * Gantry's own numbers in Prometheus text format 0.0.4. Unknown values are omitted, never zero; every series has
 * the label `simulated`, so that a demo is not mistaken for a real node.
 */
export function metricsText(snapshot: Snapshot): string {
  const known = texts.get(snapshot);
  if (known !== undefined) return known;
  const common = {simulated: String(snapshot.simulated)};
  const text = ownMetrics.map((metric) => metricText(metric, snapshot, common)).join('');
  texts.set(snapshot, text);
  return text;
}

/** Of each snapshot the text is made once, however often it is scraped. */
const texts = new WeakMap<Snapshot, string>();
