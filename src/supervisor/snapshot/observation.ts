import type {SizeView} from '../../api/cost/size-view.ts';
import type {EngineProcess} from '../../api/engine-view.ts';
import {unseenCondition} from '../../domain/diagnosis/conditions/condition.ts';
import {type Finding, isAboutGpus} from '../../domain/diagnosis/finding.ts';
import {knownCardsAfter} from '../../domain/diagnosis/kernel/known-cards.ts';
import type {EngineAccess} from '../../domain/diagnosis/serving/engine-access.ts';
import {withJumps} from '../../domain/diagnosis/serving/impossible-growth.ts';
import {type EndedGrowth, runGrowthOf} from '../../domain/diagnosis/serving/run-growth.ts';
import {unseenServing} from '../../domain/diagnosis/serving/serving-conditions.ts';
import {type EngineState, isServingState} from '../../domain/lifecycle/phases.ts';
import {isAboutHost} from '../../domain/preflight/host-checks.ts';
import {stallAfter, unseenStall} from '../../domain/traffic/forward-progress.ts';
import {
  clientSample,
  noOwnRequests,
  withRequestEnded,
  withRequestSent,
} from '../../domain/traffic/own-requests/own-requests.ts';
import type {RequestUsage} from '../../domain/traffic/own-requests/request-claim.ts';
import {addTally, completeTally, noRequests, withLoggedRequest} from '../../domain/traffic/request-tally.ts';
import {addSample, emptyWindow} from '../../domain/traffic/traffic-window.ts';
import type {AgentConfiguration} from '../../samples/agent-configuration.ts';
import type {EngineMetricsSample} from '../../samples/engine-metrics.ts';
import type {LogLine} from '../../samples/log-line.ts';
import type {LoggedRequest} from '../../samples/logged-request.ts';
import type {LoggedTraffic} from '../../samples/logged-traffic.ts';
import {absent, type Reading} from '../../samples/reading.ts';
import type {Stamp} from '../../samples/stamp.ts';
import {assertNever} from '../../shared/assert-never.ts';
import type {GpuSourceEvent} from '../../sources/nvidia-smi/gpu-source-event.ts';
import type {ReadableLog} from '../log-pages/log-pages.ts';
import {engineGpusAfter, otherProgramsAfter} from './engine-gpus.ts';
import {largeHolders} from './foreign-processes.ts';
import type {Observations, RecalledRun} from './observations.ts';
import {afterOwnFinding} from './own-findings.ts';
import {type SupervisedMoment, servingAfter} from './serving-moment.ts';
import {takenMemoryAfter} from './taken-memory.ts';
import {unusedGpusAfter} from './unused-gpus.ts';

/** Something that a source, the watch over a run, or the supervisor itself observed. */
export type Observation =
  | {readonly type: 'gpus'; readonly event: GpuSourceEvent}
  /** As the engine counts: with the requests of Gantry itself. */
  | {readonly type: 'metrics'; readonly sample: EngineMetricsSample; readonly finding?: Finding | null}
  | {readonly type: 'metrics-failed'; readonly finding: Finding}
  /** A request of Gantry itself is sent to the engine, which may use `expected` at most. */
  | {readonly type: 'own-request-sent'; readonly key: symbol; readonly expected: RequestUsage}
  /** It ended; without usage if no response says what it used. */
  | {readonly type: 'own-request-ended'; readonly key: symbol; readonly usage: RequestUsage | null}
  /** The answer of the engine's health path, whether it is a response, and the engine's state when it was asked. */
  | {readonly type: 'health'; readonly answer: string; readonly isResponse: boolean; readonly state: EngineState}
  /** How long the engine's server has responded to nothing; null once it does. */
  | {readonly type: 'unanswered'; readonly unansweredMs: number | null; readonly isAtLeast?: true}
  | ({readonly type: 'log-lines'; readonly lines: readonly LogLine[]} & ReadableLog)
  /** The log cannot be read; null once it can. */
  | {readonly type: 'log-trouble'; readonly finding: Finding | null}
  /** Not a failure: a notice; `isLasting` if it holds for the whole run. */
  | {readonly type: 'log-notice'; readonly finding: Finding; readonly isLasting?: boolean}
  /** Traffic by the engine's own periodic log line. */
  | {readonly type: 'logged-traffic'; readonly traffic: LoggedTraffic}
  /** What a log line says of one request. */
  | {readonly type: 'logged-request'; readonly request: LoggedRequest}
  /** The log, which has every request of the engine, has been read from its start to now. */
  | {readonly type: 'requests-read'}
  /** Who can use the engine; null while what listens is unknown. */
  | {readonly type: 'access'; readonly access: EngineAccess | null}
  /** Processes of the run's session; what is shown of them where that was read. */
  | {readonly type: 'session'; readonly pids: ReadonlySet<number>; readonly processes?: readonly EngineProcess[]}
  /** Another run: measurements of the previous one do not apply to it. With what an earlier supervisor knew of it. */
  | ({readonly type: 'run-changed'; readonly isAdopted?: boolean} & Partial<RecalledRun>)
  /** Findings of the checks before the current start. */
  | {readonly type: 'preflight'; readonly findings: readonly Finding[]}
  /** The host, checked again while something is wrong with it. */
  | {readonly type: 'host'; readonly findings: readonly Finding[]}
  /** What the driver wrote of the GPUs into the kernel's log. */
  | {readonly type: 'driver-log'; readonly messages: Observations['driverLog']}
  /** Coding agents as configured on this host. */
  | {readonly type: 'agents'; readonly agents: readonly AgentConfiguration[]}
  /** About the supervisor itself; replaces one of the same topic, which is its code if not given. */
  | {readonly type: 'node-size'; readonly size: Reading<SizeView>}
  | {readonly type: 'own-finding'; readonly finding: Finding; readonly topic?: string}
  | {readonly type: 'own-finding-resolved'; readonly topic: string}
  /** Once a second: conditions that take time to be true are judged. */
  | ({readonly type: 'moment'} & SupervisedMoment);

