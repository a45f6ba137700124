import {randomUUID} from 'node:crypto';
import type {ApiError} from '../../api/commands.ts';
import type {BenchWorkload} from '../../domain/bench/bench-workload.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {findTextScale, generateLoad, type LoadProgress, warmUp} from '../../sources/bench/generate-load.ts';
import type {LoadFault, LoadTarget} from '../../sources/bench/stream-answer.ts';
import type {MeasurePoint} from './run-sweep.ts';

/** Measures with Gantry's own load generator; an error if the engine does not accept its first requests. */
export async function createOwnMeasure(options: {
  readonly target: LoadTarget;
  readonly workload: BenchWorkload;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: LoadProgress) => void;
}): Promise<Result<MeasurePoint, ApiError>> {
  const {target, workload, signal, onProgress} = options;
  // The same prompts again would be answered from the prefix cache.
  const seed = randomUUID();
  const nowMs = (): number => performance.now();
  const scale = await findTextScale({target, seed, signal, nowMs});
  if (!scale.ok) return err(refusedLoad(scale.error));
  const warmed = await warmUp({target, workload, seed, scale: scale.value, signal, nowMs});
  if (!warmed.ok) return err(refusedLoad(warmed.error));
  return ok(async (concurrency, requests) => {
    const load = {target, workload, concurrency, requests, seed, scale: scale.value, signal, nowMs, onProgress};
    const point = await generateLoad(load);
    return point.ok ? point : err(refusedLoad(point.error));
  });
}

/** Why no request of a load was answered. */
function refusedLoad({status, message}: LoadFault): ApiError {
  if (status === 401 || status === 403) {
    return {
      code: 'bench.unauthorized',
      message: `The engine does not accept the API key that Gantry has for it (${message}).`,
      remedy:
        'Set the variable of the key in the environment of this command, or restart the engine with gantry restart.',
    };
  }
  return {
    code: 'bench.no-answer',
    message: `No request of the benchmark was answered: ${message}.`,
    remedy: 'Read gantry logs: the engine may have stopped, or refuses requests of this size.',
  };
}
