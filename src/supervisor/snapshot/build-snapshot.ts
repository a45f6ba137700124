import {SNAPSHOT_SCHEMA_VERSION, type Snapshot, type SourceStatus} from '../../api/snapshot.ts';
import type {FindingThresholds} from '../../domain/diagnosis/conditions/finding-thresholds.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {LifecycleState} from '../../domain/lifecycle/lifecycle.ts';
import {isServingState} from '../../domain/lifecycle/phases.ts';
import {phaseProgress, startProgress} from '../../domain/lifecycle/start-progress.ts';
import {comparableStarts, type EarlierStart, usualStart} from '../../domain/lifecycle/starts/earlier-starts.ts';
import {comingPhases, startLedger} from '../../domain/lifecycle/starts/start-ledger.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {withoutSecrets} from '../../domain/settings/settings-difference.ts';
import {progressOf} from '../../domain/traffic/forward-progress.ts';
import {type LatencyTargets, latencyOf, requestSizesOf} from '../../domain/traffic/latencies.ts';
import {emptyWindow, type TokenRates, tokenRatesOf, trafficOf} from '../../domain/traffic/traffic-window.ts';
import {NOT_SERVING, UNREAD} from '../../domain/traffic/unmeasured.ts';
import {LOGGED_TRAFFIC_HOLDS_MS, withLoggedTraffic} from '../../domain/traffic/with-logged-traffic.ts';
import {engineNames} from '../../engines/engine-names.ts';
import {findEngine} from '../../engines/registry.ts';
import type {LoggedTraffic} from '../../samples/logged-traffic.ts';
import {absent, combineReadings, isAbsent, isPresent, mapReading, type Reading} from '../../samples/reading.ts';
import type {Stamp} from '../../samples/stamp.ts';
import {secondsText} from '../../shared/quantities/durations.ts';
import {shownUrlOf} from '../watch/watched-run.ts';
import {agentViews} from './agent-views.ts';
import {buildFindings} from './build-findings.ts';
import {gpuViews} from './gpu-views.ts';
import type {Observations} from './observations.ts';
import {SAMPLE_STALE_AFTER_MS} from './serving-moment.ts';
import type {SupervisorFacts} from './supervisor-facts.ts';

export type SnapshotInput = {
  readonly facts: SupervisorFacts;
  readonly sequence: number;
  readonly now: Stamp;
  readonly lifecycle: LifecycleState;
  readonly seen: Observations;
  readonly plan: Reading<MemoryPlan>;
  /** The configuration in force, findings about it, and the settings of a start that names none. */
  readonly configuration: {
    readonly view: Snapshot['configuration'];
    readonly findings: readonly Finding[];
    readonly nextSettings: LaunchSettings | null;
  };
  /** From the ledger, computed once a minute. */
  readonly cost: Snapshot['cost'];
  readonly ownPids: ReadonlySet<number>;
  /** About the files of the model in these settings; null if there is nothing wrong. */
  readonly modelFinding: Finding | null;
  readonly thresholds: FindingThresholds;
  readonly targets: LatencyTargets;
  /** Of any engine and model. */
  readonly earlierStarts: readonly EarlierStart[];
  /** Display name, e.g. `vLLM`; and the run's log file. */
  readonly logPath: string | null;
  /** The command that started the run, as words for a shell; null where it is not recorded. */
  readonly command: readonly (readonly string[])[] | null;
  readonly endpoint: string | null;
};

