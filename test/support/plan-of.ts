import {parseNodeSpec} from '../../src/domain/memory/node-spec.ts';
import type {MemoryPlan} from '../../src/domain/memory/plan/memory-plan.ts';
import type {LaunchSettings} from '../../src/domain/settings/launch-settings.ts';
import {planSettings} from '../../src/engines/planning/plan-settings.ts';

/** The plan of these settings on GPUs of the catalog (`8xH200`), before any start; throws if there is none. */
export function planOf(settings: LaunchSettings, nodeSpec: string, engineVersion: string | null = null): MemoryPlan {
  const node = parseNodeSpec(nodeSpec);
  if (!node.ok) throw new Error(node.error.message);
  const plan = planSettings(settings, {node: node.value, onDisk: null, engineVersion, learned: null});
  if (!plan.ok) throw new Error(plan.error.message);
  return plan.value;
}
