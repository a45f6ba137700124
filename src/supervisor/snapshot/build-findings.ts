import type {Snapshot} from '../../api/snapshot.ts';
import {explainedBy} from '../../domain/diagnosis/cause-chains.ts';
import type {FindingThresholds} from '../../domain/diagnosis/conditions/finding-thresholds.ts';
import {detailsOf} from '../../domain/diagnosis/details/details.ts';
import {type Finding, isAboutGpus} from '../../domain/diagnosis/finding.ts';
import {isSameFinding} from '../../domain/diagnosis/same-finding.ts';
import {impossibleGrowthFinding} from '../../domain/diagnosis/serving/impossible-growth.ts';
import {memoryGrewFinding} from '../../domain/diagnosis/serving/memory-finding.ts';
import {largeGrowth, runGrowthOf} from '../../domain/diagnosis/serving/run-growth.ts';
import {servingFindings} from '../../domain/diagnosis/serving/serving-findings.ts';
import {failureFindings, isPastCrash} from '../../domain/lifecycle/crashes.ts';
import {intentionFindings} from '../../domain/lifecycle/intention/intention-findings.ts';
import type {LifecycleState} from '../../domain/lifecycle/lifecycle.ts';
import {
  type HeldMemory,
  NOT_ANSWERING,
  noStepFinding,
  notAnsweringFinding,
  processesRemainFinding,
  refusedEarlierFinding,
  stalledFinding,
} from '../../domain/lifecycle/lifecycle-findings.ts';
import {isServingState} from '../../domain/lifecycle/phases.ts';
import {awaitedTokenFindings, settingsFindings, slowStartFindings} from '../../domain/lifecycle/start-findings.ts';
import {comparableStarts, type EarlierStart} from '../../domain/lifecycle/starts/earlier-starts.ts';
import type {EngineMemory} from '../../domain/memory/engine-memory.ts';
import {withoutOtherPrograms} from '../../domain/memory/plan/measured-overhead.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import {planContradictions, takenBytes} from '../../domain/memory/plan/plan-contradictions.ts';
import {implausibleOverheadFinding} from '../../domain/memory/plan/plausible-overhead.ts';
import {sameSettings} from '../../domain/settings/settings-difference.ts';
import {findEngine} from '../../engines/registry.ts';
import {absent, isAbsent, type Reading} from '../../samples/reading.ts';
import type {Stamp} from '../../samples/stamp.ts';
import {accessFindings} from '../access/access-findings.ts';
import {settingsRefusals} from '../launch/checks/check-engine.ts';
import {driverLogFindings, engineCards} from './engine-gpus.ts';
import {foreignProcessFindings, type PlannedUse} from './foreign-processes.ts';
import type {Observations} from './observations.ts';
import {unusedFindings} from './unused-gpus.ts';

/** Inputs of findings. */
export type FindingsInput = {
  readonly now: Stamp;
  readonly lifecycle: LifecycleState;
  readonly seen: Observations;
  readonly plan: Reading<MemoryPlan>;
  /** About the files of the model in these settings; null if there is nothing wrong. */
  readonly modelFinding: Finding | null;
  /** Of any engine and model. */
  readonly earlierStarts: readonly EarlierStart[];
  readonly thresholds: FindingThresholds;
  readonly cost: Pick<Snapshot['cost'], 'nodeUsdPerHour' | 'idle'>;
  readonly configuration: {readonly findings: readonly Finding[]};
};

/** The crash of a run has its growth as its cause if it ran out of memory then. */
const SAME_END_MS = 30_000;

/** Memory that had grown in a run which then ran out of it. */
function grownFindings({lifecycle, seen, plan, thresholds}: FindingsInput, failures: readonly Finding[]): Finding[] {
  const {state, crashes} = lifecycle;
  const leastBytes = thresholds.memoryGrew.bytes;
  if (crashes === null || crashes.lastAtMs === null || leastBytes === null) return [];
  // A run that has just ended counts as ended from the next second on.
  const isNoted = isServingState(state) || runGrowthOf(seen.serving.memory).length === 0;
  const growth = isNoted ? seen.endedGrowth : {endedAtMs: crashes.lastAtMs, gpus: runGrowthOf(seen.serving.memory)};
  if (growth === null || Math.abs(crashes.lastAtMs - growth.endedAtMs) > SAME_END_MS) return [];
  const gpus = largeGrowth(growth.gpus, leastBytes, isAbsent(plan) ? null : plan);
  if (gpus.length === 0) return [];
  const finding = memoryGrewFinding(gpus);
  return failures.some((failure) => explainedBy(failure, [finding]) !== null) ? [finding] : [];
}

