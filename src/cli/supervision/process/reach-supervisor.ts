import {readFile} from 'node:fs/promises';
import {setTimeout as delay} from 'node:timers/promises';
import type {ApiError} from '../../../api/commands.ts';
import type {Snapshot} from '../../../api/snapshot.ts';
import {err, type Result} from '../../../shared/result.ts';
import {CHECK_SIGNAL} from '../../../supervisor/keep-reachable.ts';
import {isGone} from '../../../supervisor/process/proc-stat.ts';
import {isSameProcess, type ProcessIdentity} from '../../../supervisor/process/process-identity.ts';
import {findBlocker, together} from '../../../supervisor/server/unix-socket.ts';
import {stateSocketPath} from '../../../supervisor/state-dir/directories.ts';
import {findLivingSupervisor} from '../../../supervisor/state-dir/lock/living-supervisor.ts';
import type {Wiring} from '../../wiring.ts';
import {judgeProcess} from './judge-silence.ts';
import {notResponding} from './not-responding.ts';

/** A supervisor looks twice a second whether its socket is there. */
const REACHED_WITHIN_MS = 6_000;
/** One that is just starting holds the lock before it listens; on a busy host for seconds. */
const STARTED_WITHIN_MS = 30_000;
const ASK_EVERY_MS = 1_000;
const POLL_MS = 50;
/** Number of the signal, signal(7): its bit in the masks of /proc. */
const CHECK_SIGNAL_NUMBER = 12n;
/** Clock ticks a second of /proc times. */
const TICKS_PER_SECOND = 100;

/**
 * The snapshot of a supervisor that runs and was not reached: asks it to listen again, and waits for it. Null if it has
 * exited meanwhile; an error says what it does instead of answering.
 */
export async function reachSupervisor(
  wiring: Wiring,
  living: ProcessIdentity,
): Promise<Result<Snapshot, ApiError> | null> {
  const {client, directories} = wiring;
  const sinceMs = performance.now();
  const silentMs = (): number => performance.now() - sinceMs;
  let askedAtMs = Number.NEGATIVE_INFINITY;
  for (;;) {
    const snapshot = await client.getSnapshot();
    if (snapshot.ok || snapshot.error.code !== 'supervisor.unavailable') return snapshot;
    if (!isSameProcess(living) || (await findLivingSupervisor(directories)) === null) return null;
    if (performance.now() - askedAtMs >= ASK_EVERY_MS) {
      askedAtMs = performance.now();
      await askToListen(living);
      const verdict =
        (await blockedSockets(living.pid, directories)) ?? (await judgeProcess(living.pid, silentMs(), directories));
      if (verdict !== null) return err(verdict);
    }
    const limitMs = (await ageMs(living)) < STARTED_WITHIN_MS ? STARTED_WITHIN_MS : REACHED_WITHIN_MS;
    if (silentMs() >= limitMs) {
      const facts = {pid: living.pid, cause: 'not-listening', state: '', cores: null, silentMs: silentMs()} as const;
      return err(notResponding(facts, directories.socketPath));
    }
    await delay(POLL_MS);
  }
}

/** Something else is in the place of every socket: waiting does not help. Null where that is not so. */
async function blockedSockets(pid: number, directories: Wiring['directories']): Promise<ApiError | null> {
  const paths = [directories.socketPath, stateSocketPath(directories)].filter((path) => path !== null);
  const blockers = paths.map((place) => findBlocker(place)).filter((blocker) => blocker !== null);
  const [first] = blockers;
  if (first === undefined || blockers.length < paths.length) return null;
  const {code, message, remedy} = together(first, blockers);
  return {
    code,
    message: `The supervisor (pid ${pid}) runs, but no command can reach it: ${message}`,
    remedy: `${remedy} The supervisor listens there again within a second.`,
  };
}

/** Sends the signal only to a process that handles it: it would end another. */
async function askToListen(living: ProcessIdentity): Promise<void> {
  try {
    const status = await readFile(`/proc/${living.pid}/status`, 'utf8');
    const caught = /^SigCgt:\s*([0-9a-f]+)$/mu.exec(status)?.[1];
    const handles = caught !== undefined && ((BigInt(`0x${caught}`) >> (CHECK_SIGNAL_NUMBER - 1n)) & 1n) === 1n;
    if (handles && isSameProcess(living)) process.kill(living.pid, CHECK_SIGNAL);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/** How long this process has existed, also while the host was suspended. */
async function ageMs({startTimeTicks}: ProcessIdentity): Promise<number> {
  const uptimeSeconds = Number.parseFloat(await readFile('/proc/uptime', 'utf8'));
  return (uptimeSeconds - Number(startTimeTicks) / TICKS_PER_SECOND) * 1_000;
}
