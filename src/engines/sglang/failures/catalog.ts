import type {Failure} from '../../log/failure-catalog.ts';
import {cardFailures, storageFailures} from '../../log/torch-failures.ts';
import {memoryFailures} from './memory-failures.ts';
import {consequences, processFailures} from './process-failures.ts';
import {startFailures} from './start-failures.ts';

/**
 * Memory first: an out-of-memory error has the message of whatever hit it, a kernel or NCCL. Process failures come
 * later, and consequences last.
 */
export const sglangFailures: readonly Failure[] = [
  ...memoryFailures,
  ...startFailures,
  ...storageFailures('HF_HOME'),
  ...cardFailures('SGLang'),
  ...processFailures,
  ...consequences,
];
