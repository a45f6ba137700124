import {gibText} from '../../../../shared/quantities/bytes.ts';
import {fractionText} from '../../../../shared/quantities/ratios.ts';
import type {Finding} from '../../../diagnosis/finding.ts';
import type {PlanInput} from '../memory-budget.ts';

/** Two idle DGX Spark had 101.3 to 102.2 of 121.69 GiB free, whatever was stopped on them: 0.83 of the total. */
const HIGHEST_UNIFIED_FRACTION = 0.8;

/** What a GPU without memory of its own means for a plan: the host's programs take part of what CUDA calls its total. */
export function unifiedFindings({node, settings, engine}: PlanInput): Finding[] {
  const {card} = node;
  if (!card.isUnified) return [];
  const isHigh = engine.hasMemoryFraction && settings.memoryFraction > HIGHEST_UNIFIED_FRACTION;
  const held = 'the operating system, its file cache and other programs use it too';
  return [
    {
      code: 'memory.unified',
      severity: isHigh ? 'warning' : 'info',
      message: isHigh
        ? `${card.name} has unified memory, and ${held}: a fraction of ${fractionText(settings.memoryFraction)} of ${gibText(card.cudaVisibleBytes)} is rarely free. Published hosts had 0.83 of it free when idle.`
        : `${card.name} has unified memory, and ${held}: what is not free when the engine starts is missing in this plan.`,
      evidence: null,
      remedy: isHigh
        ? `Lower the memory fraction to ${fractionText(HIGHEST_UNIFIED_FRACTION)}, and check free memory before the start (free -h).`
        : 'Check free memory before the start (free -h).',
      settingsChange: isHigh ? {memoryFraction: HIGHEST_UNIFIED_FRACTION} : null,
    },
  ];
}
