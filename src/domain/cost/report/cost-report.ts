import {slotOf} from '../../../shared/quantities/moments.ts';
import {MS_PER_DAY, MS_PER_HOUR} from '../../../shared/units.ts';
import {
  EARLIER_RUN,
  type KeptTime,
  type LedgerHours,
  type PriceEpoch,
  type RunSettings,
} from '../ledger/kept-entries.ts';
import {addAmounts, addLegacy, addTime, addTokens, type CostAmounts, noAmounts, tokensOf} from './cost-amounts.ts';
import {type PricesByEpoch, pricesByEpoch} from './prices-by-epoch.ts';
import type {ReportKind} from './report-kinds.ts';
import {sharedTime} from './share-time.ts';

/** Less of an hour has no money of its own. */
const LEAST_UNBOOKED_MS = 1_000;

/**
 * What a row of a report is of: an hour or a day of UTC by its start, the model or the settings of the engine. The time of the node
 * is not booked by run: hours in which engines of several rows used tokens are shared by these, and hours in which none did are a row
 * of their own, `none`.
 */
export type ReportKey =
  | {readonly of: 'time'; readonly startMs: number}
  | ({readonly of: 'model'} & Pick<RunSettings, 'model'>)
  | ({readonly of: 'settings'} & Pick<RunSettings, 'engine' | 'model' | 'settings' | 'settingsDigest'>)
  | {readonly of: 'none'};

export type ReportGroup = {
  readonly key: ReportKey;
  readonly amounts: CostAmounts;
  /** True where hours in which other rows used tokens too are shared with them, in proportion to all tokens. */
  readonly isNodeShared: boolean;
  /** True where an engine did not tell cached prompt tokens: an API would have cost at most this. */
  readonly isApiAtMost: boolean;
};

/** From when until when the node is billed, wall clock; null for no end. */
export type BilledTime = {readonly sinceMs: number | null; readonly untilMs: number | null};

/** What a report is made of: hours, or other times of which all hours count the same. */
export type ReportEntries = Omit<LedgerHours, 'times'> & {
  readonly times: readonly (Omit<KeptTime, 'milliwattMs'> & {readonly milliwattMs: number | bigint})[];
};

type Writable = {readonly key: ReportKey; readonly amounts: CostAmounts; isNodeShared: boolean; isApiAtMost: boolean};

/**
 * Sums hours of a ledger into rows, some hours at a time, the oldest first. Rows are taken as they are complete: there may be
 * thousands. Hours that are not billed cost nothing.
 */
export class CostReportSums {
  /** The price books that are compared. */
  readonly books: PricesByEpoch['books'];
  /** Exact sums of the rows that were taken. */
  readonly total: Omit<ReportGroup, 'key'>;
  readonly #total: Omit<Writable, 'key'>;
  readonly #prices: PricesByEpoch;
  readonly #by: ReportKind;
  readonly #billed: BilledTime;
  readonly #groups = new Map<string | number, Writable>();

  constructor(epochs: readonly PriceEpoch[], by: ReportKind, billed: BilledTime) {
    this.#prices = pricesByEpoch(epochs);
    this.#by = by;
    this.#billed = billed;
    this.books = this.#prices.books;
    this.#total = {amounts: noAmounts(this.#prices), isNodeShared: false, isApiAtMost: false};
    this.total = this.#total;
  }

