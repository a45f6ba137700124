import type {Failure} from '../../log/failure-catalog.ts';
import {memoryFailures} from './memory-failures.ts';
import {startFailures} from './start-failures.ts';

/** Memory first; lines that only say that something failed come last. In order of precedence. */
export const llamacppFailures: readonly Failure[] = [...memoryFailures, ...startFailures];
