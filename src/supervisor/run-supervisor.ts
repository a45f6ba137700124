import path from 'node:path';
import type {ApiError} from '../api/commands.ts';
import type {Snapshot} from '../api/snapshot.ts';
import type {Finding} from '../domain/diagnosis/finding.ts';
import {HISTORY_FILE, type HistoryStore, openHistory} from '../history/open-history.ts';
import {err, ok, type Result} from '../shared/result.ts';
import {atBeats} from '../sources/host/beat.ts';
import {kernelLogEnvironment} from '../sources/host/kernel-log.ts';
import {openValueDigests, type ValueDigests} from './access/value-digests.ts';
import {BenchDesk} from './bench/bench-desk.ts';
import {notedJournal} from './configuration/run-commands.ts';
import {type Close, readGpus, runHooks, serveMetrics, watchSize} from './configured-parts.ts';
import {createCostReader} from './cost/live/read-cost-now.ts';
import {createFlightRecorder} from './flight-recorder/flight-recorder.ts';
import {type DriverLogOptions, followDriverLog} from './follow-driver-log.ts';
import {keepReachable} from './keep-reachable.ts';
import {systemClock} from './loop/clock.ts';
import {readAgents} from './read-agents.ts';
import {reportRemoteDirectories} from './remote-directories.ts';
import {startServer} from './server/http-server.ts';
import {createMetricsPage} from './server/metrics/own-metrics-page.ts';
import {createObserver, type Observer} from './snapshot/observer.ts';
import {warningOf} from './snapshot/own-findings.ts';
import {stateSocketPath} from './state-dir/directories.ts';
import {withBacklog} from './state-dir/journal-backlog.ts';
import {acquireSupervisorLock, type SupervisorLock} from './state-dir/lock/supervisor-lock.ts';
import {type Journal, openJournal} from './state-dir/open-journal.ts';
import {watchDirectories} from './state-dir/ownership/watch-directories.ts';
import {keepLastEnd} from './state-dir/recovery/last-end.ts';
import {type RecoveredRuns, recoverRuns} from './state-dir/recovery/recover-runs.ts';
import {recoverStop} from './state-dir/recovery/recover-stop.ts';
import {reportRecovery} from './state-dir/recovery/report-recovery.ts';
import {unrecordedStopObservation} from './state-dir/recovery/stop-findings.ts';
import {pruneRunDirectories} from './state-dir/run-directories.ts';
import {StopMarks} from './state-dir/stop-mark.ts';
import {findLogProblem} from './state-dir/supervisor-log.ts';
import {Supervisor} from './supervisor.ts';
import type {SupervisorOptions} from './supervisor-options.ts';
import {startWatchdog} from './watchdog/start-watchdog.ts';

const TICK_MS = 1_000;

