import type {EngineMetricsSample} from '../../../samples/engine-metrics.ts';

/** The histograms of a sample. Kept histograms are numbered by this order: a new one is added at the end. */
export const histogramNames = [
  'timeToFirstTokenSeconds',
  'interTokenLatencySeconds',
  'endToEndLatencySeconds',
  'queueTimeSeconds',
  'prefillTimeSeconds',
  'decodeTimeSeconds',
  'promptLengthTokens',
  'generationLengthTokens',
  'longestGenerationTokens',
] as const satisfies readonly (keyof EngineMetricsSample)[];

/** The name of a histogram in a sample. */
export type HistogramName = (typeof histogramNames)[number];
