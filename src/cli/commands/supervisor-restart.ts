import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {execa} from 'execa';
import type {ApiError} from '../../api/commands.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import {stateNameOf} from '../../domain/lifecycle/phases.ts';
import {ok, type Result} from '../../shared/result.ts';
import {isGone} from '../../supervisor/process/proc-stat.ts';
import type {ProcessIdentity} from '../../supervisor/process/process-identity.ts';
import {findLivingSupervisor} from '../../supervisor/state-dir/lock/living-supervisor.ts';
import {isElsewhere, readHolder} from '../../supervisor/state-dir/lock/lock-holder.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import {printError, printJson, printProgress, printText} from '../output.ts';
import {findUnfinished, requireKnownEngine} from '../supervision/find-unended-run.ts';
import {type EndedBy, endSupervisor} from '../supervision/process/end-supervisor.ts';
import {findSuccessorProblem, notReplaced, type Successor} from '../supervision/process/judge-successor.ts';
import {startSupervisor} from '../supervision/process/start-supervisor.ts';
import {type GlobalOptions, outputOf, type Wiring, wire} from '../wiring.ts';

const SYSTEMCTL_TIMEOUT_MS = 30_000;
const UNIT_STARTED_WITHIN_MS = 20_000;
const ADOPTED_WITHIN_MS = 5_000;
const POLL_MS = 50;

/** What ran before, and how it was ended. */
type Previous = {readonly pid: number; readonly endedBy: EndedBy};

/**
 * `gantry supervisor restart`: ends the supervisor, whatever state it is in, and starts a new one, which adopts the engine.
 * Starts one if none runs.
 */
export async function runSupervisorRestart(global: GlobalOptions): Promise<ExitCode> {
  const wiring = await wire(global, process.env, 'directories');
  if (!wiring.ok) return printError(outputOf(global), wiring.error);
  const {output, directories} = wiring.value;
  const {holder} = await readHolder(directories.stateDir);
  const living = await findLivingSupervisor(directories);
  if (living === null && holder !== null && isElsewhere(holder)) {
    return printError(output, heldElsewhere(holder.hostname, holder.pid));
  }
  const origin = living === null ? unknownOrigin : await originOf(living);
  const problem = await findSuccessorProblem(origin.unit?.successor ?? wiring.value);
  if (problem !== null) return printError(output, living === null ? problem : notReplaced(problem, living.pid));
  let previous: Previous | null = null;
  if (living !== null) {
    printProgress(output, `Ending the supervisor (pid ${living.pid}); the engine keeps serving.`);
    const ended = await endSupervisor(wiring.value, living);
    if (!ended.ok) return printError(output, ended.error);
    previous = {pid: living.pid, endedBy: ended.value};
  }
  const started = await startAgain(wiring.value, origin);
  if (!started.ok) return printError(output, started.error);
  const present = await afterAdoption(wiring.value, started.value);
  const {supervisor, engine} = present;
  if (output.isJson) {
    const {pid, version, startedAtMs} = supervisor;
    const {state, runId, pid: enginePid} = engine;
    const served = {state, runId, pid: enginePid};
    printJson(output, {schemaVersion: 1, previous, supervisor: {pid, version, startedAtMs}, engine: served});
  } else printText(output, restartText(previous, present));
  return exitCodes.done;
}

function restartText(previous: Previous | null, {supervisor, engine}: Snapshot): string {
  const before =
    previous === null
      ? 'No supervisor was running'
      : `The supervisor with pid ${previous.pid} ${previous.endedBy === 'SIGKILL' ? 'did not exit and was killed' : 'has exited'}`;
  const after =
    engine.pid === null ? 'No engine is running' : `The engine (pid ${engine.pid}) is ${stateNameOf(engine)}`;
  return `${before}; a new one runs (pid ${supervisor.pid}). ${after}.`;
}

/** How a supervisor was started: the next one is started in the same way. */
type Origin = {readonly simulatedNode: string | null; readonly unit: Unit | null};

