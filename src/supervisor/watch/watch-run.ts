import {setTimeout as delay} from 'node:timers/promises';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {RunEvent} from '../../domain/lifecycle/lifecycle.ts';
import type {RunIdentity} from '../../domain/lifecycle/run-identity.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import type {Engine} from '../../engines/engine.ts';
import type {EngineMetricsSample} from '../../samples/engine-metrics.ts';
import type {LogLine} from '../../samples/log-line.ts';
import type {LoggedTraffic} from '../../samples/logged-traffic.ts';
import type {LogFollowing} from '../../sources/log/follow-log.ts';
import {startMetricsSource} from '../../sources/metrics/metrics-source.ts';
import {probeHealth} from '../../sources/probe/probe-health.ts';
import type {Clock, WithoutTime} from '../loop/clock.ts';
import type {LogLimits} from '../process/rotate-log.ts';
import {runFiles} from '../process/run-files.ts';
import {listSession} from '../process/session.ts';
import {watchExit} from '../process/watch-exit.ts';
import {every} from './every.ts';
import {askKernel, hangEvidence, type LastLine} from './hang-evidence.ts';
import {keepLog} from './keep-log.ts';
import {createLogReader} from './log-reader.ts';
import {createProgressWatch} from './progress-watch.ts';

const LAST_WORDS_MS = 3_000;
const HEALTH_INTERVAL_MS = 5_000;
const SESSION_INTERVAL_MS = 3_000;

/** What watching a run yields besides lifecycle events. */
export type RunObservers = {
  readonly onEvent: (event: WithoutTime<RunEvent>) => void;
  readonly onLogLines: (lines: readonly LogLine[]) => void;
  /** A log that cannot be read; null once it can. */
  readonly onLogTrouble: (finding: Finding | null) => void;
  /** What the engine's own periodic lines say of the traffic. */
  readonly onLoggedTraffic: (traffic: LoggedTraffic) => void;
  /** What its log says that is worth knowing, and no failure. */
  readonly onLogNotice: (finding: Finding) => void;
  readonly onMetrics: (sample: EngineMetricsSample) => void;
  readonly onMetricsFailed: (finding: Finding) => void;
  readonly onHealth: (words: string) => void;
  readonly onSessionPids: (pids: ReadonlySet<number>) => void;
};

/** Where a run's engine answers: loopback when it listens everywhere. */
export function baseUrlOf(settings: LaunchSettings): string {
  const host = settings.host === '0.0.0.0' || settings.host === '::' ? '127.0.0.1' : settings.host;
  return `http://${host.includes(':') ? `[${host}]` : host}:${settings.port}`;
}

/** What is known of a run that is watched. */
export type WatchedRun = {
  readonly settings: LaunchSettings;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly logLimits: LogLimits;
  /** Of the supervisor: the engine's key, and what the host's programs are run with. */
  readonly environment: NodeJS.ProcessEnv;
};

/** The key of the engine's API; null for an engine without one. */
export function apiKeyOf(engine: Engine, environment: NodeJS.ProcessEnv): string | null {
  const key = environment[engine.apiKeyVariable];
  return key === undefined || key === '' ? null : key;
}

/** Starts everything that watches one run: log, metrics, health, exit, session. Returns the way to end it. */
export function watchRun(run: RunIdentity, subject: WatchedRun, observers: RunObservers): () => void {
  const controller = new AbortController();
  const {signal} = controller;
  const {settings, engine, clock, environment} = subject;
  const apiKey = apiKeyOf(engine, environment);
  const {runId} = run;
  const tell: RunObservers['onEvent'] = (event) => {
    if (!signal.aborted) observers.onEvent(event);
  };
  const readLog = createLogReader(runId, engine, clock, {
    onEvent: observers.onEvent,
    onTraffic: observers.onLoggedTraffic,
    onNotice: observers.onLogNotice,
  });
  const take = (lines: readonly LogLine[]): void => {
    const last = lines.at(-1);
    if (last !== undefined) lastLine = {text: last.text, atMs: clock.monotonicMs()};
    readLog(lines);
    observers.onLogLines(lines);
  };
  const log = keepLog({path: runFiles(run.directory).logPath, limits: subject.logLimits, signal}, {...observers, take});
  let pids: ReadonlySet<number> = new Set([run.pid]);
  let lastLine: LastLine | null = null;
  const progress = watchProgress(runId, () => ({pids, lastLine, nowMs: clock.monotonicMs(), environment}), tell);
  const metrics = startMetricsSource({
    url: `${baseUrlOf(settings)}${engine.paths.metrics}`,
    mapMetrics: engine.mapMetrics,
    // Some engines keep their metrics behind the key of their API.
    headers: apiKey === null ? {} : {authorization: `Bearer ${apiKey}`},
    clock,
    signal,
    onEvent: (event) => {
      if (event.type === 'failed') {
        observers.onMetricsFailed(event.finding);
        return;
      }
      observers.onMetrics(event.sample);
      progress(event.sample);
    },
  });
  const exit = watchExit(run, run.directory, (status) => {
    // What it said last is the cause: the end is told after it.
    void lastWords(log, signal).then(() => tell({type: 'engine-exited', runId, status}));
    void askKernel(pids, environment).then((finding) => {
      if (finding !== null) observers.onEvent({type: 'log-failure', runId, finding});
    });
  });
  const health = every(HEALTH_INTERVAL_MS, async () => {
    observers.onHealth(
      await probeHealth({baseUrl: baseUrlOf(settings), path: engine.paths.health, timeoutMs: HEALTH_INTERVAL_MS}),
    );
  });
  const session = every(SESSION_INTERVAL_MS, async () => {
    const present = new Set((await listSession(run)).map((process) => process.pid));
    // The last processes that were seen are the ones the kernel may tell of.
    if (present.size > 0) pids = present;
    observers.onSessionPids(present);
  });
  return () => {
    controller.abort();
    metrics.stop();
    exit.stop();
    health();
    session();
  };
}

/** Watches the steps of the engine; a stall is told with what can be seen of it. */
function watchProgress(
  runId: string,
  see: () => Parameters<typeof hangEvidence>[0],
  onEvent: RunObservers['onEvent'],
): (sample: EngineMetricsSample) => void {
  return createProgressWatch(runId, (event) => {
    if (event.type === 'progress-resumed') onEvent(event);
    else void hangEvidence(see()).then((evidence) => onEvent({...event, evidence}));
  });
}

/** Waits until the log has been read to its end, unless a flood of lines keeps that too long. */
async function lastWords(log: LogFollowing, signal: AbortSignal): Promise<void> {
  const limit = delay(LAST_WORDS_MS, undefined, {signal, ref: false}).catch(() => undefined);
  await Promise.race([log.catchUp(), limit]);
}