/** The complete snapshot from the supervisor's data. Pure: time is passed in as a value. */
export function buildSnapshot(input: SnapshotInput): Snapshot {
  const {facts, lifecycle, seen, now} = input;
  const isServing = isServingState(lifecycle.state);
  // Values of an exited engine are outdated.
  const logged = isServing ? recentLogged(input) : null;
  const window = isServing ? seen.traffic : emptyWindow;
  const unread = isServing ? undefined : NOT_SERVING;
  const traffic = withLoggedTraffic(trafficOf(window, unread), logged);
  const minute = tokenRatesOf(window, unread);
  const sources = sourceStatuses(input, isServing);
  const {ownPids, plan, thresholds} = input;
  const gpus = gpuViews(seen, {engineState: lifecycle.state, ownPids, plan, thresholds});
  return {
    schemaVersion: SNAPSHOT_SCHEMA_VERSION,
    simulated: facts.simulated,
    sequence: input.sequence,
    takenAtMs: now.sampledAtMs,
    supervisor: {
      pid: facts.pid,
      version: facts.version,
      startedAtMs: facts.startedAtMs,
      socketPath: facts.socketPath,
      nvidiaSmiPath: facts.nvidiaSmiPath,
    },
    node: nodeView(input),
    engine: engineView(input),
    knownEngines: [...engineNames],
    plan: mapReading(input.plan, (plan) => ({...plan, settings: withoutSecrets(plan.settings)})),
    gpus,
    traffic,
    kvCache: kvCacheView(input, {traffic, minute, logged, isServing}),
    latency: latencyOf(window, input.targets, unread),
    requestSizes: requestSizesOf(window, unread),
    cost: input.cost,
    agents: agentViews(seen.agents, {
      settings: lifecycle.settings ?? input.configuration.nextSettings,
      hostname: facts.hostname,
    }),
    configuration: input.configuration.view,
    sources,
    findings: buildFindings(input, gpus, isServing),
  };
}

function nodeView({facts, seen}: SnapshotInput): Snapshot['node'] {
  const unread = absent('nvidia-smi not read yet');
  const first = seen.gpuInventory?.gpus[0] ?? seen.gpuFrame?.gpus[0];
  return {
    hostname: facts.hostname,
    gpuName: first?.name ?? unread,
    gpuCount: seen.gpuFrame?.expectedCount ?? seen.gpuInventory?.gpus.length ?? unread,
    driverVersion: seen.gpuInventory?.driverVersion ?? unread,
    cudaVersion: seen.gpuInventory?.cudaVersion ?? unread,
  };
}

function engineView(input: SnapshotInput): Snapshot['engine'] {
  const {lifecycle, now} = input;
  const isStarting = lifecycle.state === 'starting' || lifecycle.state === 'preflight';
  const notStarting = absent(isStarting ? 'no process of the engine yet' : 'the engine is not starting');
  const earlierStarts = comparableStarts(input.earlierStarts, lifecycle.settings);
  const {phase, progressRatio: phaseRatio} = lifecycle;
  const bytes = {phase, phaseRatio, checkpointBytes: mapReading(input.plan, ({checkpoint}) => checkpoint.bytes)};
  const access = lifecycle.run === null ? null : input.seen.access;
  const progress =
    isStarting && lifecycle.run !== null
      ? startProgress({
          ...bytes,
          phaseEnteredAtMs: lifecycle.phaseEnteredAtMs,
          nowMs: now.sampledAtMs,
          earlierStarts: earlierStarts.map(({phaseDurationsMs}) => phaseDurationsMs),
        })
      : {progressRatio: notStarting, etaMs: notStarting, phaseEta: notStarting};
  return {
    name: lifecycle.settings?.engine ?? null,
    displayName: lifecycle.settings === null ? null : (findEngine(lifecycle.settings.engine)?.displayName ?? null),
    version: lifecycle.version ?? absent('the engine has not reported its version yet'),
    state: lifecycle.state,
    stateSinceMs: lifecycle.stateSinceMs,
    phase: lifecycle.phase,
    progressRatio: progress.progressRatio,
    etaMs: progress.etaMs,
    phaseEta: progress.phaseEta,
    usualStart: usualStart(comparableStarts(input.earlierStarts, input.configuration.nextSettings)),
    runId: lifecycle.run?.runId ?? null,
    pid: lifecycle.run?.pid ?? null,
    startedAtMs: lifecycle.run?.startedAtMs ?? null,
    readyAtMs: lifecycle.readyAtMs,
    endpoint:
      access === null ? input.endpoint : `${shownUrlOf({host: access.addresses[0] ?? '', port: access.port})}/v1`,
    access,
    logPath: input.logPath,
    settings: shownSettings(lifecycle.settings),
    command: input.command === null ? null : input.command.map((words) => [...words]),
    startPhases: startLedger({...lifecycle, isAdopted: lifecycle.internal.isAdopted}, earlierStarts),
    ...(isStarting ? {comingPhases: comingPhases(phase, earlierStarts), phaseProgress: phaseProgress(bytes)} : {}),
    processes: processesOf(input),
    exit: lifecycle.exit,
    backOff: lifecycle.backOff,
    drainUntilMs: lifecycle.state === 'draining' ? lifecycle.drainUntilMs : null,
    lastGoodSettings: shownSettings(lifecycle.lastGoodSettings),
    unansweredMs: isServingState(lifecycle.state) ? input.seen.unansweredMs : null,
    ...(isServingState(lifecycle.state) && input.seen.isUnansweredAtLeast ? {isUnansweredAtLeast: true} : {}),
    health: healthOf(input),
    progress: progressNow(input),
    // A stopped engine's numbers are not those of the next start.
    facts: Object.fromEntries(
      Object.entries(lifecycle.run === null && lifecycle.state !== 'failed' ? {} : lifecycle.facts).flatMap(
        ([name, value]) => (value === undefined ? [] : [[name, value]]),
      ),
    ),
  };
}

