import {lstat, unlink} from 'node:fs/promises';
import {request, type Server} from 'node:http';
import {createConnection} from 'node:net';
import {z} from 'zod';
import type {ApiError} from '../../api/commands.ts';
import {apiPaths} from '../../api/paths.ts';
import {err, ok, type Result} from '../../shared/result.ts';

/** sun_path of unix(7) holds 108 bytes with its NUL on Linux. */
const MAX_SOCKET_PATH_BYTES = 107;
const PROBE_TIMEOUT_MS = 2_000;
const MAX_PROBE_BYTES = 4 * 1024 * 1024;

/** Checks that no server answers at the path and that it can be used for listening. */
export async function claimSocket(socketPath: string): Promise<Result<null, ApiError>> {
  if (Buffer.byteLength(socketPath) > MAX_SOCKET_PATH_BYTES) return err(tooLong(socketPath));
  const probed = await probe(socketPath);
  switch (probed) {
    case 'connected':
    case 'ETIMEDOUT':
    case 'EAGAIN':
      return err(alreadyRunning(socketPath, await readPid(socketPath)));
    case 'ENOENT':
      return ok(null);
    case 'ECONNREFUSED':
    case 'ECONNRESET':
    case 'ENOTSOCK':
      return removeStale(socketPath);
    default:
      return err(probed === 'EACCES' || probed === 'EPERM' ? notOurs(socketPath) : cannotListen(socketPath, probed));
  }
}

/** Listens at the path; the socket is never accessible to other users, not even briefly. */
export function listenPrivately(server: Server, socketPath: string): Promise<Result<null, ApiError>> {
  const listening = Promise.withResolvers<Result<null, ApiError>>();
  const onError = (error: NodeJS.ErrnoException): void => {
    listening.resolve(err(cannotListen(socketPath, error.code ?? error.message)));
  };
  server.once('error', onError);
  // Node binds before `listen` returns, so the umask applies only to the socket.
  const mask = process.umask(0o177);
  try {
    server.listen(socketPath, () => {
      server.off('error', onError);
      listening.resolve(ok(null));
    });
  } finally {
    process.umask(mask);
  }
  return listening.promise;
}

function probe(socketPath: string): Promise<string> {
  const probed = Promise.withResolvers<string>();
  const socket = createConnection(socketPath);
  socket.setTimeout(PROBE_TIMEOUT_MS, () => probed.resolve('ETIMEDOUT'));
  socket.once('connect', () => probed.resolve('connected'));
  socket.once('error', (error: NodeJS.ErrnoException) => probed.resolve(error.code ?? error.message));
  return probed.promise.finally(() => socket.destroy());
}

async function removeStale(socketPath: string): Promise<Result<null, ApiError>> {
  try {
    if (!(await lstat(socketPath)).isSocket()) return err(notASocket(socketPath));
    await unlink(socketPath);
    return ok(null);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    return error.code === 'ENOENT' ? ok(null) : err(cannotListen(socketPath, String(error.code)));
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
    code: 'supervisor.already-running',
    message: `A supervisor${pid === null ? '' : ` (pid ${pid})`} already answers on ${socketPath}.`,
    remedy: `Use it${pid === null ? '' : `, or stop it first: kill ${pid} leaves its engine running`}.`,
  };
}

function tooLong(socketPath: string): ApiError {
  return {
    code: 'supervisor.socket-path-too-long',
    message: `The socket path ${socketPath} has ${Buffer.byteLength(socketPath)} bytes; the kernel allows ${MAX_SOCKET_PATH_BYTES}.`,
    remedy: 'Set XDG_RUNTIME_DIR to a shorter directory.',
  };
}

function notASocket(socketPath: string): ApiError {
  return {
    code: 'supervisor.socket-path-taken',
    message: `${socketPath} is not a socket; it was not changed.`,
    remedy: 'Move it to another place, or set XDG_RUNTIME_DIR to another directory.',
  };
}

function notOurs(socketPath: string): ApiError {
  return {
    code: 'supervisor.no-permission',
    message: `The socket ${socketPath} belongs to another user.`,
    remedy: 'Run gantry as that user, or set XDG_RUNTIME_DIR to your own directory.',
  };
}

function cannotListen(socketPath: string, reason: string): ApiError {
  return {
    code: 'supervisor.cannot-listen',
    message: `Cannot listen on ${socketPath}: ${reason}.`,
    remedy: 'Check that its directory exists, belongs to you and is writable.',
  };
}
