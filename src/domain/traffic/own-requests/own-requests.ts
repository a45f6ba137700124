import type {EngineMetricsSample} from '../../../samples/engine-metrics.ts';
import {growthOf, isReset} from '../counters.ts';
import {type CounterJump, jumpOf} from './counter-jump.ts';
import {type HistogramShares, noShares, withoutObservations} from './histogram-shares.ts';
import {withoutInFlight} from './in-flight.ts';
import {claimsOf, nothingUsed, type OwnRequest, openClaim, type RequestUsage} from './request-claim.ts';
import {type CounterName, type Counters, countersOf, isFinishedCounter, withCounters} from './sample-counters.ts';

/**
 * The requests that Gantry itself sends to an engine (readiness probes, canaries, health checks that generate), and what
 * of the engine's counters is theirs. The rest is the traffic of clients.
 */
export type OwnRequests = {
  /** Those that are in flight, and those that ended and were not yet found in the counters. Oldest first. */
  readonly requests: readonly OwnRequest[];
  /** The counters as last read, and what of each is Gantry's. */
  readonly read: Counters | null;
  /** When, by the monotonic clock; null if not by this supervisor. */
  readonly readAtMs: number | null;
  /** What of each is not the clients': Gantry's, and growth that no node can have had. */
  readonly amounts: Counters;
  readonly histograms: HistogramShares;
  /** Clients' requests that ran or waited in the newest sample; null if unknown. */
  readonly clients: number | null;
  /** The growth in the newest sample that no node can have had. */
  readonly jumps: readonly CounterJump[];
};

/** Nothing was sent and nothing was read. */
export const noOwnRequests: OwnRequests = {
  requests: [],
  read: null,
  readAtMs: null,
  amounts: new Map(),
  histograms: noShares,
  clients: null,
  jumps: [],
};

/** An ended request is expected in the counters for this long: some engines update them seconds later. */
const EXPECTED_FOR_MS = 60_000;
/** Of more requests than these that were not found, the engine does not count them. */
const MOST_EXPECTED = 8;

/** A request is about to be sent; `expected` is what it may use at most. */
export function withRequestSent(own: OwnRequests, key: symbol, expected: RequestUsage): OwnRequests {
  const found = {found: new Map(), foundObservations: new Map(), isAlone: true, isPending: false};
  return {...own, requests: [...own.requests, {key, endedAtMs: null, usage: null, expected, ...found}]};
}

/** A request ended, at a monotonic time: with this usage, or without one in its response. */
export function withRequestEnded(
  own: OwnRequests,
  key: symbol,
  {usage, atMs}: {readonly usage: RequestUsage | null; readonly atMs: number},
): OwnRequests {
  const requests = own.requests.map((one) => (one.key === key ? {...one, usage, endedAtMs: atMs} : one));
  // An engine that starts, or has no metrics, is asked many times before its counters are read.
  return {...own, requests: withFewEnded(requests.filter((one) => one.usage !== nothingUsed || one.found.size > 0))};
}

/** Whether tokens that the engine generated for this request were counted. */
export function hasGenerated(own: OwnRequests, key: symbol): boolean {
  const found = own.requests.find((one) => one.key === key)?.found;
  return [found?.get('generationTokensTotal'), found?.get('liveGenerationTokensTotal')].some((one = 0) => one > 0);
}

/**
 * The sample with only the traffic of clients: without the tokens, the finished requests and the latencies of Gantry's
 * own requests, and without those in flight that are known to be among the running and waiting ones. A request is looked
 * for in the growth of the counters since it was sent, and in nothing older, so that no counter falls or is negative;
 * growth of others that was attributed to it before its end is given back. Of latencies that were observed together with
 * those of clients, none is taken. Steps, speculative decoding and KV cache use stay those of the engine.
 */
