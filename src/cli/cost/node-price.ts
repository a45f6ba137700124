import type {ApiError} from '../../api/commands.ts';
import {type ExactRange, mapRange, ownedUsdPerMonth} from '../../domain/cost/break-even.ts';
import type {BreakEvenAssumptions} from '../../domain/cost/break-even-answer.ts';
import {ownershipOf, rentSetting} from '../../domain/cost/candidate-nodes.ts';
import type {PublishedPrices} from '../../domain/cost/published-prices.ts';
import {isCard} from '../../domain/cost/published-throughput.ts';
import {exactNumber, product, type Rational, rational, rounded, zero} from '../../domain/cost/rational.ts';
import {gpuNameIn, type PlannedNode, parseNodeSpec} from '../../domain/memory/node-spec.ts';
import {usdDigitsText} from '../../shared/quantities/money.ts';
import {err, ok, type Result} from '../../shared/result.ts';

/** The published guide's node, and its price per hour. */
export const GUIDE_NODE = '8xH100';
const guidePrice: ExactRange = {low: rational(16), high: rational(24)};
/** The kind of provider whose range is assumed where none is given. */
const USUAL_PROVIDER = 'specialty';

/** What the command line says of the price; each is undefined where it says nothing. */
export type PriceOptions = {
  readonly usdPerHour?: ExactRange;
  readonly usdPerGpuHour?: ExactRange;
  readonly purchaseUsd?: Rational;
  readonly months?: Rational;
  readonly colocationUsd?: Rational;
  readonly watts?: Rational;
  readonly usdPerKwh?: Rational;
  /** By the published cost of ownership of its cards. */
  readonly owned?: boolean;
};

export type PricedNode = {
  /** As the operator wrote it. */
  readonly spec: string;
  readonly node: PlannedNode;
  /** Of the month. */
  readonly hours: Rational;
  readonly published: PublishedPrices;
  /** Of this node; `gpus` is null where nothing shows them. */
  readonly ledger: {readonly usdPerHour: ExactRange | null; readonly gpus: string | null} | null;
};
type PriceOfNode = Pick<BreakEvenAssumptions, 'usdPerMonth' | 'priceOrigin'>;

/**
 * What the node costs in a month, and where that comes from: as given, as the ledger has it, as in the published guide, or the
 * rent of its cards. An error where an owned node lacks a part, and where nothing has a price.
 */
export function priceOfNode(
  options: PriceOptions,
  {spec, node, hours, published, ledger}: PricedNode,
): Result<PriceOfNode, ApiError> {
  const perHour = (range: ExactRange, priceOrigin: string) =>
    ok({usdPerMonth: mapRange(range, (usd) => product(usd, hours)), priceOrigin});
  const perGpu = (range: ExactRange) => mapRange(range, (usd) => product(usd, rational(node.gpuCount)));
  const owned = ownedPrice(options, hours);
  if (owned !== null) return owned;
  if (options.owned === true) {
    const cost = ownershipOf(nameOf(node, spec), published);
    if (cost === null) return err(noOwnership(spec));
    const usd = exactNumber(cost.usdPerGpuHour);
    return perHour(perGpu({low: usd, high: usd}), `cost of an owned ${cost.card}, as of ${cost.asOf}; ${cost.source}`);
  }
  if (options.usdPerHour !== undefined) return perHour(options.usdPerHour, 'as given');
  if (options.usdPerGpuHour !== undefined) return perHour(perGpu(options.usdPerGpuHour), 'as given, per GPU');
  const {usdPerHour: booked = null, gpus = null} = ledger ?? {};
  if (booked !== null && (gpus === null || isNode(node, gpus))) return perHour(booked, "by this node's ledger");
  if (isNode(node, GUIDE_NODE)) return perHour(guidePrice, "the published guide's");
  const rents = published.gpus.filter(({card}) => isCard(nameOf(node, spec), card));
  const rent = rents.find(({provider}) => provider === USUAL_PROVIDER) ?? rents[0];
  if (rent === undefined) {
    const isOwnable = ownershipOf(nameOf(node, spec), published) !== null;
    return err({
      code: 'usage.price',
      message: `No price is known for ${gpuNameIn(spec)}: the price book has no rent for it.`,
      remedy: `Use --usd-per-hour or --usd-per-gpu-hour${isOwnable ? ', or --owned' : ''}, or set ${rentSetting(node.card.name)}.`,
    });
  }
  return perHour(
    perGpu({low: exactNumber(rent.low), high: exactNumber(rent.high)}),
    `rent of a ${rent.card}, ${rent.provider}, as of ${rent.asOf}`,
  );
}

/** The catalog has one entry for the forms of a chip that have the same memory: what was written tells them apart. */
function nameOf({card}: PlannedNode, spec: string): string {
  return `${card.name} ${gpuNameIn(spec)}`;
}

function noOwnership(spec: string): ApiError {
  return {
    code: 'usage.price',
    message: `The price book has no cost of ownership for ${gpuNameIn(spec)}.`,
    remedy: 'Give the parts of it: --purchase-usd 300000 --months 36 --watts 8000 --usd-per-kwh 0.12.',
  };
}

/** The sum of a month: `$300,000.00 / 36 months + 8,000 W x 730 h x $0.12/kWh`. */
function ownedText(options: PriceOptions, hours: Rational): string {
  const {purchaseUsd = zero, months = zero, colocationUsd, watts, usdPerKwh} = options;
  const text = (value: Rational): string => usdDigitsText(rounded(value, 6));
  const count = (value: Rational): string => String(rounded(value, 3));
  return [
    `${text(purchaseUsd)} / ${count(months)} months`,
    ...(colocationUsd === undefined ? [] : [text(colocationUsd)]),
    ...(watts === undefined || usdPerKwh === undefined
      ? []
      : [`${count(watts)} W x ${count(hours)} h x ${text(usdPerKwh)}/kWh`]),
  ].join(' + ');
}

/** Whether `spec` writes this node, in whatever way. */
function isNode({card, gpuCount}: PlannedNode, spec: string): boolean {
  const other = parseNodeSpec(spec);
  return other.ok && other.value.card.name === card.name && other.value.gpuCount === gpuCount;
}

/** Null for a node that is not owned. */
function ownedPrice(options: PriceOptions, hours: Rational): Result<PriceOfNode, ApiError> | null {
  const {purchaseUsd, months, colocationUsd, watts, usdPerKwh} = options;
  if ([purchaseUsd, months, colocationUsd, watts, usdPerKwh].every((option) => option === undefined)) return null;
  const missing = purchaseUsd === undefined ? '--purchase-usd' : months === undefined ? '--months' : null;
  const half =
    (watts === undefined) === (usdPerKwh === undefined) ? null : watts === undefined ? '--watts' : '--usd-per-kwh';
  if (purchaseUsd === undefined || months === undefined || half !== null) {
    return err({
      code: 'usage.owned',
      message: `A node that is owned needs ${missing ?? half}.`,
      remedy: 'For example: --purchase-usd 300000 --months 36 --watts 8000 --usd-per-kwh 0.12 --colocation-usd 1500.',
    });
  }
  const usd = ownedUsdPerMonth({
    purchaseUsd,
    months,
    colocationUsdPerMonth: colocationUsd ?? zero,
    watts: watts ?? zero,
    usdPerKilowattHour: usdPerKwh ?? zero,
    hours,
  });
  return ok({usdPerMonth: {low: usd, high: usd}, priceOrigin: `owned: ${ownedText(options, hours)}`});
}
