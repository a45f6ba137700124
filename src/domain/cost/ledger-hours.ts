import {MS_PER_HOUR} from '../../shared/units.ts';
import {type Ledger, ledgerTokensSince} from './ledger.ts';

/** What was spent in some time: dollars of the node, dollars and tokens of the API. */
export type LedgerAmounts = {
  readonly nodeUsd: number;
  readonly apiUsd: number;
  readonly promptTokens: number;
  readonly cachedPromptTokens: number;
  readonly generationTokens: number;
};

/** The amounts of one hour; `hourAtMs` is its start. */
export type LedgerHour = LedgerAmounts & {readonly hourAtMs: number};

const nothing: LedgerAmounts = {nodeUsd: 0, apiUsd: 0, promptTokens: 0, cachedPromptTokens: 0, generationTokens: 0};
/** A longer step is a clock that was set: a run is not unobserved for longer than a month. */
const MOST_HOURS = 31 * 24;

/** Start of the hour of this time. */
export function hourOf(atMs: number): number {
  return Math.floor(atMs / MS_PER_HOUR) * MS_PER_HOUR;
}

/**
 * What a step added to the ledger of a run, by the hours in which it was spent, oldest first: each amount in proportion to
 * the time. Time that had to wait for a price belongs to its own hours. The hours of all steps add up to the ledger.
 */
export function growthByHour(before: Ledger, after: Ledger, elapsedMs: number): readonly LedgerHour[] {
  const waitedMs = after.unpricedMs === 0 ? before.unpricedMs : 0;
  const tokens = ledgerTokensSince(before, after.tokens);
  const hours = new Map<number, LedgerHour>();
  addSpread(hours, after.untilMs, elapsedMs + waitedMs, {...nothing, nodeUsd: after.nodeUsd - before.nodeUsd});
  addSpread(hours, after.untilMs, elapsedMs, {...nothing, ...tokens, apiUsd: after.apiUsd - before.apiUsd});
  return [...hours.values()].toSorted((one, other) => one.hourAtMs - other.hourAtMs);
}

/** The sum of two lists of hours. */
export function addHours(one: readonly LedgerHour[], other: readonly LedgerHour[]): readonly LedgerHour[] {
  const hours = new Map(one.map((hour) => [hour.hourAtMs, hour]));
  for (const hour of other) addHour(hours, hour);
  return [...hours.values()];
}

/** Adds amounts that were spent evenly until this time. */
function addSpread(hours: Map<number, LedgerHour>, untilMs: number, durationMs: number, amounts: LedgerAmounts): void {
  if (Object.values(amounts).every((amount) => amount === 0)) return;
  const spreadMs = Math.min(Math.max(0, durationMs), MOST_HOURS * MS_PER_HOUR);
  const sinceMs = untilMs - spreadMs;
  for (let hourAtMs = hourOf(sinceMs); hourAtMs <= untilMs; hourAtMs += MS_PER_HOUR) {
    const withinMs = Math.min(untilMs, hourAtMs + MS_PER_HOUR) - Math.max(sinceMs, hourAtMs);
    const share = spreadMs === 0 ? 1 : withinMs / spreadMs;
    if (share > 0) addHour(hours, {hourAtMs, ...scaled(amounts, share)});
  }
}

function addHour(hours: Map<number, LedgerHour>, hour: LedgerHour): void {
  const before = hours.get(hour.hourAtMs) ?? nothing;
  hours.set(hour.hourAtMs, {
    hourAtMs: hour.hourAtMs,
    nodeUsd: before.nodeUsd + hour.nodeUsd,
    apiUsd: before.apiUsd + hour.apiUsd,
    promptTokens: before.promptTokens + hour.promptTokens,
    cachedPromptTokens: before.cachedPromptTokens + hour.cachedPromptTokens,
    generationTokens: before.generationTokens + hour.generationTokens,
  });
}

function scaled(amounts: LedgerAmounts, share: number): LedgerAmounts {
  return {
    nodeUsd: amounts.nodeUsd * share,
    apiUsd: amounts.apiUsd * share,
    promptTokens: amounts.promptTokens * share,
    cachedPromptTokens: amounts.cachedPromptTokens * share,
    generationTokens: amounts.generationTokens * share,
  };
}
