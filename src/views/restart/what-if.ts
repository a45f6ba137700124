import type {Snapshot} from '../../api/snapshot.ts';
import type {PlanRefusal} from '../../domain/memory/model/planned-model.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import type {Result} from '../../shared/result.ts';

/**
 * Plans other settings on the node of the snapshot, or on cards of the catalog (`8xH200`). Pure and fast enough for every
 * key press; what it knows of engines and files was put into it.
 */
export type WhatIf = (
  snapshot: Snapshot,
  settings: LaunchSettings,
  nodeSpec: string | null,
) => Result<MemoryPlan, PlanRefusal>;
