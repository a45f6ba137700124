import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import {shownGibDifference} from '../../shared/quantities/bytes.ts';

type Terms = Pick<MemoryPlan['perGpu'], 'weightsBytes' | 'kvCachePoolBytes' | 'overheadBytes'>;

/**
 * The terms of a plan as they are shown, so that their digits add up to the total: rounding goes to the overhead, which is an
 * estimate; where the cache is missing, to that.
 */
export function shownTerms({weightsBytes, kvCachePoolBytes, overheadBytes, totalBytes}: MemoryPlan['perGpu']): Terms {
  if (kvCachePoolBytes < 0) {
    return {weightsBytes, overheadBytes, kvCachePoolBytes: shownGibDifference(totalBytes, weightsBytes, overheadBytes)};
  }
  return {
    weightsBytes,
    kvCachePoolBytes,
    overheadBytes: shownGibDifference(totalBytes, weightsBytes, kvCachePoolBytes),
  };
}
