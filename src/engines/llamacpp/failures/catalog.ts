import {deviceFailures} from '../../host/device-failures.ts';
import {systemFailures} from '../../host/system-failures.ts';
import type {Failure} from '../../log/failure-catalog.ts';
import {memoryFailures} from './memory-failures.ts';
import {modelFailures} from './model-failures.ts';
import {processFailures} from './process-failures.ts';
import {startFailures} from './start-failures.ts';

/** Memory first; lines that only say that something failed come last. In order of precedence. */
export const llamacppFailures: readonly Failure[] = [
  ...memoryFailures,
  ...modelFailures,
  ...systemFailures,
  ...deviceFailures,
  ...startFailures,
  ...processFailures,
];
