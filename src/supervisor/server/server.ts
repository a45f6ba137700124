import {chmodSync, lstatSync, unlinkSync} from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import type {ApiError, Command, CommandReply} from '../../api/commands.ts';
import type {History, HistorySeriesName} from '../../api/history.ts';
import type {LogLines} from '../../api/log.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {handleRequest} from './routes.ts';

/** What the API answers with. */
export type ServerHandlers = {
  readonly getSnapshot: () => Snapshot;
  readonly subscribeSnapshots: (listener: (snapshot: Snapshot) => void) => () => void;
  readonly runCommand: (command: Command) => Promise<CommandReply>;
  readonly getLog: (tail: number) => LogLines;
  readonly subscribeLog: (listener: (lines: LogLines) => void) => () => void;
  readonly getHistory: (series: readonly HistorySeriesName[], windowMs: number) => History;
};

const CONNECT_TIMEOUT_MS = 2_000;

/**
 * Serves the API on a Unix socket that only its owner can open. A socket that somebody answers on is left alone and is
 * an error; one that nobody answers on any more is replaced. Anything else at that path is not touched.
 */
export async function startServer(options: {
  readonly socketPath: string;
  readonly handlers: ServerHandlers;
}): Promise<Result<{readonly close: () => Promise<void>}, ApiError>> {
  const {socketPath, handlers} = options;
  const cleared = await clearPath(socketPath);
  if (!cleared.ok) return cleared;
  const server = http.createServer((request, response) => {
    void handleRequest(request, response, handlers);
  });
  const listening = await listen(server, socketPath);
  if (!listening.ok) return listening;
  return ok({
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

async function clearPath(socketPath: string): Promise<Result<null, ApiError>> {
  const found = lstatSync(socketPath, {throwIfNoEntry: false});
  if (found === undefined) return ok(null);
  if (!found.isSocket()) {
    return err({
      code: 'supervisor.socket-path-taken',
      message: `${socketPath} exists and is not a socket.`,
      remedy: 'Move it away; Gantry removes nothing that is not its own.',
    });
  }
  if (await isAnswered(socketPath)) {
    return err({
      code: 'supervisor.already-running',
      message: `Another supervisor answers on ${socketPath}.`,
      remedy: 'Use it: gantry status. One supervisor looks after one node.',
    });
  }
  unlinkSync(socketPath);
  return ok(null);
}

function isAnswered(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(socketPath);
    const settle = (isThere: boolean): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => settle(true));
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}

function listen(server: http.Server, socketPath: string): Promise<Result<null, ApiError>> {
  return new Promise((resolve) => {
    server.once('error', (error) =>
      resolve(
        err({
          code: 'supervisor.cannot-listen',
          message: `The socket ${socketPath} cannot be made: ${error.message}.`,
          remedy: 'Check that its directory exists, is yours and has room; GANTRY_RUNTIME_DIR names another one.',
        }),
      ),
    );
    // The socket is born under this mask, so that there is never a moment in which others could open it.
    const before = process.umask(0o177);
    server.listen(socketPath, () => {
      chmodSync(socketPath, 0o600);
      resolve(ok(null));
    });
    process.umask(before);
  });
}