function processesOf({lifecycle, seen}: SnapshotInput): Snapshot['engine']['processes'] {
  if (lifecycle.run === null) return absent('no engine is running');
  return seen.engineProcesses === null ? absent('not read yet') : [...seen.engineProcesses];
}

/** The health path's answer in the present state: one from before a change contradicts the state. */
function healthOf({lifecycle, seen}: SnapshotInput): Reading<string> {
  if (lifecycle.run === null) return absent('no engine is running');
  const {health, unansweredMs} = seen;
  if (health?.state !== lifecycle.state) return absent('not checked yet in this state');
  return health.isResponse && unansweredMs !== null ? absent('no answer yet') : health.answer;
}

/** Only an engine that serves has progress, and only samples of now show it. */
function progressNow({lifecycle, seen, now}: SnapshotInput): Snapshot['engine']['progress'] {
  const unknown = (reason: string) => ({state: 'unknown', reason}) as const;
  if (lifecycle.run === null) return unknown('no engine is running');
  if (!isServingState(lifecycle.state)) return unknown(NOT_SERVING);
  const {state, detail} = statusOf(seen.metrics?.stamp ?? null, null, now);
  return state === 'stale' ? unknown(detail ?? 'the metrics are stale') : progressOf(seen.engineMetrics, seen.stall);
}

function shownSettings(settings: LaunchSettings | null): LaunchSettings | null {
  return settings === null ? null : withoutSecrets(settings);
}

/** What is known of the traffic. */
type TrafficReadings = {
  readonly traffic: Snapshot['traffic'];
  readonly minute: TokenRates;
  readonly logged: LoggedTraffic | null;
  readonly isServing: boolean;
};

