import type {ApiError} from '../api/commands.ts';
import {detailsOf, withDetails} from '../domain/diagnosis/details/details.ts';
import type {Finding} from '../domain/diagnosis/finding.ts';
import {atBeats} from '../sources/host/beat.ts';
import type {Listening, RunningServer} from './server/http-server.ts';
import {together} from './server/unix-socket.ts';
import {warningOf} from './snapshot/own-findings.ts';
import type {SupervisorLock} from './state-dir/lock/supervisor-lock.ts';

/** A socket that is removed is back within a second. */
const CHECK_MS = 500;
/** Starters withdraw within two seconds; one that holds the lock for longer is a supervisor. */
const REPLACED_AFTER_CHECKS = 10;

/** A command that does not reach a supervisor asks with this signal for an immediate check. */
export const CHECK_SIGNAL = 'SIGUSR2';

const LOCK_LOST = 'supervisor.lock-lost';
const SOCKET_LOST = 'supervisor.socket-lost';

type Options = {
  readonly lock: Pick<SupervisorLock, 'path' | 'keep'>;
  readonly server: Pick<RunningServer, 'keepListening'>;
  readonly onFinding: (finding: Finding) => void;
  readonly onFindingOver: (code: string) => void;
  /** Another supervisor runs for the same state directory, for good. */
  readonly onReplaced: (pid: number) => void;
};

/**
 * Keeps a supervisor findable for as long as it runs: twice a second its lock is put back and its sockets are opened again
 * where they were removed. Returns a function that ends this.
 */
export function keepReachable(options: Options): () => Promise<void> {
  let checking: Promise<void> | null = null;
  let isEnding = false;
  const checkLock = createLockCheck(options);
  const check = (): void => {
    if (isEnding) return;
    checking ??= checkLock()
      .then(() => checkSockets(options))
      .finally(() => {
        checking = null;
      });
  };
  const cancel = atBeats(CHECK_MS, check, {place: 'half-second'});
  process.on(CHECK_SIGNAL, check);
  return async () => {
    isEnding = true;
    cancel();
    await checking;
  };
}

function createLockCheck({lock, onFinding, onFindingOver, onReplaced}: Options): () => Promise<void> {
  let other: {readonly pid: number; readonly checks: number} | null = null;
  return async () => {
    const kept = await lock.keep();
    const holder = kept.ok ? null : (detailsOf(kept.error, 'supervisor.already-running')?.pid ?? null);
    other = holder === null ? null : {pid: holder, checks: other?.pid === holder ? other.checks + 1 : 1};
    if (other !== null && other.checks >= REPLACED_AFTER_CHECKS) onReplaced(other.pid);
    if (kept.ok) onFindingOver(LOCK_LOST);
    else if (holder === null) onFinding(lockFinding(lock.path, kept.error));
  };
}

async function checkSockets({server, onFinding, onFindingOver}: Options): Promise<void> {
  const listening = await server.keepListening();
  const lost = listening.flatMap(({path, error}) => (error === null ? [] : [{path, error}]));
  const [first, ...others] = lost;
  if (first === undefined) onFindingOver(SOCKET_LOST);
  else onFinding(socketFinding([first, ...others], listening));
}

function lockFinding(file: string, error: ApiError): Finding {
  return warningOf({
    ...withDetails(LOCK_LOST, {path: file, reason: error.code}),
    message: `The lock ${file} is gone and cannot be put back: ${error.message}`,
    remedy: `${error.remedy} It is tried again twice a second.`,
  });
}

type Lost = {readonly path: string; readonly error: ApiError};

function socketFinding(lost: readonly [Lost, ...Lost[]], listening: readonly Listening[]): Finding {
  const [{path, error}] = lost;
  const paths = listening.filter((one) => one.error === null).map((one) => one.path);
  const others =
    paths.length === 0 ? 'No command reaches this supervisor.' : `Commands reach it on ${paths.join(', ')}.`;
  const {message, remedy} = together(
    error,
    lost.map((one) => ({
      ...one.error,
      message: `The supervisor cannot listen on ${one.path}: ${one.error.message}`,
    })),
  );
  return warningOf({
    ...withDetails(SOCKET_LOST, {path, reason: error.code, listeningPaths: [...paths]}),
    message: `${message} ${others}`,
    remedy: `${remedy} It is tried again twice a second.`,
  });
}
