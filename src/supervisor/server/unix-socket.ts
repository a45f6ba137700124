import {randomBytes} from 'node:crypto';
import {lstatSync, type Stats} from 'node:fs';
import {link, lstat, rename, unlink} from 'node:fs/promises';
import {request, type Server} from 'node:http';
import path from 'node:path';
import {z} from 'zod';
import type {ApiError} from '../../api/commands.ts';
import {apiPaths} from '../../api/paths.ts';
import {withDetails} from '../../domain/diagnosis/details/details.ts';
import {MAX_SOCKET_PATH_BYTES} from '../../domain/preflight/socket-path.ts';
import {quoteArgument} from '../../engines/launch/shell-quoting.ts';
import {errorCode} from '../../shared/error-code.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {reachSocket} from '../../sources/host/reach-socket.ts';

const PROBE_TIMEOUT_MS = 2_000;
const MAX_PROBE_BYTES = 4 * 1024 * 1024;

/**
 * Checks that nothing is at the path that must stay, and frees it: a socket on which no process listens is removed, anything
 * else is left as it is and named in the error.
 */
export async function claimSocket(socketPath: string): Promise<Result<null, ApiError>> {
  if (Buffer.byteLength(socketPath) > MAX_SOCKET_PATH_BYTES) return err(tooLong(socketPath));
  const present = lookAt(socketPath);
  if (!present.ok) return present;
  if (present.value === null) return ok(null);
  if (!present.value.isSocket()) return err(notASocket(socketPath, present.value));
  const probed = await reachSocket(socketPath);
  switch (probed) {
    case 'connected':
    case 'ETIMEDOUT':
    case 'EAGAIN':
      return err(alreadyRunning(socketPath, await readPid(socketPath)));
    case 'ENOENT':
      return ok(null);
    case 'ECONNREFUSED':
    case 'ECONNRESET':
      return removeStale(socketPath);
    default:
      return err(probed === 'EACCES' || probed === 'EPERM' ? notOurs(socketPath) : cannotListen(socketPath, probed));
  }
}

/** What is in the place of a socket and is none, which only its owner can move away; null where nothing or a socket is there. */
export function findBlocker(socketPath: string): ApiError | null {
  const present = lookAt(socketPath);
  return !present.ok || present.value === null || present.value.isSocket()
    ? null
    : notASocket(socketPath, present.value);
}

/** One error for several paths: what is wrong at each, and what to do about it. */
export function together(first: ApiError, errors: readonly ApiError[]): ApiError {
  const joined = (texts: readonly string[]): string => [...new Set(texts)].join(' ');
  const [message, remedy] = [errors.map((error) => error.message), errors.map((error) => error.remedy)].map(joined);
  return {...first, message: message ?? first.message, remedy: remedy ?? first.remedy};
}

/** A file without following a link; null if there is none. */
function lookAt(file: string): Result<Stats | null, ApiError> {
  try {
    return ok(lstatSync(file, {throwIfNoEntry: false}) ?? null);
  } catch (error) {
    const code = errorCode(error);
    return err(code === 'EACCES' ? notOurs(file) : cannotListen(file, code ?? String(error)));
  }
}

/** A file's identity: no other file has it while this one exists, or while a socket is bound to it. */
export type FileIdentity = {readonly device: number; readonly inode: number};

/**
 * Listens at the path, which must be free; the socket is never accessible to other users, not even briefly. Node removes
 * whatever is at the path that it has bound when it stops listening, also a socket of another process: it is given a name
 * of its own, and the path becomes a second name of that socket.
 */
export async function listenPrivately(server: Server, socketPath: string): Promise<Result<FileIdentity, ApiError>> {
  const directory = path.dirname(socketPath);
  // Not longer than the path: the kernel limits its length.
  const draft = path.join(directory, `gantry.${randomBytes(2).toString('hex')}`);
  const bound = await bindPrivately(server, draft);
  if (!bound.ok) return err(cannotListen(socketPath, bound.error));
  try {
    const {dev, ino} = await lstat(draft);
    await giveName(draft, socketPath);
    return ok({device: dev, inode: ino});
  } catch (error) {
    server.close();
    return err(cannotListen(socketPath, errorCode(error) ?? String(error)));
  } finally {
    await unlink(draft).catch(() => undefined);
  }
}

/** Never over something that came meanwhile, where the file system has hard links. */
async function giveName(draft: string, socketPath: string): Promise<void> {
  try {
    await link(draft, socketPath);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(errorCode(error) ?? '')) throw error;
    await rename(draft, socketPath);
  }
}