  /** Adds whole hours: no hour comes twice. */
  add(hours: ReportEntries): void {
    const runs = new Map(hours.runs.map((run) => [run.runId, run]));
    const owners = ownersOf(hours, runs, this.#by);
    for (const entry of hours.tokens) {
      const run = runs.get(entry.runId);
      const group = this.#groupOf(keyOf(this.#by, entry.atMs, run));
      addTokens(group.amounts, entry, this.#prices);
      if (entry.source === 'client' && run?.isCachedKnown === false) group.isApiAtMost = true;
    }
    const bookedMs = new Map<number, number>();
    for (const entry of hours.times) {
      if (!isBilled(entry.atMs, this.#billed)) continue;
      bookedMs.set(entry.atMs, (bookedMs.get(entry.atMs) ?? 0) + entry.ms);
      this.#addTime(entry, owners(entry.atMs));
    }
    for (const hour of hours.legacy) {
      // An earlier beginning of the bill adds all of the hour; the end of what was booked before is within one.
      const isBooked =
        (bookedMs.get(hour.hourAtMs) ?? 0) >= billedMsOf(hour.hourAtMs, this.#billed) - LEAST_UNBOOKED_MS;
      const key = keyOf(this.#by, hour.hourAtMs, runs.get(EARLIER_RUN));
      addLegacy(this.#groupOf(key).amounts, hour, isBooked, this.#prices);
    }
  }

  /** Rows of which no later hour is a part: of time all but the newest, of models or settings none. Each is taken one time. */
  takeComplete(): readonly ReportGroup[] {
    const isByTime = this.#by === 'hour' || this.#by === 'day';
    return isByTime ? this.#take(this.#inOrder().slice(0, -1)) : [];
  }

  /** All rows that are left: those of time in its order, others as they came, that of hours without tokens last. */
  takeRest(): readonly ReportGroup[] {
    return this.#take(this.#inOrder());
  }

  #inOrder(): readonly Writable[] {
    return [...this.#groups.values()].toSorted((one, other) => rankOf(one.key) - rankOf(other.key));
  }

  #take(groups: readonly Writable[]): readonly ReportGroup[] {
    for (const group of groups) {
      addAmounts(this.#total.amounts, group.amounts);
      this.#total.isApiAtMost ||= group.isApiAtMost;
      this.#groups.delete(nameOf(group.key));
    }
    return groups;
  }

  #addTime(entry: ReportEntries['times'][number], owners: readonly Owner[]): void {
    const parts =
      owners.length > 1
        ? sharedTime(
            entry,
            owners.map((owner) => owner.tokens),
          )
        : [entry];
    for (const [index, part] of parts.entries()) {
      const group = this.#groupOf(owners[index]?.key ?? {of: 'none'});
      group.isNodeShared ||= parts.length > 1;
      addTime(group.amounts, {...entry, ...part}, this.#prices);
    }
  }

  #groupOf(key: ReportKey): Writable {
    const name = nameOf(key);
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const group = {key, amounts: noAmounts(this.#prices), isNodeShared: false, isApiAtMost: false};
    this.#groups.set(name, group);
    return group;
  }
}

const nameOf = (key: ReportKey): string | number => (key.of === 'time' ? key.startMs : JSON.stringify(key));

function keyOf(by: ReportKind, atMs: number, run: RunSettings | undefined): ReportKey {
  const {engine = '', model = '', settings = '', settingsDigest = ''} = run ?? {};
  switch (by) {
    case 'hour':
      return {of: 'time', startMs: slotOf(atMs, MS_PER_HOUR)};
    case 'day':
      return {of: 'time', startMs: slotOf(atMs, MS_PER_DAY)};
    case 'model':
      return {of: 'model', model};
    case 'settings':
      return {of: 'settings', engine, model, settings, settingsDigest};
  }
}

/** A row that the time of the node in an hour belongs to, and the tokens that it used in it. */
type Owner = {readonly key: ReportKey; readonly tokens: number};

/** To which rows the time of the node in an hour belongs; none for one without tokens. What is from before the ledger has no time. */
function ownersOf(
  {tokens}: ReportEntries,
  runs: ReadonlyMap<string, RunSettings>,
  by: ReportKind,
): (atMs: number) => readonly Owner[] {
  if (by === 'hour' || by === 'day') return (atMs) => [{key: keyOf(by, atMs, undefined), tokens: 1}];
  const owners = new Map<number, Map<string | number, Owner>>();
  for (const entry of tokens) {
    const count = tokensOf(entry.tokens);
    if (entry.runId === EARLIER_RUN || count === 0) continue;
    const key = keyOf(by, entry.atMs, runs.get(entry.runId));
    const ofHour = owners.get(entry.atMs) ?? new Map<string | number, Owner>();
    owners.set(entry.atMs, ofHour);
    ofHour.set(nameOf(key), {key, tokens: (ofHour.get(nameOf(key))?.tokens ?? 0) + count});
  }
  return (atMs) => [...(owners.get(atMs)?.values() ?? [])];
}

/** How much of an hour is billed. */
function billedMsOf(hourMs: number, {sinceMs, untilMs}: BilledTime): number {
  return Math.min(hourMs + MS_PER_HOUR, untilMs ?? Number.POSITIVE_INFINITY) - Math.max(hourMs, sinceMs ?? 0);
}

function isBilled(hourMs: number, {sinceMs, untilMs}: BilledTime): boolean {
  return (sinceMs === null || hourMs + MS_PER_HOUR > sinceMs) && (untilMs === null || hourMs < untilMs);
}

function rankOf(key: ReportKey): number {
  if (key.of === 'time') return key.startMs;
  return key.of === 'none' ? 1 : 0;
}
