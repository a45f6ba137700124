import {setTimeout as delay} from 'node:timers/promises';
import type {LifecycleState} from '../../domain/lifecycle/lifecycle.ts';
import {isServingState} from '../../domain/lifecycle/phases.ts';
import type {RunIdentity} from '../../domain/lifecycle/run-identity.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import type {Engine} from '../../engines/engine.ts';
import type {EngineMetricsSample} from '../../samples/engine-metrics.ts';
import type {LogLine} from '../../samples/log-line.ts';
import type {LogFollowing} from '../../sources/log/follow-log.ts';
import {startMetricsSource} from '../../sources/metrics/metrics-source.ts';
import {probeHealth} from '../../sources/probe/probe-health.ts';
import type {Clock} from '../loop/clock.ts';
import type {LogLimits} from '../process/rotate-log.ts';
import {runFiles} from '../process/run-files.ts';
import {listSession} from '../process/session.ts';
import {watchExit} from '../process/watch-exit.ts';
import {every} from './every.ts';
import {askKernel, hangEvidence, type LastLine} from './hang-evidence.ts';
import {HEALTH_INTERVAL_MS, watchHealth} from './health-watch.ts';
import {keepLog} from './keep-log.ts';
import {createLogReader} from './log-reader.ts';
import {createProgressWatch} from './progress-watch.ts';
import type {RunSinks} from './run-sinks.ts';
import {createSilenceWatch} from './silence-watch.ts';

const LOG_DRAIN_MS = 3_000;
const SESSION_INTERVAL_MS = 3_000;

/** The base URL of a run's engine: loopback when it listens on all addresses. */
export function baseUrlOf(settings: LaunchSettings): string {
  const host = settings.host === '0.0.0.0' || settings.host === '::' ? '127.0.0.1' : settings.host;
  return `http://${host.includes(':') ? `[${host}]` : host}:${settings.port}`;
}

/** Data of a watched run. */
export type WatchedRun = {
  readonly settings: LaunchSettings;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly state: () => Pick<LifecycleState, 'state'>;
  /** As configured now. */
  readonly configured: () => {readonly logLimits: LogLimits};
  /** The supervisor's environment: the engine's key, and variables for host programs. */
  readonly environment: NodeJS.ProcessEnv;
  /** The engine served already when this supervisor found it: its log so far is the past. */
  readonly isResumed: boolean;
};

/** The engine's API key; null for an engine without one. */
export function apiKeyOf(engine: Engine, environment: NodeJS.ProcessEnv): string | null {
  const key = environment[engine.apiKeyVariable];
  return key === undefined || key === '' ? null : key;
}

/** Starts everything that watches one run: log, metrics, health, exit, session. Returns a stop function. */
export function watchRun(run: RunIdentity, subject: WatchedRun, {post, observe}: RunSinks): () => void {
  const controller = new AbortController();
  const {signal} = controller;
  const {settings, engine, clock, environment} = subject;
  const apiKey = apiKeyOf(engine, environment);
  const {runId} = run;
  const report: RunSinks['post'] = (event) => {
    if (!signal.aborted) post(event);
  };
  const readLog = createLogReader(runId, engine, clock, {post, observe});
  let isPast = subject.isResumed;
  const take = (lines: readonly LogLine[]): void => {
    const last = lines.at(-1);
    if (last !== undefined) lastLine = {text: last.text, atMs: clock.monotonicMs()};
    readLog(lines, isPast);
    observe({type: 'log-lines', runId, lines});
  };
  const log = keepLog(
    {path: runFiles(run.directory).logPath, limits: () => subject.configured().logLimits, signal},
    {take, observe},
  );
  if (isPast) {
    void log.catchUp().then(() => {
      isPast = false;
    });
  }
  const onSilence = createSilenceWatch(clock, () => report({type: 'metrics-silent', runId}));
  let pids: ReadonlySet<number> = new Set([run.pid]);
  let lastLine: LastLine | null = null;
  const progress = watchProgress(runId, () => ({pids, lastLine, nowMs: clock.monotonicMs(), environment}), report);
  const metrics = startMetricsSource({
    url: `${baseUrlOf(settings)}${engine.paths.metrics}`,
    mapMetrics: engine.mapMetrics,
    // Some engines require the API key for their metrics.
    headers: apiKey === null ? {} : {authorization: `Bearer ${apiKey}`},
    clock,
    signal,
    onEvent: (event) => {
      if (event.type === 'failed') {
        // An engine that does not serve yet need not answer, and that it did not is no trouble once it serves.
        if (!isServingState(subject.state().state)) return;
        observe({type: 'metrics-failed', finding: event.finding});
        onSilence(true);
        return;
      }
      onSilence(false);
      observe({type: 'metrics', sample: event.sample});
      progress(event.sample);
    },
  });
  const exit = watchExit(run, run.directory, (status) => {
    // The last log lines have the cause: the exit is reported after them.
    void drainLog(log, signal).then(() => report({type: 'engine-exited', runId, status}));
    void askKernel(pids, environment).then((finding) => {
      if (finding !== null) post({type: 'log-failure', runId, finding});
    });
  });
  const health = watchHealth({clock, state: subject.state, ask: () => askHealth(subject), observe});
  const session = every(SESSION_INTERVAL_MS, async () => {
    const present = new Set((await listSession(run)).map((process) => process.pid));
    // A list that comes late says nothing of the run after this one.
    if (signal.aborted) return;
    // The kernel may have messages about the processes seen last.
    if (present.size > 0) pids = present;
    observe({type: 'session', pids: present});
  });
  return () => {
    controller.abort();
    metrics.stop();
    exit.stop();
    health();
    session();
  };
}

function askHealth({settings, engine}: WatchedRun): Promise<string> {
  return probeHealth({
    baseUrl: baseUrlOf(settings),
    path: engine.paths.health,
    timeoutMs: HEALTH_INTERVAL_MS,
  });
}

/** Watches the engine's steps; a stall is reported with evidence. */
function watchProgress(
  runId: string,
  see: () => Parameters<typeof hangEvidence>[0],
  post: RunSinks['post'],
): (sample: EngineMetricsSample) => void {
  return createProgressWatch(runId, (event) => {
    if (event.type === 'progress-resumed') post(event);
    else void hangEvidence(see()).then((evidence) => post({...event, evidence}));
  });
}

/** Waits until the log has been read to its end, with a time limit for floods. */
async function drainLog(log: LogFollowing, signal: AbortSignal): Promise<void> {
  const limit = delay(LOG_DRAIN_MS, undefined, {signal, ref: false}).catch(() => undefined);
  await Promise.race([log.catchUp(), limit]);
}
