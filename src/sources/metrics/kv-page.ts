import type {EngineMetricsSample} from '../../samples/engine-metrics.ts';
import {type Absent, absent, isAbsent, isPresent, type Reading} from '../../samples/reading.ts';
import {secondsText} from '../../shared/quantities/durations.ts';
import {BYTES_PER_MIB} from '../../shared/units.ts';
import {afterAwake} from '../host/awake-time.ts';
import {doing, failedWork} from '../host/external-work.ts';
import {askHttp} from '../http/ask-http.ts';
import {httpFault} from '../http/http-fault.ts';
import {readBody} from '../http/read-body.ts';

/** Of thousands of slots; a build that shows the prompts of its clients in it has a larger one. */
const MAX_PAGE_BYTES = 4 * BYTES_PER_MIB;
/** The engine has no such page, or was started without it: it will not have one later. */
const REFUSED: ReadonlySet<number> = new Set([404, 405, 501]);

export type KvPageRequest = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly readUsage: (page: unknown) => Reading<number>;
  readonly timeoutMs: number;
  /** Cancels a request immediately; its result is then ignored. */
  readonly signal: AbortSignal;
};

/** Reads how much of the KV cache running requests use, where the metrics do not say it. */
export type KvPageReader = {
  /** Before the metrics are read: the engine answers both in the same step. */
  readonly begin: () => void;
  /** After that, by what the metrics have: their own value, if any; an idle engine uses nothing, and is not asked. */
  readonly usage: (mapped: Pick<EngineMetricsSample, 'kvUsageRatio' | 'runningRequests'>) => Promise<Reading<number>>;
};

/** A reader for one engine. It asks while requests run, and once before that, to know whether the engine has the page. */
export function createKvPageReader(request: KvPageRequest): KvPageReader {
  let refused: Absent | null = null;
  let isNeeded = true;
  let asked: Promise<Reading<number>> | null = null;

  async function ask(): Promise<Reading<number>> {
    const answer = await readPage(request);
    if (answer.isRefused) refused = answer.usage;
    return answer.usage;
  }

  return {
    begin() {
      asked = isNeeded && refused === null ? ask() : null;
    },
    async usage({kvUsageRatio, runningRequests}) {
      const isIdle = runningRequests === 0;
      isNeeded = !isIdle && isAbsent(kvUsageRatio);
      if (isPresent(kvUsageRatio)) return kvUsageRatio;
      const usage = refused ?? (await (asked ?? (isIdle ? 0 : ask())));
      return isIdle && isPresent(usage) ? 0 : usage;
    },
  };
}

type Answer =
  | {readonly usage: Reading<number>; readonly isRefused: false}
  | {readonly usage: Absent; readonly isRefused: true};

async function readPage({url, headers, readUsage, timeoutMs, signal}: KvPageRequest): Promise<Answer> {
  const {pathname} = new URL(url);
  const unknown = (reason: string): Answer => ({usage: absent(reason), isRefused: false});
  const work = {kind: 'metrics', subject: url, fromBytes: null, toBytes: null} as const;
  if (failedWork(work.kind, url).length > 0)
    return {usage: absent(`${pathname} ended an earlier supervisor`), isRefused: true};
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  const cancel = afterAwake(timeoutMs, abort);
  signal.addEventListener('abort', abort, {once: true});
  try {
    const response = await askHttp(url, {headers, signal: controller.signal});
    if (REFUSED.has(response.status)) {
      response.discard();
      return {usage: absent(`this build or start of the engine has no ${pathname}`), isRefused: true};
    }
    if (!response.ok) {
      response.discard();
      return unknown(`the engine answered ${pathname} with status ${response.status}`);
    }
    const text = await readBody(response, MAX_PAGE_BYTES);
    return text === null
      ? unknown(`${pathname} is too large`)
      : {usage: doing(work, () => readUsage(JSON.parse(text))), isRefused: false};
  } catch (error) {
    if (error instanceof SyntaxError) return unknown(`${pathname} is not JSON`);
    if (controller.signal.aborted) return unknown(`no answer to ${pathname} within ${secondsText(timeoutMs)}`);
    return unknown(`no answer to ${pathname} (${httpFault(error).detail})`);
  } finally {
    cancel();
    signal.removeEventListener('abort', abort);
  }
}
