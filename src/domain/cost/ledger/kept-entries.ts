import type {NodeState, PriceDocument, TimeEntry, TokenCounts, TokenEntry, TokenSource} from './entries.ts';

/** Prices that were in force together, and since when; `epoch` of an entry is the `id` of its prices. */
export type PriceEpoch = {readonly id: number; readonly sinceMs: number; readonly prices: PriceDocument};

/** Tokens of one hour, run, source and epoch, as the ledger keeps them. */
export type KeptTokens = TokenEntry & {readonly epoch: number};
/** Time of one hour or minute, state and epoch, as the ledger keeps it. */
export type KeptTime = TimeEntry & {readonly epoch: number};
/** Tokens of one minute: of all runs together. */
export type KeptMinuteTokens = Omit<KeptTokens, 'runId'>;

/**
 * Money of an hour from before the ledger had quantities: micro-USD, rounded, at the one price book that was then in force, which
 * is the one of `EARLIER_EPOCH` where that is known. The tokens of these hours are entries of the run `EARLIER_RUN`.
 */
export type LegacyHour = {readonly hourAtMs: number; readonly nodeMicroUsd: number; readonly apiMicroUsd: number};

/** The run that tokens of before are booked to: then hours did not say of which run they were. */
export const EARLIER_RUN = 'before-the-ledger';
export const EARLIER_EPOCH = 1;

/** What an engine was started as, for the tokens of its run; empty texts where nothing tells. */
export type RunSettings = {
  readonly runId: string;
  readonly engine: string;
  readonly model: string;
  readonly settings: string;
  readonly settingsDigest: string;
  /** False where cached prompt tokens are booked as uncached input. */
  readonly isCachedKnown: boolean;
};

/** The ledger of a time by hour, and all that its money is computed from. */
export type LedgerHours = {
  readonly tokens: readonly KeptTokens[];
  readonly times: readonly KeptTime[];
  readonly legacy: readonly LegacyHour[];
  /** Of the tokens' runs. */
  readonly runs: readonly RunSettings[];
};

/** The ledger of a time by minute; only the latest day has minutes. */
export type LedgerMinutes = {readonly tokens: readonly KeptMinuteTokens[]; readonly times: readonly KeptTime[]};

/** All that was ever booked, by what it is priced by. */
export type LedgerSums = {
  readonly tokens: readonly {readonly epoch: number; readonly source: TokenSource; readonly tokens: TokenCounts}[];
  readonly times: readonly {
    readonly epoch: number;
    readonly state: NodeState;
    readonly isGap: boolean;
    readonly ms: number;
    /** May be more than a number holds exactly. */
    readonly milliwattMs: bigint;
  }[];
};