/** The unit that starts it; `successor` is null where its environment cannot be read. */
type Unit = {readonly isUser: boolean; readonly successor: Successor | null};

const unknownOrigin: Origin = {simulatedNode: null, unit: null};

async function originOf({pid}: ProcessIdentity): Promise<Origin> {
  const argv = (await readOfProcess(pid, 'cmdline')).split('\0');
  const cgroup = await readOfProcess(pid, 'cgroup');
  const isOfUnit = /\/gantry\.service$/mu.test(cgroup);
  return {
    simulatedNode: valueAfter(argv, '--simulated-node'),
    unit: isOfUnit ? {isUser: cgroup.includes('/user@'), successor: await successorOfUnit(pid, argv)} : null,
  };
}

function valueAfter(argv: readonly string[], option: string): string | null {
  const position = argv.indexOf(option);
  return position < 0 ? null : (argv[position + 1] ?? null);
}

/** A unit starts the next one as it started this one: with its own options and variables, not those of this command. */
async function successorOfUnit(pid: number, argv: readonly string[]): Promise<Successor | null> {
  const configPath = valueAfter(argv, '--config');
  const variables = (await readOfProcess(pid, 'environ')).split('\0').flatMap((variable) => {
    const end = variable.indexOf('=');
    return end < 0 ? [] : [[variable.slice(0, end), variable.slice(end + 1)] as const];
  });
  if (variables.length === 0) return null;
  return {
    configPath: configPath === null ? null : path.resolve('/', configPath),
    environment: Object.fromEntries(variables),
  };
}

async function readOfProcess(pid: number, file: 'cmdline' | 'cgroup' | 'environ'): Promise<string> {
  try {
    return await readFile(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    if (isGone(error)) return '';
    throw error;
  }
}

/** Under systemd the unit is started, so that it stays the supervisor's parent; otherwise a process of its own. */
async function startAgain(wiring: Wiring, {simulatedNode, unit}: Origin): Promise<Result<Snapshot, ApiError>> {
  const unfinished = await findUnfinished(wiring.directories);
  if (unit !== null) {
    const argv = [...(unit.isUser ? ['--user'] : []), 'restart', 'gantry.service'];
    const {failed, stderr} = await execa('systemctl', argv, {reject: false, timeout: SYSTEMCTL_TIMEOUT_MS});
    if (failed) printProgress(wiring.output, `systemctl ${argv.join(' ')} failed: ${stderr.trim()}`);
    const present = failed ? null : await firstSnapshot(wiring);
    if (present !== null) return ok(present);
  }
  const left = unfinished.ok ? unfinished.value : null;
  return startSupervisor(wiring, left === null ? simulatedNode : left.simulatedNode);
}

/** A new supervisor answers before it has adopted the engine that it finds: its first snapshot after that. */
async function afterAdoption({client, directories}: Wiring, first: Snapshot): Promise<Snapshot> {
  const run = await requireKnownEngine(directories);
  if (!run.ok || run.value === null) return first;
  const deadlineMs = performance.now() + ADOPTED_WITHIN_MS;
  let newest = first;
  while (newest.engine.runId === null && performance.now() < deadlineMs) {
    await delay(POLL_MS);
    const next = await client.getSnapshot();
    if (next.ok) newest = next.value;
  }
  return newest;
}

/** From the unit's supervisor, once it answers; null if it does not. */
async function firstSnapshot({client}: Wiring): Promise<Snapshot | null> {
  const deadlineMs = performance.now() + UNIT_STARTED_WITHIN_MS;
  while (performance.now() < deadlineMs) {
    const present = await client.getSnapshot();
    if (present.ok) return present.value;
    await delay(POLL_MS);
  }
  return null;
}

function heldElsewhere(hostname: string, pid: number): ApiError {
  return {
    code: 'supervisor.held-elsewhere',
    message: `The supervisor of this state directory runs on the host ${hostname} (pid ${pid}).`,
    remedy: `Run gantry supervisor restart on ${hostname}.`,
  };
}
