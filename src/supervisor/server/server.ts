import type {ApiError, Command, CommandReply} from '../../api/commands.ts';
import type {History, HistorySeriesName} from '../../api/history.ts';
import type {LogLines} from '../../api/log.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import {err, type Result} from '../../shared/result.ts';

/** What the server answers with. Handlers that throw are bugs: the client gets a 500 that says so. */
export type ServerHandlers = {
  readonly getSnapshot: () => Snapshot;
  readonly subscribeSnapshots: (listener: (snapshot: Snapshot) => void) => () => void;
  readonly runCommand: (command: Command) => Promise<CommandReply>;
  /** The newest `tail` lines of the present run's log, oldest first. */
  readonly getLog: (tail: number) => LogLines | Promise<LogLines>;
  readonly subscribeLog: (listener: (lines: LogLines) => void) => () => void;
  readonly getHistory: (series: readonly HistorySeriesName[], windowMs: number) => History;
};

export type ServerOptions = {
  readonly socketPath: string;
  readonly handlers: ServerHandlers;
  readonly version: string;
};

/** A listening server; `close` ends every stream and removes the socket. */
export type RunningServer = {readonly close: () => Promise<void>};

/** Serves the API on a Unix socket that only its owner may open. */
export async function startServer(options: ServerOptions): Promise<Result<RunningServer, ApiError>> {
  return err({code: 'supervisor.socket', message: `Cannot listen on ${options.socketPath}.`, remedy: ''});
}