export function clientSample(
  own: OwnRequests,
  sample: EngineMetricsSample,
): {readonly own: OwnRequests; readonly sample: EngineMetricsSample} {
  const counters = countersOf(sample);
  // What the first sample counts may be older than a request in flight, except where it is no more than what that may use.
  const isOlder = own.read === null && isMoreThanOwn(null, counters, own.requests);
  const counting = isOlder ? own.requests.filter(({endedAtMs}) => endedAtMs !== null) : own.requests;
  // First those whose usage is known to be in the counters, or soon will be.
  const sorted = counting.toSorted((one, other) => Number(one.usage === null) - Number(other.usage === null));
  const haveClients = isMoreThanOwn(own.read, counters, sorted);
  const candidates = sorted.map((one) => ({...one, isAlone: one.isAlone && !haveClients}));
  const alone = new Set(candidates.flatMap(({key, isAlone}) => (isAlone ? [key] : [])));
  const counted = withoutTokens(own, counters, candidates, sample.stamp.monotonicMs);
  const observed = withoutObservations(own.histograms, sample, candidates);
  const inFlight = withoutInFlight(withCounters(observed.sample, counted.rest), own.requests, own.clients);
  const requests = own.requests.map((request) => ({
    ...request,
    isAlone: alone.has(request.key) || own.read === null,
    isPending: inFlight.pending.has(request.key),
    found: counted.found.get(request.key) ?? request.found,
    foundObservations: observed.found.get(request.key) ?? request.foundObservations,
  }));
  const {read, amounts} = counted;
  return {
    own: {
      requests: stillExpected(requests, read, sample.stamp.monotonicMs),
      read,
      readAtMs: sample.stamp.monotonicMs,
      amounts,
      histograms: observed.shares,
      clients: inFlight.clients,
      jumps: counted.jumps,
    },
    sample: inFlight.sample,
  };
}

/** Whether the counters grew by more than these requests can have used. */
function isMoreThanOwn(before: Counters | null, counters: Counters, requests: readonly OwnRequest[]): boolean {
  const grown = [...counters].map(([name, value]) => ({name, growth: growthOf(before?.get(name) ?? 0, value)}));
  const open = (name: CounterName): number =>
    requests.reduce((sum, request) => sum + Math.max(0, openClaim(request, name, request.found)), 0);
  const finished = grown.filter(({name}) => isFinishedCounter(name));
  const mostFinished = Math.max(0, ...finished.map(({name}) => open(name)));
  return (
    finished.reduce((sum, {growth}) => sum + growth, 0) > mostFinished ||
    grown.some(({name, growth}) => !isFinishedCounter(name) && growth > open(name))
  );
}

const none: Counters = new Map();

/** Divides each counter into what is Gantry's and the rest. */
function withoutTokens(own: OwnRequests, counters: Counters, candidates: readonly OwnRequest[], nowMs: number) {
  const jumps: CounterJump[] = [];
  const elapsedMs = own.readAtMs === null ? null : nowMs - own.readAtMs;
  // Of a counter that is missing in this sample, what is known is kept: it may come back.
  const read = new Map<CounterName, number>(own.read ?? []);
  const amounts = new Map<CounterName, number>(own.amounts);
  const rest = new Map<CounterName, number>();
  const found = new Map(candidates.map((one) => [one.key, new Map(one.found)]));
  for (const [name, value] of counters) {
    const before = own.read?.get(name) ?? 0;
    const isNew = isReset(before, value);
    let growth = growthOf(before, value);
    let amount = isNew ? 0 : (own.amounts.get(name) ?? 0);
    const jump = jumpOf(name, growth, elapsedMs);
    if (jump !== null) {
      jumps.push(jump);
      amount += growth;
      growth = 0;
    }
    // First what is given back: it may be another one's.
    const open = candidates.map((request) => {
      const earlier = request.found.get(name) ?? 0;
      // What was found before a restart is gone with the earlier counter.
      const isPast = isNew && earlier > 0;
      return {key: request.key, earlier, more: isPast ? 0 : openClaim(request, name, found.get(request.key) ?? none)};
    });
    for (const {key, earlier, more} of open.toSorted((one, other) => Number(one.more >= 0) - Number(other.more >= 0))) {
      const taken = Math.max(-amount, Math.min(growth, more));
      growth -= taken;
      amount += taken;
      found.get(key)?.set(name, earlier + taken);
    }
    // A counter that is printed rounded may fall a little.
    const highest = isNew ? value : Math.max(before, value);
    read.set(name, highest);
    amounts.set(name, amount);
    rest.set(name, highest - amount);
  }
  return {read, amounts, rest, found, jumps};
}

function stillExpected(requests: readonly OwnRequest[], counters: Counters, nowMs: number): readonly OwnRequest[] {
  return withFewEnded(requests.filter((one) => isExpected(one, counters, nowMs)));
}

function withFewEnded(requests: readonly OwnRequest[]): readonly OwnRequest[] {
  const kept = new Set(requests.filter(({endedAtMs}) => endedAtMs !== null).slice(-MOST_EXPECTED));
  return requests.filter((one) => one.endedAtMs === null || kept.has(one));
}

/** A request without usage is expected only in the first sample after its end. */
function isExpected(request: OwnRequest, counters: Counters, nowMs: number): boolean {
  const {endedAtMs, usage, found} = request;
  if (endedAtMs === null) return true;
  if (usage === null || nowMs - endedAtMs > EXPECTED_FOR_MS) return false;
  return [...claimsOf(request)].some(([name, {least}]) => counters.has(name) && (found.get(name) ?? 0) < least);
}
