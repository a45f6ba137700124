import type {Failure} from '../../log/failure-catalog.ts';
import {cardFailures, storageFailures} from '../../log/torch-failures.ts';
import {memoryFailures} from './memory-failures.ts';
import {consequences, processFailures} from './process-failures.ts';
import {startFailures} from './start-failures.ts';

/**
 * Memory first: a full card is told in the words of whatever met it, a kernel or NCCL. What is said of processes comes
 * last, and consequences after everything.
 */
export const sglangFailures: readonly Failure[] = [
  ...memoryFailures,
  ...startFailures,
  ...storageFailures('HF_HOME'),
  ...cardFailures('SGLang'),
  ...processFailures,
  ...consequences,
];
