import type {NodeUseNow} from '../../domain/cost/ledger/ledger-state.ts';
import {nodeStateOf} from '../../domain/cost/ledger/node-state.ts';
import {idlenessOf} from '../../domain/diagnosis/serving/idleness.ts';
import type {LifecycleState} from '../../domain/lifecycle/lifecycle.ts';
import {isPresent} from '../../samples/reading.ts';
import type {Stamp} from '../../samples/stamp.ts';
import type {Observations} from '../snapshot/observations.ts';
import {isFresh} from '../snapshot/serving-moment.ts';

const MILLIWATTS_PER_WATT = 1_000;
/** No card draws more; a sensor that fails may say so. */
const MOST_WATTS_OF_CARD = 10_000;
/** Tokens of a slow engine are counted every few seconds. */
const GROWING_FOR_MS = 10_000;

type Known = {
  /** When the tokens of the run last grew, monotonic; null if they did not. */
  readonly grewAtMs: number | null;
  /** Until two pages of a run are read, it is as it was. */
  readonly before: NodeUseNow | null;
};

/** What the node does, by its engine, the newest pages of metrics and the power of the cards. */
export function nodeUseOf(
  {state, run}: Pick<LifecycleState, 'state' | 'run'>,
  seen: Pick<Observations, 'traffic' | 'gpuFrame'>,
  {grewAtMs, before}: Known,
  now: Stamp,
): NodeUseNow {
  const runId = run?.runId ?? null;
  const isGrowing = grewAtMs !== null && now.monotonicMs - grewAtMs <= GROWING_FOR_MS;
  const isIdle = isIdleBy(seen.traffic.samples) ?? (before?.runId === runId && before.state === 'idle');
  return {state: nodeStateOf({state, isIdle, isGrowing}), runId, milliwatts: milliwattsOf(seen.gpuFrame, now)};
}

function isIdleBy(samples: Observations['traffic']['samples']): boolean | null {
  const [before, after] = samples.slice(-2);
  return before === undefined || after === undefined ? null : idlenessOf(before, after) === 'present';
}

/** Of all cards that tell; null where none does, and where none was read for some seconds. */
function milliwattsOf(frame: Observations['gpuFrame'], now: Stamp): number | null {
  if (frame === null || !isFresh(frame, now)) return null;
  const watts = frame.gpus.flatMap(({powerDrawWatts: draw}) =>
    isPresent(draw) && draw >= 0 && draw <= MOST_WATTS_OF_CARD ? [draw] : [],
  );
  return watts.length === 0 ? null : Math.round(watts.reduce((sum, one) => sum + one, 0) * MILLIWATTS_PER_WATT);
}
