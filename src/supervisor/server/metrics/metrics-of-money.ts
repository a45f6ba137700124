import type {Snapshot} from '../../../api/snapshot.ts';
import {isAbsent, mapReading} from '../../../samples/reading.ts';
import {usdOfMicroUsd} from '../../../shared/quantities/money.ts';
import {MS_PER_SECOND} from '../../../shared/units.ts';
import {gauge, type Metric, single} from './metric.ts';

/** What the node costs, and what the API would. */
export const moneyMetrics: readonly Metric<Snapshot>[] = [
  single('gantry_node_usd_per_hour', 'Cost of the node.', ({cost}) => cost.nodeUsdPerHour),
  gauge(
    'gantry_api_usd_per_hour',
    'API price of an hour of the traffic of the last five minutes.',
    ['price_book'],
    ({cost: {windows}}) =>
      isAbsent(windows.fiveMinutes)
        ? []
        : windows.fiveMinutes.apis.map(({name, microUsdPerHour}) => ({
            labels: {price_book: name},
            value: usdOfMicroUsd(microUsdPerHour),
          })),
  ),
  single(
    'gantry_break_even_tokens_per_second',
    'Tokens per second, prompt and generated together, at which the node costs as much as the API at the present mix.',
    ({cost}) => mapReading(cost.breakEven, ({tokensPerSecond}) => tokensPerSecond),
  ),
  single(
    'gantry_idle_seconds',
    'For how long the node has served nobody: idle, starting or down; none while it serves.',
    ({cost: {idle}, takenAtMs}) => (idle === null ? null : Math.max(0, takenAtMs - idle.sinceMs) / MS_PER_SECOND),
  ),
];