/** Runs the supervisor until it is asked to exit or has been idle long enough. Engines outlive it. */
export async function runSupervisor(options: SupervisorOptions): Promise<Result<null, ApiError>> {
  surviveItsLog();
  const lock = await acquireSupervisorLock(options.directories);
  if (!lock.ok) return err(lock.error);
  try {
    const digests = await openValueDigests(options.directories);
    const journal = await openJournal(options.directories);
    if (!journal.ok) return err(journal.error);
    const observer = createObserver(systemClock);
    const watchdog = startWatchdog({
      stateDir: options.directories.stateDir,
      clock: systemClock,
      onFinding: (finding, topic) => observer.observe({type: 'own-finding', finding, topic}),
      onFindingOver: (topic) => observer.observe({type: 'own-finding-resolved', topic}),
    });
    const logProblem = findLogProblem(options.directories.stateDir);
    if (logProblem !== null) observer.observe({type: 'own-finding', finding: warningOf(logProblem)});
    for (const aside of lock.value.displaced) {
      observer.observe({type: 'own-finding', finding: lockDisplaced(aside)});
    }
    for (const warning of journal.value.warnings) {
      observer.observe({type: 'own-finding', finding: journalWarning(warning)});
    }
    const history = openHistoryOrMemory(options.directories.dataDir, observer);
    if (!history.ok) return err(history.error);
    for (const warning of history.value.warnings) {
      observer.observe({type: 'own-finding', finding: warningOf(warning)});
    }
    const {stateDir} = options.directories;
    const runs = await recoverRuns(stateDir, journal.value.journal, journal.value.entries);
    const marks = new StopMarks(options.directories);
    const kept = withBacklog({
      journal: journal.value.journal,
      entries: runs.entries,
      marks,
      onStop: (stop) => observer.observe(unrecordedStopObservation(stop)),
    });
    const found = {lock: lock.value, digests, journal: kept, runs: recoverStop(runs, kept, marks)};
    try {
      return await superviseWith(options, observer, found, history.value);
    } catch (error) {
      // Anything that is still open would keep this process, in which nothing is done any more.
      await lock.value.release();
      return watchdog.onException(error);
    } finally {
      watchdog.end();
      history.value.close();
      journal.value.journal.close();
    }
  } finally {
    await lock.value.release();
  }
}

/** Whatever happens, all that was opened is closed, the last one first. */
async function superviseWith(
  options: SupervisorOptions,
  ...parts: readonly [Observer, Found, HistoryStore]
): Promise<Result<null, ApiError>> {
  const opened: Close[] = [];
  try {
    return await supervise(options, ...parts, opened);
  } finally {
    for (const close of opened.toReversed()) await close();
  }
}

type Found = {
  readonly lock: SupervisorLock;
  readonly digests: ValueDigests;
  readonly journal: Journal;
  readonly runs: RecoveredRuns;
};

async function supervise(
  options: SupervisorOptions,
  observer: Observer,
  {lock, digests, journal, runs}: Found,
  history: HistoryStore,
  opened: Close[],
): Promise<Result<null, ApiError>> {
  const {directories} = options;
  const clock = systemClock;
  await readAgents(options, observer);
  const noted = notedJournal(journal, runs.entries);
  const own = {observer, digests, history, clock, bench: new BenchDesk(history.ledger, clock.nowMs)};
  const supervisor = new Supervisor(options, {...noted, ...own, entries: runs.entries});
  const findings = {
    onFinding: (finding: Finding) => observer.observe({type: 'own-finding', finding}),
    onFindingOver: (code: string) => observer.observe({type: 'own-finding-resolved', topic: code}),
  };
  opened.push(runHooks(options, supervisor, findings));
  const recorder = createFlightRecorder({
    ...options,
    ...findings,
    ...supervisor.handlers,
    environment: kernelLogEnvironment({...options, ...options.world}),
    stateDir: directories.stateDir,
    secretDocuments: () => [supervisor.configuration.current],
    getRun: () => supervisor.run,
    record: supervisor.recordEvent,
  });
  opened.push(recorder.close);
  supervisor.handlers.subscribeEvents(recorder.onEvent);
  leaveOnSignals(supervisor);
  const {socketPath} = directories;
  const secondSocketPath = stateSocketPath(directories);
  // No snapshot without the engine that is taken over, and no command before what was begun is carried on.
  const takenOver = Promise.withResolvers<null>();
  const isReady = takenOver.promise;
  const getMetrics = createMetricsPage({...supervisor.handlers, history, clock});
  const getCost = createCostReader(options.world, supervisor.configuration, history, clock);
  const handlers = {...supervisor.handlers, getMetrics, getCost};
  const server = await startServer({socketPath, secondSocketPath, isReady, handlers});
  if (!server.ok) {
    supervisor.close();
    return err(server.error);
  }
  opened.push(server.value.close);
  const endReachability = keepReachable({
    lock,
    server: server.value,
    ...findings,
    onReplaced: (pid) => supervisor.leave(`another supervisor (pid ${pid}) holds the lock`),
  });
  opened.push(endReachability);
  supervisor.onServing();
  opened.push(readGpus(supervisor, TICK_MS, clock), followDriver(options, observer), () => supervisor.close());
  supervisor.takeOver(runs.adoptable);
  takenOver.resolve(null);
  opened.push(
    serveMetrics(supervisor, getMetrics, findings),
    watchSize(options, supervisor, clock, {
      ...findings,
      onSize: (size) => observer.observe({type: 'node-size', size}),
    }),
    reportRecovery(runs, observer.observe),
    watchOwnDirectories(directories, observer),
  );
  const liveRunId = runs.adoptable?.run.runId ?? null;
  await pruneRunDirectories(directories.stateDir, {liveRunId, onFailed: printUnpruned});
  opened.push(everySecond(supervisor, recorder.sample, keepLastEnd({...directories, ...observer})));
  await supervisor.waitUntilLeaving();
  return ok(null);
}

