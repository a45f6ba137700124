import {detailsOf, withDetails} from '../../../domain/diagnosis/details/details.ts';
import type {Finding} from '../../../domain/diagnosis/finding.ts';
import {planCures} from '../../../domain/memory/plan/cures/plan-cures.ts';
import type {MemoryPlan} from '../../../domain/memory/plan/memory-plan.ts';
import {type Check, FORCE_REMEDY, forceable} from '../../../domain/preflight/check.ts';
import {isAbsent, type Reading} from '../../../samples/reading.ts';

const NAME = 'plan';

/** What to do about a plan that does not fit while GPUs are missing: a forced start would not find them either. */
const MISSING_REMEDY = 'Get the missing GPU back: its own finding says how.';

/**
 * Whether the plan fits. Settings without a plan never count as fitting; no check if another one explains why there is
 * no plan (`isExplained`). `isGpuMissing`: the node has GPUs that cannot be used.
 */
export function planChecks(plan: Reading<MemoryPlan>, isExplained: boolean, isGpuMissing = false): readonly Check[] {
  if (isAbsent(plan)) return isExplained ? [] : [forceable(NAME, plan.absent, noPlan(plan.absent))];
  const override = isGpuMissing ? MISSING_REMEDY : FORCE_REMEDY;
  return [forceable(NAME, plan.reason, plan.verdict === 'does-not-fit' ? doesNotFit(plan, override) : null)];
}

function noPlan(reason: string): Finding {
  return {
    code: 'preflight.no-plan',
    severity: 'critical',
    message: `These settings cannot be planned: ${reason}.`,
    evidence: null,
    remedy: `Correct the settings. ${FORCE_REMEDY}`,
    settingsChange: null,
  };
}

/** The plan's verdict as a finding with all of its cures, the least costly first. */
function doesNotFit(plan: MemoryPlan, override: string): Finding {
  const cures = [...planCures(plan)];
  const main = plan.findings.find(({severity}) => severity === 'critical');
  // The first problem has the first fix as its remedy.
  const others = cures.filter(({settingsChange}) => settingsChange !== main?.settingsChange);
  return {
    ...withDetails('preflight.does-not-fit', {shortageBytesPerGpu: shortageOf(plan), cures}),
    severity: 'critical',
    message: plan.reason,
    evidence: null,
    remedy: [main?.remedy ?? 'Change the settings.', ...others.map(({text}) => `Or: ${text}`), override].join(' '),
    settingsChange: cures[0]?.settingsChange ?? null,
  };
}

function shortageOf({findings}: MemoryPlan): number | null {
  for (const finding of findings) {
    const shortage = detailsOf(finding, 'memory.weights-do-not-fit') ?? detailsOf(finding, 'memory.kv-cache-too-small');
    if (shortage !== null) return shortage.shortageBytesPerGpu;
  }
  return null;
}
