import type {Failure} from '../../log/failure-catalog.ts';
import {memoryFailures} from './memory-failures.ts';
import {startFailures} from './start-failures.ts';

/** Memory first; what only says that something went wrong comes last. In the order of precedence. */
export const llamacppFailures: readonly Failure[] = [...memoryFailures, ...startFailures];
