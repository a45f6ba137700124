import type {Finding} from '../../../domain/diagnosis/finding.ts';
import {planAdvice, planCures, withCures} from '../../../domain/memory/plan/cures/plan-cures.ts';
import type {MemoryPlan} from '../../../domain/memory/plan/memory-plan.ts';
import {blockersOf, type Check} from '../../../domain/preflight/check.ts';
import {
  applySettingsChange,
  type LaunchSettings,
  type SettingsChange,
} from '../../../domain/settings/launch-settings.ts';
import {changeText} from '../../../domain/settings/settings-difference.ts';
import type {Reading} from '../../../samples/reading.ts';
import {type PreviewChange, vetCures} from './vet-cures.ts';

/** What blocks a start with these settings, of the checks that settings decide; their plan if it is known. */
export type BlockersWith = (settings: LaunchSettings, known: MemoryPlan | null) => Promise<readonly Finding[]>;

/**
 * The plan with those of its fixes that the other checks accept as well: with them nothing blocks the start that does
 * not block it anyway. Unchanged for a plan that has none.
 */
export async function withAcceptedCures(plan: MemoryPlan, blockersWith: BlockersWith): Promise<MemoryPlan> {
  const cures = planCures(plan);
  if (cures.length === 0) return plan;
  const {settings} = plan;
  // Memory that the driver is still freeing is waited for once, not once for each fix.
  const [present, ...others] = await Promise.all([
    blockersWith(settings, plan),
    ...cures.map(({settingsChange}) => blockersWith(applySettingsChange(settings, settingsChange), null)),
  ]);
  const known = new Set(present.map(({code}) => code).filter((code) => code !== 'preflight.does-not-fit'));
  const reasons = others.map((blockers) => blockers.find(({code}) => !known.has(code)) ?? null);
  const kept = cures.filter((_, index) => reasons[index] === null);
  if (kept.length === cures.length) return plan;
  const [first] = cures;
  const [reason] = reasons;
  const why = first === undefined || !reason ? '' : ` ${against(first.settingsChange, reason)}`;
  return withCures(plan, kept, `No setting fixes it on this host.${why} ${reason?.remedy ?? ''}`.trimEnd());
}

/**
 * The plan with its advice, which keeps a change of settings only if that adds nothing to what blocks the start anyway:
 * what the advice says of the present settings stays true without it.
 */
export async function withAcceptedAdvice(
  plan: MemoryPlan,
  present: readonly Finding[],
  blockersWith: (settings: LaunchSettings) => Promise<readonly Finding[]>,
): Promise<MemoryPlan> {
  const listed = new Set(present.map(({code}) => code));
  const reasons = new Map<Finding, Finding | undefined>();
  for (const finding of planAdvice(plan)) {
    const blockers = await blockersWith(applySettingsChange(plan.settings, finding.settingsChange));
    reasons.set(
      finding,
      blockers.find(({code}) => !listed.has(code)),
    );
  }
  return {...plan, findings: plan.findings.map((finding) => withoutRefused(finding, reasons.get(finding)))};
}

function withoutRefused(finding: Finding, reason: Finding | undefined): Finding {
  const {settingsChange, remedy} = finding;
  if (settingsChange === null || reason === undefined) return finding;
  return {...finding, settingsChange: null, remedy: `${remedy} ${against(settingsChange, reason)}`};
}

/** What would block a start with this change. */
function against(change: SettingsChange, {message}: Finding): string {
  return `With ${changeText(change)}: ${message}`;
}

/** The judgement of the same start with other settings. */
export type OtherJudgement = {readonly plan: Reading<MemoryPlan>; readonly blockers: readonly Finding[]};

/**
 * The checks, each problem with those of its own changes of settings that a start would be accepted with: only what blocks
 * it anyway, for another reason, may remain. The fixes of the plan are judged before.
 */
export async function withAcceptedChanges(
  checks: readonly Check[],
  settings: LaunchSettings,
  judge: (settings: LaunchSettings) => Promise<OtherJudgement>,
): Promise<readonly Check[]> {
  const codes = new Set(blockersOf(checks, false).map(({code}) => code));
  return await Promise.all(
    checks.map(async (check) => {
      const {finding} = check;
      if (finding?.severity !== 'critical' || finding.settingsChange === null || ofPlan(finding)) return check;
      const preview: PreviewChange = async (change) => {
        const {plan, blockers} = await judge(applySettingsChange(settings, change));
        return {plan, blockers: blockers.filter(({code}) => code === finding.code || !codes.has(code))};
      };
      return {...check, finding: await vetCures(finding, settings, preview)};
    }),
  );
}

function ofPlan({code}: Finding): boolean {
  return code === 'preflight.does-not-fit';
}
