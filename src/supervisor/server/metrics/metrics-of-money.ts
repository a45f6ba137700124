import type {Snapshot} from '../../../api/snapshot.ts';
import {gauge, type Metric, single} from './metric.ts';

/** What the node costs, and what the API would. */
export const moneyMetrics: readonly Metric<Snapshot>[] = [
  single('gantry_node_usd_per_hour', 'Cost of the node.', ({cost}) => cost.nodeUsdPerHour),
  gauge('gantry_api_usd_per_hour', 'API price of the traffic of the last minute.', ['price_book'], ({cost}) => [
    {labels: {price_book: cost.priceBook.name}, value: cost.apiUsdPerHour},
  ]),
  single(
    'gantry_break_even_tokens_per_second',
    'Tokens per second, prompt and generated together, at which the node costs as much as the API at the present mix.',
    ({cost}) => cost.breakEvenTokensPerSecond,
  ),
];