/** Receives observations. */
export type Observe = (observation: Observation) => void;

const ofNoRun = {
  access: null,
  engineProcesses: null,
  metrics: null,
  engineMetrics: null,
  metricsFinding: null,
  metricsTrouble: null,
  metricsNotice: null,
  counterJumps: [],
  traffic: emptyWindow,
  stall: unseenStall,
  health: null,
  unansweredMs: null,
  isUnansweredAtLeast: false,
  ownRequests: noOwnRequests,
  logStamp: null,
  loggedTraffic: null,
  requests: noRequests,
  logNotices: {},
  logFinding: null,
  serving: unseenServing,
  engineGpus: null,
  earlierProcesses: null,
  otherProgramsBytes: null,
  takenMemory: unseenCondition,
  unusedGpus: unseenCondition,
} as const;

/** Before anything was observed. */
export const nothingObserved: Observations = {
  ...ofNoRun,
  endedGrowth: null,
  gpuFrame: null,
  gpuInventory: null,
  knownCards: [],
  gpuProcesses: null,
  largeHolders: new Set(),
  gpuFindings: [],
  gpuTrouble: null,
  nodeSize: absent('judged once an hour, first after a minute'),
  driverLog: absent('the kernel log was not read yet'),
  sessionPids: new Set(),
  ownFindings: {},
  preflightFindings: [],
  hostFindings: [],
  agents: [],
};

/** The observed state after one more observation, made at `at`. Pure: its inputs are not changed. */
export function withObservation(seen: Observations, observation: Observation, at: Stamp): Observations {
  switch (observation.type) {
    case 'gpus':
      return withGpuEvent(seen, observation.event, at);
    case 'metrics':
      return afterMetrics(seen, observation);
    case 'metrics-failed': {
      const {finding} = observation;
      const sinceMonotonicMs = seen.metricsTrouble?.sinceMonotonicMs ?? at.monotonicMs;
      const metricsTrouble = {sinceMonotonicMs, detail: finding.message};
      return {...seen, metricsFinding: finding, metricsTrouble};
    }
    case 'own-request-sent':
      return {...seen, ownRequests: withRequestSent(seen.ownRequests, observation.key, observation.expected)};
    case 'own-request-ended': {
      const {key, usage} = observation;
      return {...seen, ownRequests: withRequestEnded(seen.ownRequests, key, {usage, atMs: at.monotonicMs})};
    }
    case 'health': {
      const {answer, isResponse, state} = observation;
      return {...seen, health: {answer, isResponse, state}};
    }
    case 'unanswered':
      return {...seen, unansweredMs: observation.unansweredMs, isUnansweredAtLeast: observation.isAtLeast === true};
    case 'log-lines':
      return {...seen, logStamp: at};
    case 'log-trouble':
      return {...seen, logFinding: observation.finding};
    case 'log-notice': {
      const {finding, isLasting = false} = observation;
      return {...seen, logNotices: {...seen.logNotices, [finding.code]: {stamp: at, finding, isLasting}}};
    }
    case 'logged-traffic':
      return {...seen, loggedTraffic: {stamp: at, traffic: observation.traffic}};
    case 'logged-request':
      return {...seen, requests: withLoggedRequest(seen.requests, observation.request)};
    case 'requests-read':
      return {...seen, requests: completeTally(seen.requests, seen.ownRequests.read)};
    case 'access':
      return {...seen, access: observation.access};
    case 'session':
      return afterSession(seen, observation);
    case 'run-changed':
      return afterRunChange(seen, observation, at);
    case 'preflight':
      return {
        ...seen,
        // What is wrong with the GPUs is reported, and resolved, by their source.
        preflightFindings: observation.findings.filter((finding) => !isAboutHost(finding) && !isAboutGpus(finding)),
        hostFindings: observation.findings.filter(isAboutHost),
      };
    case 'host':
      return {...seen, hostFindings: observation.findings};
    case 'driver-log':
      return {...seen, driverLog: observation.messages};
    case 'agents':
      return {...seen, agents: observation.agents};
    case 'node-size':
      return {...seen, nodeSize: observation.size};
    case 'own-finding':
    case 'own-finding-resolved':
      return afterOwnFinding(seen, observation);
    case 'moment':
      return afterMoment(seen, observation, at);
    default:
      return assertNever(observation);
  }
}

