import type {ApiError} from '../../../api/commands.ts';
import type {History, HistoryQuery} from '../../../api/history.ts';
import type {WindowRequests} from '../../../api/latency/latency-schemas.ts';
import type {Snapshot} from '../../../api/snapshot.ts';
import type {PublishedPrices} from '../../../domain/cost/published-prices.ts';
import {type LoadHistory, loadSeries, observedLoad} from '../../../domain/cost/right-size/observed-load.ts';
import {type RightSize, rightSizeSteps} from '../../../domain/cost/right-size/right-size.ts';
import type {ModelOnDisk} from '../../../domain/memory/model/checkpoint.ts';
import type {MemoryPlan} from '../../../domain/memory/plan/memory-plan.ts';
import {inputOfPlan} from '../../../engines/planning/input-of-plan.ts';
import {resultInSlices, type Steps} from '../../../history/steps.ts';
import {absent, isAbsent, valueOrNull} from '../../../samples/reading.ts';
import {err, ok, type Result} from '../../../shared/result.ts';

/** What of a history tells the load. */
type LoadAnswer = Pick<History, 'series'> & {readonly requests?: Pick<WindowRequests, 'lengths'> | undefined};

/** What of a node its size is judged by; a snapshot has it. */
export type PresentNode = Pick<Snapshot, 'plan'> & {
  readonly kvCache: Pick<Snapshot['kvCache'], 'capacityTokens'>;
  readonly cost: Pick<Snapshot['cost'], 'nodeUsdPerHour'>;
};

export type SizeSources = {
  readonly snapshot: PresentNode;
  readonly getHistory: (query: HistoryQuery) => Promise<Result<LoadAnswer, ApiError>>;
  /** The files of a model on this host; null for none. */
  readonly lookUp: (model: string) => Promise<ModelOnDisk | null>;
  readonly prices: PublishedPrices;
  readonly nowMs: number;
  /** Until when the node was watched; without, it is watched now. */
  readonly watchedUntilMs?: number | null;
};

/** How large context and node have to be for what was asked of this node; an error without a plan or a history. */
export async function sizeOfNode(sources: SizeSources, windowMs: number): Promise<Result<RightSize, ApiError>> {
  const {snapshot, getHistory, lookUp, nowMs, watchedUntilMs} = sources;
  const {plan} = snapshot;
  if (isAbsent(plan)) return err(noPlan(plan.absent));
  const untilMs = Math.min(nowMs, watchedUntilMs ?? nowMs);
  const asked = {series: [...loadSeries], gpuSeries: [], requests: true};
  const history = await getHistory({...asked, windowMs, untilMs});
  if (!history.ok) return history;
  const onDisk = await lookUp(plan.settings.model);
  const {requests, series} = history.value;
  const lengths = requests?.lengths ?? absent('none are kept of this time');
  return resultInSlices(sizeSteps(sources, plan, onDisk, {sinceMs: untilMs - windowMs, untilMs, series, lengths}));
}

/** In steps: the arithmetic takes tens of milliseconds, in which a supervisor has other work. */
function* sizeSteps(
  {snapshot: {kvCache, cost}, prices, nowMs}: SizeSources,
  plan: MemoryPlan,
  onDisk: ModelOnDisk | null,
  history: LoadHistory,
): Steps<Result<RightSize, ApiError>> {
  const input = inputOfPlan(plan, onDisk);
  if (!input.ok) return err(noPlan(input.error.message));
  yield;
  const load = observedLoad(history);
  const size = yield* rightSizeSteps({
    plan: input.value,
    load,
    kvCapacityTokens: valueOrNull(kvCache.capacityTokens) ?? plan.kvCache.capacityTokens * plan.kvCache.replicas,
    nodeUsdPerHour: valueOrNull(cost.nodeUsdPerHour),
    prices,
    nowMs,
  });
  return ok(size);
}

function noPlan(reason: string): ApiError {
  return {
    code: 'plan.absent',
    message: `There is no plan of this node to compare with: ${reason}.`,
    remedy: 'Start an engine, or see what gantry plan says.',
  };
}
