import {z} from 'zod';
import type {Stamp} from '../../../samples/stamp.ts';
import {noOwnRequests, type OwnRequests, withRequestEnded, withRequestSent} from './own-requests.ts';
import type {RequestUsage} from './request-claim.ts';
import {counterNameSchema} from './sample-counters.ts';

/** The counters of a run as last read, and what of each is Gantry's: a later supervisor of the run subtracts it too. */
export const keptCountersSchema = z.partialRecord(counterNameSchema, z.object({read: z.number(), own: z.number()}));
export type KeptCounters = Readonly<z.infer<typeof keptCountersSchema>>;

/** Reasons to finish are text of the engine: vLLM has five. Of more, or of longer ones, nothing is kept. */
const MOST_COUNTERS = 64;
const MOST_NAME_CHARACTERS = 64;

/** What is kept of the requests of Gantry to a run: a few kilobytes, whatever the engine counts. */
export function keepCounters({read, amounts}: OwnRequests): KeptCounters {
  const counters = [...(read ?? [])].filter(([name]) => name.length <= MOST_NAME_CHARACTERS).slice(0, MOST_COUNTERS);
  return Object.fromEntries(counters.map(([name, value]) => [name, {read: value, own: amounts.get(name) ?? 0}]));
}

/** Gantry's requests to a run as an earlier supervisor knew them: its counters grow from where that one read them. */
export function recallCounters(kept: KeptCounters): OwnRequests {
  const counters = Object.entries(kept).flatMap(([key, value]) => {
    const name = counterNameSchema.safeParse(key).data;
    return name === undefined || value === undefined ? [] : [{name, ...value}];
  });
  if (counters.length === 0) return noOwnRequests;
  return {
    ...noOwnRequests,
    read: new Map(counters.map(({name, read}) => [name, read])),
    amounts: new Map(counters.map(({name, own}) => [name, own])),
  };
}

/** Health checks that a supervisor may have sent since it last stored the counters, which it does every five seconds. */
const UNREAD_REQUESTS = 2;

/**
 * With the health checks that the earlier supervisor sent after it had stored the counters: they are no clients that use an
 * idle engine. `usage` is null where a health check uses nothing.
 */
export function withUnreadRequests(own: OwnRequests, usage: RequestUsage | null, {monotonicMs}: Stamp): OwnRequests {
  if (usage === null || own.read === null) return own;
  return Array.from({length: UNREAD_REQUESTS}).reduce<OwnRequests>((sent) => {
    const key = Symbol('health check of an earlier supervisor');
    return withRequestEnded(withRequestSent(sent, key, usage), key, {usage: null, atMs: monotonicMs});
  }, own);
}