function afterMetrics(
  seen: Observations,
  {sample: scraped, finding = null}: Extract<Observation, {type: 'metrics'}>,
): Observations {
  const {requests, sample: engineMetrics} = addTally(seen.requests, scraped);
  const {own: ownRequests, sample: metrics} = clientSample(seen.ownRequests, engineMetrics);
  return {
    ...seen,
    ownRequests,
    requests,
    metrics,
    engineMetrics,
    traffic: addSample(seen.traffic, metrics),
    stall: stallAfter(seen.stall, engineMetrics),
    metricsFinding: null,
    metricsTrouble: null,
    metricsNotice: finding,
    counterJumps: withJumps(seen.counterJumps, ownRequests.jumps),
  };
}

function afterSession(seen: Observations, {pids, processes}: Extract<Observation, {type: 'session'}>): Observations {
  return {...seen, sessionPids: pids, engineProcesses: processes ?? seen.engineProcesses};
}

function afterRunChange(
  seen: Observations,
  {
    serving = unseenServing,
    stall = unseenStall,
    ownRequests = noOwnRequests,
    isAdopted = false,
  }: Extract<Observation, {type: 'run-changed'}>,
  at: Stamp,
): Observations {
  const earlierProcesses = isAdopted ? null : (seen.gpuProcesses?.processes ?? null);
  const endedGrowth = growthAtEnd(seen, at);
  return {...seen, ...ofNoRun, endedGrowth, serving, stall, ownRequests, earlierProcesses};
}

function afterMoment(before: Observations, moment: SupervisedMoment, at: Stamp): Observations {
  const seen = {...before, engineGpus: engineGpusAfter(before, moment)};
  return {
    ...seen,
    otherProgramsBytes: otherProgramsAfter(seen, moment),
    endedGrowth: isServingState(moment.lifecycle.state) ? seen.endedGrowth : growthAtEnd(seen, at),
    serving: servingAfter(seen, moment, at),
    takenMemory: takenMemoryAfter(seen, moment, at),
    unusedGpus: unusedGpusAfter(seen, moment, at),
  };
}

/** What the memory of a run had grown by when it ended; what was known before, if it had not. */
function growthAtEnd({serving: {memory}, endedGrowth}: Observations, {sampledAtMs}: Stamp): EndedGrowth | null {
  const gpus = runGrowthOf(memory);
  return gpus.length === 0 ? endedGrowth : {endedAtMs: sampledAtMs, gpus};
}

const GPUS_LATE = 'nvidia-smi delivers no complete reading';

function withGpuEvent(seen: Observations, event: GpuSourceEvent, at: Stamp): Observations {
  switch (event.type) {
    case 'frame': {
      const knownCards = knownCardsAfter(seen.knownCards, event.frame.gpus);
      return {...seen, gpuFrame: event.frame, gpuTrouble: null, knownCards};
    }
    // It numbers the GPUs in its own order: the indexes of frames count.
    case 'inventory':
      return {...seen, gpuInventory: event.inventory};
    case 'processes':
      return {
        ...seen,
        gpuProcesses: {stamp: event.stamp, processes: event.processes, isHidden: event.isHidden},
        largeHolders: largeHolders(event.processes, seen.largeHolders),
      };
    case 'findings':
      return {...seen, gpuFindings: event.findings};
    case 'stale':
      return {...seen, gpuTrouble: seen.gpuTrouble ?? {sinceMonotonicMs: at.monotonicMs, detail: GPUS_LATE}};
    default:
      return assertNever(event);
  }
}
