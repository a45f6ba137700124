import type {GpuProcessSample} from '../../../samples/gpu.ts';
import {absent, type Reading} from '../../../samples/reading.ts';
import type {ParsedCard} from './build-gpu.ts';

/** What a parser found in one output, in any format. */
export type ParsedReport = {
  readonly driverVersion: Reading<string>;
  readonly cudaVersion: Reading<string>;
  /** Number of GPUs according to the driver, if the output has it. */
  readonly attachedCount: Reading<number>;
  readonly cards: readonly ParsedCard[];
  readonly processes: readonly GpuProcessSample[];
  /** True when the output is cut: the child was killed while printing. */
  readonly isCut: boolean;
};

const unsaid = absent('not in this output format');

/** An empty report. */
export const emptyReport: ParsedReport = {
  driverVersion: unsaid,
  cudaVersion: unsaid,
  attachedCount: unsaid,
  cards: [],
  processes: [],
  isCut: false,
};