/** What is wrong with the directories in use. Returns a stop function. */
function watchOwnDirectories(directories: SupervisorOptions['directories'], {observe}: Observer): Close {
  void reportRemoteDirectories(directories, observe);
  return watchDirectories(directories, observe);
}

/** What the driver writes into the kernel's log, besides what nvidia-smi says. Returns a stop function. */
function followDriver(options: SupervisorOptions, {observe}: Observer): Close {
  const onMessages: DriverLogOptions['onMessages'] = (messages) => observe({type: 'driver-log', messages});
  return followDriverLog({
    environment: kernelLogEnvironment({...options, ...options.world}),
    clock: systemClock,
    onMessages,
  });
}

/** Returns a stop function. */
function everySecond(
  supervisor: Supervisor,
  sample: (snapshot: Snapshot) => void,
  lastEnd: ReturnType<typeof keepLastEnd>,
): () => void {
  const {getSnapshot} = supervisor.handlers;
  lastEnd.begin(getSnapshot());
  const tick = (): void => {
    const snapshot = supervisor.tick();
    lastEnd.note(snapshot);
    sample(snapshot);
  };
  const cancel = atBeats(TICK_MS, tick, {place: 'second'});
  return () => {
    cancel();
    lastEnd.note(getSnapshot());
  };
}

/** For the log of the supervisor: old files of a run do no harm. */
function printUnpruned(directory: string, error: unknown): void {
  process.stderr.write(`cannot remove ${directory}: ${error instanceof Error ? error.message : String(error)}\n`);
}

/**
 * Its own log may be on a full disk, or a terminal that is gone: a line that cannot be written is lost, and must not end the
 * supervisor. Findings say what is wrong with the disk.
 */
function surviveItsLog(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}

function leaveOnSignals(supervisor: Supervisor): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => supervisor.leave(`received ${signal}`));
  // A manually started supervisor outlives its terminal.
  process.on('SIGHUP', () => undefined);
}

/** The history file, or a history in memory with a finding if that fails: history never blocks a start. */
function openHistoryOrMemory(dataDir: string, observer: Observer): Result<HistoryStore, ApiError> {
  const opened = openHistory({path: path.join(dataDir, HISTORY_FILE)});
  if (opened.ok) return opened;
  const message = `${opened.error.message} History is kept in memory until the supervisor exits.`;
  observer.observe({type: 'own-finding', finding: warningOf({...opened.error, message})});
  return openHistory({path: ':memory:'});
}

function lockDisplaced(aside: string): Finding {
  return warningOf({
    code: 'supervisor.lock-displaced',
    message: `Something that is not a file was in the place of the supervisor's lock; it was moved to ${aside}.`,
    remedy: 'Find out who made it, then delete it.',
  });
}

function journalWarning(message: string): Finding {
  return warningOf({
    code: 'journal.line-skipped',
    message,
    remedy: 'No action is needed: the rest is in use, and a running engine is known by its own files too.',
  });
}