/** All findings, worst first, present problems before past ones, each code and message once. */
export function buildFindings(input: FindingsInput, gpus: Snapshot['gpus'], isServing: boolean): Finding[] {
  const {lifecycle, seen, now, earlierStarts, modelFinding, configuration} = input;
  const failures = failuresNow(lifecycle, seen);
  const all = [
    ...failures,
    ...grownFindings(input, failures),
    ...intentionFindings(lifecycle),
    ...settingsFindings(lifecycle),
    ...awaitedTokenFindings(lifecycle, now.sampledAtMs),
    ...slowStartFindings(
      lifecycle,
      now.sampledAtMs,
      comparableStarts(earlierStarts, lifecycle.settings).map(({phaseDurationsMs}) => phaseDurationsMs),
    ),
    ...seen.gpuFindings,
    ...driverLogFindings(seen, now.sampledAtMs, lifecycle.lastStartedAtMs),
    ...runFindings(input, isServing),
    ...Object.values(seen.ownFindings),
    ...configuration.findings,
    ...(modelFinding === null ? [] : [modelFinding]),
    ...(isServing ? loadFindings(input, gpus) : []),
    ...(isBeforeServing(lifecycle) ? presentChecks(input) : []),
    ...seen.hostFindings,
    ...(isFromBeforeCrash(lifecycle, seen) ? [] : foreignProcessFindings(gpus, seen.largeHolders, plannedUse(input))),
    ...(isServing ? unusedFindings(seen, input) : []),
    ...planFindings(input, isServing),
  ].toSorted((a, b) => severityOrder[a.severity] - severityOrder[b.severity] || pastOrder(a) - pastOrder(b));
  return eachOnce(all);
}

/** Each code and message once; a refused start has the message of the plan's first problem, and stands for it. */
function eachOnce(findings: readonly Finding[]): Finding[] {
  const groups = Map.groupBy(findings, ({code, message}) => `${code} ${message}`);
  const once = [...groups.values()].flatMap(([first]) => first ?? []);
  const refusals = new Set(once.flatMap(({code, message}) => (code === 'preflight.does-not-fit' ? [message] : [])));
  return once.filter(({code, message}) => !code.startsWith('memory.') || !refusals.has(message));
}

/** Why the engine is not all right, as it is now, and processes that its end left behind. */
function failuresNow(lifecycle: LifecycleState, seen: Observations): Finding[] {
  const failures = failureFindings(lifecycle).map((finding) => asItIsNow(finding, seen));
  const {hasSurvivedKill, policy} = lifecycle.internal;
  if (!hasSurvivedKill) return failures;
  const remain = processesRemainFinding(policy.killGraceMs, remainingProcesses(seen));
  return [...failures.filter(({code}) => code !== remain.code), remain];
}

function remainingProcesses({sessionPids, gpuProcesses}: Observations): readonly HeldMemory[] {
  return [...sessionPids].map((pid) => {
    const held = gpuProcesses?.processes.filter((process) => process.pid === pid) ?? null;
    const gpuBytes = held?.reduce((sum, {usedBytes}) => sum + (isAbsent(usedBytes) ? 0 : usedBytes), 0) ?? null;
    return {pid, gpuBytes};
  });
}

/**
 * What lasts has lasted longer since it was reported, and a start may have been refused by a problem of the GPUs that has been
 * solved since.
 */
