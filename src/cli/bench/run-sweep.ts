import type {BenchDocument} from '../../api/bench/bench-document.ts';
import type {ApiError} from '../../api/commands.ts';
import type {BenchPoint} from '../../domain/bench/bench-point.ts';
import {isSaturated} from '../../domain/bench/sweep.ts';
import {countedText} from '../../shared/quantities/counts.ts';
import {latencyText} from '../../shared/quantities/durations.ts';
import type {Result} from '../../shared/result.ts';

/** Measures one load; an error if it could not be measured at all. */
export type MeasurePoint = (concurrency: number, requests: number) => Promise<Result<BenchPoint, ApiError>>;

export type Sweep = {
  readonly concurrencies: readonly number[];
  /** Requests of one stream at each concurrency. */
  readonly requestsPerStream: number;
  readonly firstTokenMs: number | null;
  readonly measure: MeasurePoint;
  readonly signal: AbortSignal;
  /** Why the node cannot be loaded any further; null while it can. */
  readonly findObstacle: () => Promise<string | null>;
};

/** What was measured, and why it ended there. `error`: of a load that could not be measured. */
export type Swept = Pick<BenchDocument, 'points' | 'end' | 'endDetail'> & {readonly error: ApiError | null};

/** Few requests have no percentiles. */
const FEWEST_REQUESTS = 8;

/** Measures one concurrency after the other, until a higher one makes no sense, a load fails, or it is interrupted. */
export async function runSweep(sweep: Sweep): Promise<Swept> {
  const points: BenchPoint[] = [];
  const ended = (end: Swept['end'], endDetail: string | null, error: ApiError | null = null): Swept => ({
    points,
    end,
    endDetail,
    error,
  });
  for (const concurrency of sweep.concurrencies) {
    if (sweep.signal.aborted)
      return ended('interrupted', `Interrupted before ${countedText(concurrency, 'concurrent request')}.`);
    const requests = Math.max(FEWEST_REQUESTS, concurrency * sweep.requestsPerStream);
    const measured = await sweep.measure(concurrency, requests);
    if (sweep.signal.aborted)
      return ended('interrupted', `Interrupted at ${countedText(concurrency, 'concurrent request')}.`);
    if (!measured.ok) return ended('failed', measured.error.message, measured.error);
    points.push(measured.value);
    const obstacle = await sweep.findObstacle();
    if (obstacle !== null) return ended('failed', obstacle);
    if (concurrency !== sweep.concurrencies.at(-1) && isSaturated(measured.value, sweep.firstTokenMs)) {
      return ended('saturated', saturatedText(concurrency, sweep.firstTokenMs ?? 0));
    }
  }
  return ended('complete', null);
}

function saturatedText(concurrency: number, targetMs: number): string {
  return `Not tried above ${countedText(concurrency, 'concurrent request')}: p99 of the first token is more than three times its target of ${latencyText(targetMs)}.`;
}
