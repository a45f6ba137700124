import {effectRows} from './effect-rows.ts';
import type {FindingRow} from './finding-row.ts';
import {gpuRows} from './gpu-rows.ts';
import {intentionRows} from './intention-rows.ts';
import {lifecycleRows} from './lifecycle-rows.ts';
import {logRows} from './log-rows.ts';
import {memoryRows} from './memory-rows.ts';
import {ownRows} from './own-rows.ts';
import {planRows} from './plan-rows.ts';
import {servingRows} from './serving-rows.ts';
import {startRows} from './start-rows.ts';

/** Every finding that a snapshot can have: what raises it and what ends it. */
export const allFindingRows: readonly FindingRow[] = [
  ...lifecycleRows,
  ...intentionRows,
  ...servingRows,
  ...memoryRows,
  ...startRows,
  ...logRows,
  ...planRows,
  ...gpuRows,
  ...ownRows,
  ...effectRows,
];
