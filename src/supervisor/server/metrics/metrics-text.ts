import type {Snapshot} from '../../../api/snapshot.ts';
import type {CostAmounts} from '../../../domain/cost/report/cost-amounts.ts';
import {type Metric, metricText} from './metric.ts';
import {engineMetrics} from './metrics-of-engine.ts';
import {gpuMetrics} from './metrics-of-gpus.ts';
import {ledgerMetrics} from './metrics-of-ledger.ts';
import {moneyMetrics} from './metrics-of-money.ts';
import {trafficMetrics} from './metrics-of-traffic.ts';

/** What the page is about. */
export type MetricsSource = {
  readonly snapshot: Snapshot;
  /** All that was ever booked; null while there is nothing, or nothing that can be read. */
  readonly ledger: CostAmounts | null;
};

/** All metrics, in the order of the page. */
export const ownMetrics: readonly Metric<MetricsSource>[] = [
  ...engineMetrics.map(ofSnapshot),
  ...gpuMetrics.map(ofSnapshot),
  ...trafficMetrics.map(ofSnapshot),
  ...moneyMetrics.map(ofSnapshot),
  ...ledgerMetrics.map((metric) => ({...metric, read: ({ledger}: MetricsSource) => metric.read(ledger)})),
];

function ofSnapshot(metric: Metric<Snapshot>): Metric<MetricsSource> {
  return {...metric, read: ({snapshot}) => metric.read(snapshot)};
}

/**
 * Gantry's own numbers in Prometheus text format 0.0.4. Unknown values are omitted, never zero; every series has
 * the label `simulated`, so that a demo is not mistaken for a real node.
 */
export function metricsText(source: MetricsSource): string {
  const common = {simulated: String(source.snapshot.simulated)};
  return ownMetrics.map((metric) => metricText(metric, source, common)).join('');
}
