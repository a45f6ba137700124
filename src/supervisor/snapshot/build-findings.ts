import type {Snapshot} from '../../api/snapshot.ts';
import {withDetails} from '../../domain/diagnosis/details/details.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import {comparableStarts, type EarlierStart} from '../../domain/lifecycle/earlier-starts.ts';
import type {LifecycleState} from '../../domain/lifecycle/lifecycle.ts';
import {settingsFindings, slowStartFindings} from '../../domain/lifecycle/start-findings.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import {stalledFor} from '../../domain/traffic/forward-progress.ts';
import {isAbsent, type Reading} from '../../samples/reading.ts';
import type {Stamp} from '../../samples/stamp.ts';
import {secondsText} from '../../shared/quantities/durations.ts';
import {foreignProcessFindings} from './foreign-processes.ts';
import type {Observations} from './observations.ts';

/** Inputs of findings. */
export type FindingsInput = {
  readonly now: Stamp;
  readonly lifecycle: LifecycleState;
  readonly seen: Observations;
  readonly plan: Reading<MemoryPlan>;
  /** Of any engine and model. */
  readonly earlierStarts: readonly EarlierStart[];
};

/** All findings, worst first, each code and message once. */
export function buildFindings(
  {lifecycle, seen, plan, now, earlierStarts}: FindingsInput,
  gpus: Snapshot['gpus'],
  isServing: boolean,
): Finding[] {
  const planned =
    isAbsent(plan) || lifecycle.run !== null ? [] : plan.findings.filter(({severity}) => severity !== 'info');
  const all = [
    ...(lifecycle.diagnosis === null ? [] : [lifecycle.diagnosis]),
    ...settingsFindings(lifecycle),
    ...slowStartFindings(
      lifecycle,
      now.sampledAtMs,
      comparableStarts(earlierStarts, lifecycle.settings).map(({phaseDurationsMs}) => phaseDurationsMs),
    ),
    ...seen.gpuFindings,
    ...(seen.logFinding === null ? [] : [seen.logFinding]),
    ...Object.values(seen.ownFindings),
    ...(isServing ? metricsFindings(seen, now) : []),
    ...(isServing && lifecycle.state !== 'degraded' ? stallFindings(seen) : []),
    ...(isBeforeServing(lifecycle) ? seen.preflightFindings : []),
    ...foreignProcessFindings(gpus),
    ...recentNotices(seen, now),
    ...planned,
  ];
  const unique = new Map(all.map((finding) => [`${finding.code} ${finding.message}`, finding]));
  return [...unique.values()].sort((a, b) => severityOrder[a.severity] - severityOrder[b.severity]);
}

/** A busy host or engine answers late; until then the age of the numbers says it. */
const METRICS_PATIENCE_MS = 15_000;

function metricsFindings({metricsFinding, metricsTrouble}: Observations, now: Stamp): Finding[] {
  if (metricsFinding === null || metricsTrouble === null) return [];
  return now.monotonicMs - metricsTrouble.sinceMonotonicMs < METRICS_PATIENCE_MS ? [] : [metricsFinding];
}

/** Shorter pauses are normal for a long prefill. */
const ODD_STALL_MS = 20_000;

/** Reported before the engine counts as degraded: the first request of a new shape compiles for 30 to 70 s. */
function stallFindings({traffic}: Observations): Finding[] {
  const stall = stalledFor(traffic.samples);
  if (stall === null || stall.stalledMs < ODD_STALL_MS) return [];
  return [
    {
      ...withDetails('engine.no-progress', stall),
      severity: 'warning',
      message: `No engine step for ${secondsText(stall.stalledMs)} while ${stall.runningRequests} requests are running.`,
      evidence: null,
      remedy:
        'Wait: the first request of a new shape compiles for 30 to 70 s. After 90 s Gantry reports it as degraded.',
      settingsChange: null,
    },
  ];
}

/** Preflight findings apply only to the start. */
function isBeforeServing({state}: LifecycleState): boolean {
  return state === 'preflight' || state === 'starting' || state === 'failed';
}

const severityOrder = {critical: 0, warning: 1, info: 2} as const;

/** A line that explains a slow minute is useless an hour later. */
const NOTICE_HOLDS_MS = 5 * 60_000;

function recentNotices({logNotices}: Observations, now: Stamp): Finding[] {
  return Object.values(logNotices)
    .filter(({stamp}) => now.monotonicMs - stamp.monotonicMs <= NOTICE_HOLDS_MS)
    .map(({finding}) => finding);
}