function kvCacheView({lifecycle, seen}: SnapshotInput, readings: TrafficReadings): Snapshot['kvCache'] {
  const {logged, isServing} = readings;
  const notServing = absent(isServing ? UNREAD : NOT_SERVING);
  const measured = isServing ? (seen.metrics?.kvUsageRatio ?? notServing) : notServing;
  const usageRatio = isAbsent(measured) ? (logged?.kvUsageRatio ?? measured) : measured;
  const stated = lifecycle.run === null ? undefined : lifecycle.facts['kvCapacityTokens'];
  const exposed = isServing ? (seen.metrics?.kvCapacityTokens ?? notServing) : notServing;
  const capacityTokens = isPresent(exposed) ? exposed : (stated ?? exposed);
  const contextLengthTokens = lifecycle.run === null ? undefined : lifecycle.settings?.contextLengthTokens;
  return {
    usageRatio,
    capacityTokens,
    usedTokens: combineReadings(usageRatio, capacityTokens, (ratio, tokens) => Math.round(ratio * tokens)),
    ...prefixHits(readings),
    fullLengthSequences:
      contextLengthTokens === undefined
        ? notServing
        : mapReading(capacityTokens, (tokens) => tokens / contextLengthTokens),
  };
}

/** Over a minute: ten seconds have hardly a request. */
function prefixHits({
  traffic,
  minute,
  logged,
}: TrafficReadings): Pick<Snapshot['kvCache'], 'prefixCacheHitRatio' | 'prefixCacheWindowMs'> {
  if (traffic.source === 'log' && logged !== null && logged.prefixCacheHitRatio !== null) {
    return {
      prefixCacheHitRatio: logged.prefixCacheHitRatio,
      prefixCacheWindowMs: absent("the engine's own average, from its log"),
    };
  }
  return {
    prefixCacheHitRatio: combineReadings(
      minute.cachedPromptTokensPerSecond,
      minute.promptTokensPerSecond,
      (cached, prompt) => (prompt === 0 ? absent('no prompts in the window') : Math.min(1, cached / prompt)),
    ),
    prefixCacheWindowMs: minute.windowMs,
  };
}

function sourceStatuses({seen, now, lifecycle}: SnapshotInput, isServing: boolean): Snapshot['sources'] {
  // Of readings that are only old the age says everything.
  const gpuTrouble = seen.gpuFrame === null ? (seen.gpuTrouble?.detail ?? whyNoGpu(seen)) : null;
  return {
    gpus: statusOf(seen.gpuFrame?.stamp ?? null, gpuTrouble, now),
    metrics: isServing
      ? statusOf(seen.metrics?.stamp ?? null, seen.metricsTrouble?.detail ?? null, now)
      : {state: 'off', ageMs: ageOf(seen.metrics?.stamp ?? null, now), detail: NOT_SERVING},
    log:
      lifecycle.run === null
        ? {state: 'off', ageMs: ageOf(seen.logStamp, now), detail: 'no engine is running'}
        : {state: seen.logStamp === null ? 'waiting' : 'ok', ageMs: ageOf(seen.logStamp, now), detail: null},
  };
}

/** Where nvidia-smi is missing or finds no GPU, no sample will come; null if one may. */
function whyNoGpu({gpuFindings}: Observations): string | null {
  return gpuFindings.find(({severity}) => severity === 'critical')?.message ?? null;
}

function ageOf(stamp: Stamp | null, now: Stamp): Reading<number> {
  return stamp === null ? absent('not read yet') : Math.max(0, now.monotonicMs - stamp.monotonicMs);
}

function statusOf(stamp: Stamp | null, trouble: string | null, now: Stamp): SourceStatus {
  const ageMs = ageOf(stamp, now);
  if (isAbsent(ageMs)) return {state: trouble === null ? 'waiting' : 'failed', ageMs, detail: trouble};
  if (ageMs > SAMPLE_STALE_AFTER_MS) {
    return {state: 'stale', ageMs, detail: trouble ?? `no new sample for ${secondsText(ageMs)}`};
  }
  return {state: 'ok', ageMs, detail: null};
}

/** The traffic from the engine's log; null when outdated. */
function recentLogged({seen, now}: SnapshotInput): LoggedTraffic | null {
  const {loggedTraffic} = seen;
  if (loggedTraffic === null || now.monotonicMs - loggedTraffic.stamp.monotonicMs > LOGGED_TRAFFIC_HOLDS_MS)
    return null;
  return loggedTraffic.traffic;
}
