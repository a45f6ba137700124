import type {SettingsChange} from '../../../settings/launch-settings.ts';
import type {MemoryPlan} from '../memory-plan.ts';

/** A fix of a plan, and what it says. */
export type PlanCure = {readonly settingsChange: SettingsChange; readonly text: string};

type Findings = MemoryPlan['findings'];

/** The changes of settings with which the plan says that it fits, the least costly first. */
export function planCures({findings}: Pick<MemoryPlan, 'findings'>): readonly PlanCure[] {
  return findings.flatMap((finding) =>
    isCure(finding) && finding.settingsChange !== null
      ? [{settingsChange: finding.settingsChange, text: finding.remedy}]
      : [],
  );
}

/** A change that the plan recommends, although it may not be enough to make it fit, or is not needed for that. */
export type PlanAdvice = Findings[number] & {readonly settingsChange: SettingsChange};

/** The findings of the plan that recommend a change which is not one of its fixes. */
export function planAdvice({findings}: Pick<MemoryPlan, 'findings'>): readonly PlanAdvice[] {
  return findings.filter((finding): finding is PlanAdvice => finding.settingsChange !== null && !isCure(finding));
}

/** The plan with these of its own fixes and no others; without any, the first problem has the remedy `otherwise`. */
export function withCures(plan: MemoryPlan, kept: readonly PlanCure[], otherwise: string): MemoryPlan {
  const [first, ...alternatives] = kept;
  const later = new Set(alternatives.map(({settingsChange}) => settingsChange));
  const findings: Findings = plan.findings.flatMap((finding) => {
    if (!isCure(finding)) return [finding];
    if (finding.severity !== 'critical') {
      return finding.settingsChange !== null && later.has(finding.settingsChange) ? [finding] : [];
    }
    const cure = {by: finding.cure?.by ?? null, isChecked: true, alternatives: [...later]};
    return [{...finding, settingsChange: first?.settingsChange ?? null, remedy: first?.text ?? otherwise, cure}];
  });
  return {...plan, findings};
}

/** The first problem has the first fix; the others have a finding each. */
function isCure({code, severity, settingsChange}: Findings[number]): boolean {
  return code === 'memory.other-cure' || (severity === 'critical' && settingsChange !== null);
}
