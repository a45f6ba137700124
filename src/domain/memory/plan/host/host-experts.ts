import {gibText} from '../../../../shared/quantities/bytes.ts';
import type {Finding} from '../../../diagnosis/finding.ts';
import {placeWeights} from '../../placement.ts';
import type {MemoryBudget, PlanInput} from '../memory-budget.ts';

/** What experts in host memory take there: the plan is for the GPUs. */
export function hostExpertFindings({model}: PlanInput, {terms}: MemoryBudget): Finding[] {
  const {architecture, parts} = model;
  const bytes = placeWeights(architecture, parts, terms.placement).reduce(
    (sum, stage) => sum + stage.hostExpertBytes,
    0,
  );
  if (bytes === 0) return [];
  return [
    {
      code: 'memory.experts-on-host',
      severity: 'info',
      message: `${gibText(bytes)} of experts stay in host memory; the plan is for the rest, on the GPUs.`,
      evidence: null,
      remedy: 'The host needs that much free memory, besides the file cache for loading (free -h).',
      settingsChange: null,
    },
  ];
}
