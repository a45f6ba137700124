import {deviceFailures} from '../../host/device-failures.ts';
import {systemFailures} from '../../host/system-failures.ts';
import type {Failure} from '../../log/failure-catalog.ts';
import {memoryFailures} from './memory-failures.ts';
import {modelFailures} from './model-failures.ts';
import {processFailures} from './process-failures.ts';
import {projectorFailures} from './projector-failures.ts';
import {refusedRequests} from './refused-requests.ts';
import {startFailures} from './start-failures.ts';

/** Memory first; lines that only say that something failed come last. In order of precedence. */
export const llamacppFailures: readonly Failure[] = [
  ...memoryFailures,
  ...refusedRequests,
  ...projectorFailures,
  ...modelFailures,
  ...systemFailures,
  ...deviceFailures,
  ...startFailures,
  ...processFailures,
];
