import type {SizeView} from '../../../api/cost/size-view.ts';
import type {RightSize} from '../../../domain/cost/right-size/right-size.ts';
import {mapReading} from '../../../samples/reading.ts';

/** What a snapshot has of a judgement. */
export function sizeViewOf({isWholeWeek, load, present, windows, neededContextTokens, smaller}: RightSize): SizeView {
  const {sinceMs, untilMs, coveredMs, lengths, mostRunningRequests, mostKvUsageRatio} = load;
  const {gpuName, gpuCount, contextTokens} = present;
  return {
    isWholeWeek,
    load: {
      ...{sinceMs, untilMs, coveredMs, mostRunningRequests, mostKvUsageRatio},
      lengths: mapReading(lengths, ({requests, longest, p99}) => ({requests, longest, p99})),
    },
    present: {gpuName, gpuCount, contextTokens},
    windows: windows.map((window) => ({
      contextTokens: window.contextTokens,
      isPresent: window.isPresent,
      refused: window.refused,
    })),
    neededContextTokens,
    smaller: smaller === null ? null : nodeOf(smaller),
  };
}

function nodeOf({gpuName, gpuCount, usdPerHour, published}: NonNullable<RightSize['smaller']>): SizeView['smaller'] {
  return {
    gpuName,
    gpuCount,
    usdPerHour: usdPerHour === null ? null : {low: usdPerHour.low, high: usdPerHour.high, isStale: usdPerHour.isStale},
    published:
      published === null ? null : {totalTokensPerSecond: published.totalTokensPerSecond, source: published.source},
  };
}
