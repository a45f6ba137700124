import type {Preview} from '../../../api/preview.ts';
import {type CuredBy, cureSchema} from '../../../domain/diagnosis/cure.ts';
import {cureCandidates} from '../../../domain/diagnosis/cure-candidates.ts';
import type {Finding} from '../../../domain/diagnosis/finding.ts';
import {planCures} from '../../../domain/memory/plan/cures/plan-cures.ts';
import {
  applySettingsChange,
  type LaunchSettings,
  type SettingsChange,
} from '../../../domain/settings/launch-settings.ts';
import {changeText, sameSettings} from '../../../domain/settings/settings-difference.ts';
import {isPresent} from '../../../samples/reading.ts';

/** What a restart with a change of settings would do; null if the change is not valid. */
export type PreviewChange = (change: SettingsChange) => Promise<{
  readonly plan: Preview['plan'];
  readonly blockers: readonly Finding[];
} | null>;

/** The finding until its cures are judged: none is offered. */
export function beforeChecks(finding: Finding): Finding {
  const {by} = finding.cure ?? {by: null};
  return {...finding, settingsChange: null, cure: {by, isChecked: false, alternatives: []}};
}

/** A finding without settings: there is nothing to judge. */
export function withNothingToCheck(finding: Finding): Finding {
  return finding.cure === undefined ? finding : {...finding, cure: {...finding.cure, isChecked: true}};
}

/**
 * The finding with the cures that a restart would be accepted with, the least drastic first; each candidate is judged
 * like the command itself. One that the plan refuses is tried again together with what the plan requires.
 */
export async function vetCures(finding: Finding, present: LaunchSettings, preview: PreviewChange): Promise<Finding> {
  const offers = new Map<string, SettingsChange>();
  let reason: string | null = null;
  for (const candidate of cureCandidates(finding, present)) {
    if (isKnown(offers, candidate)) continue;
    const judged = await accepted(candidate, present, preview);
    for (const change of judged.changes) offers.set(keyOf(change), change);
    reason ??= judged.reason;
  }
  const [first, ...alternatives] = offers.values();
  const by = finding.cure?.by ?? helperOf[finding.code] ?? null;
  const cure = cureSchema.parse({by, isChecked: true, alternatives});
  if (first === undefined) return {...finding, settingsChange: null, remedy: remedyWithout(finding, by, reason), cure};
  const isOwn = finding.settingsChange !== null && keyOf(first) === keyOf(finding.settingsChange);
  return {...finding, settingsChange: first, remedy: isOwn ? finding.remedy : remedyWith(finding, first), cure};
}

/** One free port is enough. */
function isKnown(offers: ReadonlyMap<string, SettingsChange>, candidate: SettingsChange): boolean {
  const isPort = (change: SettingsChange): boolean => Object.keys(change).join() === 'port';
  return offers.has(keyOf(candidate)) || (isPort(candidate) && [...offers.values()].some(isPort));
}

type Judged = {
  readonly changes: readonly SettingsChange[];
  /** Why it is not a cure; null if it is one, or if it changes nothing. */
  readonly reason: string | null;
};

async function accepted(candidate: SettingsChange, present: LaunchSettings, preview: PreviewChange): Promise<Judged> {
  if (sameSettings(applySettingsChange(present, candidate), present)) return {changes: [], reason: null};
  const judgement = await preview(candidate);
  if (judgement === null) return {changes: [], reason: null};
  const [blocker] = judgement.blockers;
  if (blocker === undefined) return {changes: [candidate], reason: null};
  const isShortAlone = judgement.blockers.every(({code}) => code === 'preflight.does-not-fit');
  const changes: SettingsChange[] = [];
  for (const repair of isShortAlone ? repairsOf(judgement, candidate) : []) {
    const both = {...candidate, ...repair};
    const again = await preview(both);
    if (again !== null && again.blockers.length === 0) changes.push(both);
  }
  return {changes, reason: blocker.message};
}

/** What the plan of the candidate requires, except what would undo the candidate. */
function repairsOf({plan}: Pick<Preview, 'plan'>, candidate: SettingsChange): readonly SettingsChange[] {
  const own = new Set(Object.keys(candidate));
  return (isPresent(plan) ? planCures(plan) : [])
    .map(({settingsChange}) => settingsChange)
    .filter((change) => !Object.keys(change).some((key) => own.has(key)));
}

function keyOf(change: SettingsChange): string {
  return JSON.stringify(Object.entries(change).toSorted(([a], [b]) => a.localeCompare(b)));
}

function remedyWith({settingsChange, remedy}: Finding, change: SettingsChange): string {
  // The remedy stays valid if it never had a change of its own.
  return settingsChange === null
    ? `${remedy} Or restart with ${changeText(change)}.`
    : `Restart with ${changeText(change)}.`;
}

const otherRemedies: Readonly<Record<CuredBy, string>> = {
  arguments: "Change the engine's own arguments (engine.extraArguments) or its environment.",
  gpus: 'Use more or larger GPUs, or a smaller model format.',
  'other-programs': 'Stop the program that holds the memory or the port.',
  hardware: 'Check the GPUs: see gantry gpus and the kernel log.',
  driver: 'Update or restart the driver.',
  host: 'Give the host what it lacks; gantry doctor shows it.',
  installation: 'Install another version of the engine.',
  model: "Check the model's files, and the permission to read them.",
  network: 'Restore the connection to the model hub.',
  restart: 'Start it again.',
};

/** What helps besides settings, for the findings of checks. */
const helperOf: Readonly<Record<string, CuredBy>> = {
  'preflight.gpu-memory-taken': 'other-programs',
  'engine.port-in-use': 'other-programs',
  'preflight.port-in-use': 'other-programs',
};

/** What helps if the change of the finding would be refused. */
function remedyWithout({settingsChange, remedy}: Finding, by: CuredBy | null, reason: string | null): string {
  if (settingsChange === null || reason === null) return remedy;
  const other = by === null ? '' : ` ${otherRemedies[by]}`;
  return `No setting fixes it on this host. With ${changeText(settingsChange)}: ${reason}${other}`;
}