function bindPrivately(server: Server, draft: string): Promise<Result<null, string>> {
  const listening = Promise.withResolvers<Result<null, string>>();
  const onError = (error: Error): void => listening.resolve(err(errorCode(error) ?? error.message));
  server.once('error', onError);
  // Node binds before `listen` returns, so the umask applies only to the socket.
  const mask = process.umask(0o177);
  try {
    server.listen(draft, () => listening.resolve(ok(null)));
  } finally {
    process.umask(mask);
  }
  return listening.promise.finally(() => server.off('error', onError));
}

/** True while the path is this file. */
export function isAt(file: string, {device, inode}: FileIdentity): boolean {
  const present = lookAt(file);
  return present.ok && present.value !== null && present.value.dev === device && present.value.ino === inode;
}

/** Removes a file if it is this one. */
export async function removeIfAt(file: string, identity: FileIdentity): Promise<void> {
  if (isAt(file, identity)) await unlink(file).catch(() => undefined);
}

async function removeStale(socketPath: string): Promise<Result<null, ApiError>> {
  try {
    await unlink(socketPath);
    return ok(null);
  } catch (error) {
    const code = errorCode(error);
    return code === 'ENOENT' ? ok(null) : err(cannotListen(socketPath, code ?? String(error)));
  }
}

/** Process id of the supervisor that answers there; null if unknown. */
function readPid(socketPath: string): Promise<number | null> {
  const pid = Promise.withResolvers<number | null>();
  const asked = request({socketPath, path: apiPaths.snapshot, timeout: PROBE_TIMEOUT_MS, agent: false}, (response) => {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > MAX_PROBE_BYTES) response.destroy();
    });
    response.once('end', () => pid.resolve(pidIn(text)));
  });
  asked.once('timeout', () => asked.destroy());
  asked.once('error', () => pid.resolve(null));
  asked.once('close', () => pid.resolve(null));
  asked.end();
  return pid.promise;
}

const pidSchema = z.object({supervisor: z.object({pid: z.int().positive()})});

function pidIn(text: string): number | null {
  try {
    return pidSchema.parse(JSON.parse(text)).supervisor.pid;
  } catch {
    // Not a known supervisor, but it answers, which is all that matters.
    return null;
  }
}

function alreadyRunning(socketPath: string, pid: number | null): ApiError {
  return {
    ...withDetails('supervisor.already-running', {pid}),
    message: `A supervisor${pid === null ? '' : ` (pid ${pid})`} already answers on ${socketPath}.`,
    remedy: 'Use it, or run gantry supervisor restart: its engine keeps serving.',
  };
}

function tooLong(socketPath: string): ApiError {
  return {
    code: 'supervisor.socket-path-too-long',
    message: `The socket path ${socketPath} has ${Buffer.byteLength(socketPath)} bytes; the kernel allows ${MAX_SOCKET_PATH_BYTES}.`,
    remedy: 'Set XDG_RUNTIME_DIR to a shorter directory.',
  };
}

function notASocket(socketPath: string, stats: Stats): ApiError {
  const [place, aside] = [socketPath, `${socketPath}.aside`].map(quoteArgument);
  return {
    code: 'supervisor.socket-path-taken',
    message: `${socketPath} is ${kindText(stats)}, not a socket; it was not changed.`,
    remedy: `Move it away: mv ${place} ${aside}.`,
  };
}

function kindText(stats: Stats): string {
  if (stats.isDirectory()) return 'a directory';
  if (stats.isSymbolicLink()) return 'a symbolic link';
  if (stats.isFIFO()) return 'a named pipe';
  return stats.isFile() ? `a file of ${stats.size} bytes` : 'a device';
}

function notOurs(socketPath: string): ApiError {
  return {
    code: 'supervisor.no-permission',
    message: `The socket ${socketPath} belongs to another user.`,
    remedy: 'Run gantry as that user, or set XDG_RUNTIME_DIR to your own directory.',
  };
}

/** @param reason - a code of the system, or a sentence */
export function cannotListen(socketPath: string, reason: string): ApiError {
  return {
    code: 'supervisor.cannot-listen',
    message: `Cannot listen on ${socketPath}: ${reason.endsWith('.') ? reason : `${reason}.`}`,
    remedy: 'Check that its directory exists, belongs to you and is writable.',
  };
}
