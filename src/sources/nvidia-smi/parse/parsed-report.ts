import type {GpuProcessSample} from '../../../samples/gpu.ts';
import {absent, type Reading} from '../../../samples/reading.ts';
import type {ParsedCard} from './build-gpu.ts';

/** What a parser found in one output, whatever form it has. */
export type ParsedReport = {
  readonly driverVersion: Reading<string>;
  readonly cudaVersion: Reading<string>;
  /** Cards the driver counts, where the output says so. */
  readonly attachedCount: Reading<number>;
  readonly cards: readonly ParsedCard[];
  readonly processes: readonly GpuProcessSample[];
  /** True when the output ends in the middle: a child was killed while printing. */
  readonly isCut: boolean;
};

const unsaid = absent('this form of output does not say');

/** A report that says nothing yet. */
export const emptyReport: ParsedReport = {
  driverVersion: unsaid,
  cudaVersion: unsaid,
  attachedCount: unsaid,
  cards: [],
  processes: [],
  isCut: false,
};