function asItIsNow(failure: Finding, seen: Observations): Finding {
  const {gpuFindings, gpuFrame, gpuTrouble, stall, unansweredMs, isUnansweredAtLeast} = seen;
  const hang = detailsOf(failure, 'lifecycle.not-generating');
  if (hang?.stall != null && stall.stall !== null)
    return stalledFinding(stall.stall, {...hang, evidence: failure.evidence});
  const silence = detailsOf(failure, NOT_ANSWERING);
  if (silence !== null && unansweredMs !== null)
    return notAnsweringFinding(unansweredMs, {
      ...silence,
      evidence: failure.evidence,
      isAtLeast: isUnansweredAtLeast || undefined,
    });
  const isSolved = isAboutGpus(failure) && !gpuFindings.some((present) => isSameFinding(present, failure));
  const areRead = gpuFrame !== null && gpuTrouble === null;
  const isOver = isSolved || (failure.code === 'preflight.cards-unread' && areRead);
  return isOver ? refusedEarlierFinding(failure) : failure;
}

/** About the present run: what its sources say, and how its numbers compare with the plan. They end with it. */
function runFindings({lifecycle, seen, now, thresholds}: FindingsInput, isServing: boolean): Finding[] {
  if (lifecycle.run === null) return [];
  return [
    ...(seen.logFinding === null ? [] : [seen.logFinding]),
    ...argumentFindings(lifecycle),
    ...(isServing ? accessFindings(lifecycle, seen) : []),
    ...(isServing ? metricsFindings(seen, now, thresholds) : []),
    ...(isServing ? [seen.metricsNotice, impossibleGrowthFinding(seen.counterJumps)] : []).filter(
      (one) => one !== null,
    ),
    ...(isServing && lifecycle.state !== 'degraded' ? stallFindings(seen, thresholds) : []),
    ...presentNotices(seen, now, thresholds),
  ];
}

/** What would have the next start refused: an earlier version of Gantry, with fewer checks, may have started the engine. */
function argumentFindings({settings}: LifecycleState): Finding[] {
  const [finding] = settings === null ? [] : settingsRefusals(settings, {onDisk: null, version: null});
  return finding === undefined ? [] : [{...finding, severity: 'warning'}];
}

/** Codes of plan findings about whether the model fits: an engine that serves has answered that. */
const fitCodes: ReadonlySet<string> = new Set([
  'memory.checkpoint-incomplete',
  'memory.not-one-pool',
  'memory.kv-cache-too-small',
  'memory.tight',
  'memory.weights-do-not-fit',
]);

/** What the planned start needs of its GPUs; null without a plan. */
function plannedUse({plan}: FindingsInput): PlannedUse | null {
  const engine = isAbsent(plan) ? undefined : findEngine(plan.engine.name);
  if (isAbsent(plan) || engine === undefined) return null;
  return {
    neededBytes: engine.memory.neededFreeBytes(plan),
    gpusPerGroup: gpusPerGroup(plan, engine.memory),
  };
}

/** GPUs of one group of processes with requests of its own. Data parallel groups that share their GPUs are one. */
function gpusPerGroup({node, settings}: MemoryPlan, {gpuGroups}: Pick<EngineMemory, 'gpuGroups'>): number {
  const count = node.usedGpuCount / Math.max(1, gpuGroups(settings) / settings.pipelineParallelSize);
  return Number.isInteger(count) ? count : node.usedGpuCount;
}

/** What the plan says of these settings, without mere advice, and what a running engine says of the plan. */
function planFindings({lifecycle, plan, seen}: FindingsInput, isServing: boolean): Finding[] {
  if (isAbsent(plan)) return [];
  const planned = plan.findings.filter(({severity, code}) => severity !== 'info' && !(isServing && fitCodes.has(code)));
  // What a failed start logged explains its failure.
  const {state, run} = lifecycle;
  if (run === null && state !== 'failed' && state !== 'backing-off') return planned;
  // After a failed start, the plan may be one for other settings.
  if (lifecycle.settings === null || !sameSettings(plan.settings, lifecycle.settings)) return planned;
  const shown = findEngine(plan.engine.name)?.memory.measureOverhead(plan, lifecycle.facts) ?? null;
  const {otherProgramsBytes} = seen;
  const isOthersUnknown = otherProgramsBytes === null && shown?.isOfFreeMemory === true;
  const measured = isOthersUnknown ? null : withoutOtherPrograms(shown, otherProgramsBytes ?? 0);
  // An engine that serves next to another large program measures both: nothing is wrong with the plan.
  const isMixed = isServing && takenBytes(plan, lifecycle.facts) !== null;
  const overhead = isMixed ? null : implausibleOverheadFinding(measured, plan);
  const memory = {isReturned: seen.takenMemory.isRaised, isServing};
  return [
    ...planned,
    ...planContradictions(plan, lifecycle.facts, engineCards(seen, plan), memory),
    ...(overhead === null ? [] : [overhead]),
  ];
}

