import type {Failure} from '../../log/failure-catalog.ts';
import {cardFailures, storageFailures} from '../../log/torch-failures.ts';
import {memoryFailures} from './memory-failures.ts';
import {processFailures} from './process-failures.ts';
import {startFailures} from './start-failures.ts';

/** Memory first: an out-of-memory error has the message of whatever hit it, a kernel or NCCL. Consequences come last. */
export const vllmFailures: readonly Failure[] = [
  ...memoryFailures,
  ...startFailures,
  ...storageFailures('HF_HOME and VLLM_CACHE_ROOT'),
  ...cardFailures('vLLM'),
  ...processFailures,
];
