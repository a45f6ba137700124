import {uptime} from 'node:os';
import {setTimeout as delay} from 'node:timers/promises';
import type {RunIdentity} from '../../domain/lifecycle/run-identity.ts';
import type {LogLine} from '../../samples/log-line.ts';
import {MS_PER_SECOND} from '../../shared/units.ts';
import {afterWork} from '../../sources/host/external-work.ts';
import type {LogFollowing} from '../../sources/log/follow-log.ts';
import {secretsIn} from '../../sources/log/redaction.ts';
import {runFiles} from '../process/run-files.ts';
import {ForeignProcesses, listSession} from '../process/session.ts';
import {watchExit} from '../process/watch-exit.ts';
import {createCompilationWatch} from './compilation-watch.ts';
import {type EndpointWatch, watchEndpoint} from './endpoint/watch-endpoint.ts';
import {engineProcesses, ProcessNames} from './engine-processes.ts';
import {every} from './every.ts';
import {askKernel, hangEvidence, type LastLine} from './hang-evidence.ts';
import {keepLog} from './keep-log.ts';
import {createMaskedLog} from './masked-log.ts';
import {readPastExit} from './past-exit.ts';
import type {RunSinks, WatchedRun} from './watched-run.ts';

const LOG_DRAIN_MS = 3_000;
const SESSION_INTERVAL_MS = 3_000;

/** Starts everything that watches one run: log, metrics, health, exit, session. */
export function watchRun(run: RunIdentity, subject: WatchedRun, {post, observe}: RunSinks): EndpointWatch {
  const controller = new AbortController();
  const {signal} = controller;
  const {engine, settings, clock, environment, observations} = subject;
  const {runId} = run;
  const report: RunSinks['post'] = (event) => {
    if (!signal.aborted) post(event);
  };
  const documents = [subject.settings, {apiKey: subject.apiKey}, {hooks: subject.configured().hooks}];
  const secrets = secretsIn({environments: [environment], documents});
  const {logPath: path} = runFiles(run.directory);
  const readLog = createMaskedLog(
    {runId, engine, clock, path, secrets},
    {post: (event) => afterWork(() => post(event)), observe},
  );
  const compilation = createCompilationWatch(clock);
  let isPast = subject.isResumed;
  const take = (lines: readonly LogLine[]): void => {
    const last = readLog(lines, isPast).at(-1);
    if (last !== undefined) lastLine = {text: last.text, atMs: clock.nowMs()};
    if (!isPast) compilation.seeLines(lines);
  };
  const log = keepLog({path, limits: () => subject.configured().logLimits, signal}, {take, observe});
  void log.catchUp().then(() => {
    isPast = false;
    if (engine.logsRequests && !signal.aborted) observe({type: 'requests-read'});
  });
  let pids: ReadonlySet<number> = new Set([run.pid]);
  let lastLine: LastLine | null = null;
  const look = async () => ({
    ...(await hangEvidence({pids, lastLine, environment, cards: observations().knownCards})),
    isLongStep: compilation.isCompiling() || engine.prefillsWholePrompts(settings),
  });
  const endpoint = watchEndpoint(runId, subject, {post: report, observe, signal, look});
  const past = readPastExit(run, {
    nowMs: clock.nowMs(),
    uptimeMs: uptime() * MS_PER_SECOND,
    seenAtMs: subject.seenAtMs,
  });
  const exit = watchExit(run, run.directory, (status) => {
    // The last log lines have the cause: the exit is reported after them.
    void drainLog(log, signal).then(() => report({type: 'engine-exited', runId, status, past}));
    void askKernel(pids, environment, observations().knownCards).then((finding) => {
      if (finding !== null) post({type: 'log-failure', runId, finding});
    });
  });
  const foreign = new ForeignProcesses();
  const names = new ProcessNames();
  const session = every(SESSION_INTERVAL_MS, async () => {
    const processes = await listSession(run, foreign);
    const present = new Set(processes.map(({pid}) => pid));
    compilation.seeProcesses(processes.map(({command}) => command));
    // A list that comes late says nothing of the run after this one.
    if (signal.aborted) return;
    // The kernel may have messages about the processes seen last.
    if (present.size > 0) pids = present;
    const shown = await engineProcesses(run, processes, names);
    if (!signal.aborted) observe({type: 'session', pids: present, processes: shown});
  });
  return {
    generated: endpoint.generated,
    stop: () => {
      controller.abort();
      endpoint.stop();
      exit.stop();
      session();
    },
  };
}

/** Waits until the log has been read to its end, with a time limit for floods. */
async function drainLog(log: LogFollowing, signal: AbortSignal): Promise<void> {
  const limit = delay(LOG_DRAIN_MS, undefined, {signal, ref: false}).catch(() => undefined);
  await Promise.race([log.catchUp(), limit]);
}