/** Until then, the engine is asked for a token, which decides whether it serves. */
function metricsFindings(
  {metricsFinding, metricsTrouble}: Observations,
  now: Stamp,
  {unreadMetrics}: FindingThresholds,
): Finding[] {
  if (metricsFinding === null || metricsTrouble === null) return [];
  return now.monotonicMs - metricsTrouble.sinceMonotonicMs >= unreadMetrics.raiseAfterMs ? [metricsFinding] : [];
}

/** What the load does to the engine, and what the engine does to its GPUs. */
function loadFindings({seen, now, lifecycle, thresholds, cost}: FindingsInput, gpus: Snapshot['gpus']): Finding[] {
  return servingFindings(seen.serving, {
    nowMs: now.monotonicMs,
    thresholds,
    settings: lifecycle.settings,
    gpus,
    nodeUsdPerHour: cost.nodeUsdPerHour,
    idleMicroUsd: cost.idle?.microUsd ?? absent('not five minutes yet'),
  });
}

/** Compiling for the first request of a new shape takes 30 s at least, and this at most. */
const LONGEST_COMPILATION_MS = 70_000;

/** Reported before the engine counts as degraded: it may be compiling. */
function stallFindings({stall: {stall}}: Observations, {noStep}: FindingThresholds): Finding[] {
  if (stall === null || stall.stalledMs < noStep.raiseAfterMs) return [];
  return [
    noStepFinding(stall, {
      evidence: null,
      remedy:
        stall.stalledMs < LONGEST_COMPILATION_MS
          ? 'Wait: the first request of a new shape compiles for 30 to 70 s. Gantry reports it as degraded after 60 s, or after 2 min while it compiles.'
          : 'Read the log: it is probably stuck, because a new shape compiles within 70 s. Gantry reports it as degraded after 2 min at the latest; then restart it.',
    }),
  ];
}

/** Checks apply only to their own start: an engine that has served has disproved them, and the next start is checked again. */
function isBeforeServing({state, readyAtMs}: LifecycleState): boolean {
  return readyAtMs === null && (state === 'starting' || state === 'failed');
}

/** A start that was refused or forced because memory or GPUs were missing is no longer short of them once its plan fits. */
function presentChecks({seen, plan, lifecycle: {settings}}: FindingsInput): readonly Finding[] {
  const isOver =
    !isAbsent(plan) && plan.verdict !== 'does-not-fit' && settings !== null && sameSettings(plan.settings, settings);
  return isOver ? seen.preflightFindings.filter(({code}) => code !== 'preflight.does-not-fit') : seen.preflightFindings;
}

/** Processes were last listed before the engine that failed was launched: they may have ended before that. */
function isFromBeforeCrash({state, phaseEnteredAtMs}: LifecycleState, {gpuProcesses}: Observations): boolean {
  const launchedAtMs = phaseEnteredAtMs.launch;
  const hasFailed = state === 'failed' || state === 'backing-off';
  if (!hasFailed || launchedAtMs === undefined || gpuProcesses === null) return false;
  return gpuProcesses.stamp.sampledAtMs < launchedAtMs;
}

const severityOrder = {critical: 0, warning: 1, info: 2} as const;

/** A crash that the engine has recovered from, and its reason, come after everything that is wrong now. */
function pastOrder(finding: Finding): number {
  return isPastCrash(finding) || finding.code === 'gpu.memory-grew' ? 1 : 0;
}

/** A line that explains a slow minute is useless an hour later. */
function presentNotices({logNotices}: Observations, now: Stamp, {notice}: FindingThresholds): Finding[] {
  return Object.values(logNotices)
    .filter(({stamp, isLasting}) => isLasting || now.monotonicMs - stamp.monotonicMs <= notice.holdMs)
    .map(({finding}) => finding);
}
