import {isStale, type Ownership, type PublishedPrices} from './published-prices.ts';
import {isCard, type PublishedThroughput, publishedThroughputs} from './published-throughput.ts';

/** A node that holds the model: what its rent would be, and what was published of its throughput. */
export type CandidateNode = {
  readonly gpuName: string;
  readonly gpuCount: number;
  /** Over all kinds of providers, for all its GPUs; null where no rent is known. */
  readonly usdPerHour: {readonly low: number; readonly high: number; readonly isStale: boolean} | null;
  /** What it costs who owns it, for all its GPUs; null where nobody published that. */
  readonly owned: {readonly usdPerHour: number; readonly isStale: boolean} | null;
  /** The highest total at a known number of requests; null where none was published. */
  readonly published: PublishedThroughput | null;
};

/** A node with its rent by the price book and its published throughput. */
export function candidateNode(
  {gpuName, gpuCount}: Pick<CandidateNode, 'gpuName' | 'gpuCount'>,
  prices: PublishedPrices,
  nowMs: number,
): CandidateNode {
  const rents = prices.gpus.filter(({card}) => isCard(gpuName, card));
  const [published = null] = publishedThroughputs
    .filter((entry) => isCard(gpuName, entry.card) && entry.gpuCount === gpuCount && entry.concurrency !== null)
    .toSorted((a, b) => b.totalTokensPerSecond - a.totalTokensPerSecond);
  const cost = ownershipOf(gpuName, prices);
  return {
    gpuName,
    gpuCount,
    usdPerHour:
      rents.length === 0
        ? null
        : {
            low: inMillionths(gpuCount * Math.min(...rents.map(({low}) => low))),
            high: inMillionths(gpuCount * Math.max(...rents.map(({high}) => high))),
            isStale: rents.some((rent) => isStale(rent, nowMs)),
          },
    owned:
      cost === null ? null : {usdPerHour: inMillionths(gpuCount * cost.usdPerGpuHour), isStale: isStale(cost, nowMs)},
    published,
  };
}

/** What a GPU costs who owns it; null where nobody published that. */
export function ownershipOf(gpuName: string, {ownership}: PublishedPrices): Ownership | null {
  return ownership.find(({card}) => isCard(gpuName, card)) ?? null;
}

/** What to write where so that a GPU has a rent. */
export function rentSetting(gpuName: string): string {
  const card = bareName(gpuName);
  return `gpus: [{card: ${card}, provider: ours, low: <usd>, high: <usd>, asOf: <YYYY-MM-DD>, source: <where>}] in prices.yaml next to gantry.yaml, in USD per GPU-hour`;
}

/** A GPU without its vendor. */
export function bareName(gpuName: string): string {
  return gpuName.replace(/^(?:NVIDIA|AMD) /, '');
}

/** The cheapest of them whose published throughput is at least this, in all and of output; null where none is. */
export function cheapestNode(
  nodes: readonly CandidateNode[],
  required: Pick<PublishedThroughput, 'totalTokensPerSecond' | 'outputTokensPerSecond'>,
): CandidateNode | null {
  const enough = nodes.filter(
    ({published}) =>
      published !== null &&
      published.totalTokensPerSecond >= required.totalTokensPerSecond &&
      published.outputTokensPerSecond >= required.outputTokensPerSecond,
  );
  const priced = enough.flatMap((node) => (node.usdPerHour === null ? [] : [{node, usd: node.usdPerHour.low}]));
  return priced.toSorted((a, b) => a.usd - b.usd)[0]?.node ?? null;
}

/** A multiple of a price, which has at most six decimals. */
function inMillionths(usd: number): number {
  return Math.round(usd * 1e6) / 1e6;
}
