import {spawn} from 'node:child_process';
import {coreReportSchema, ENGINE_CORE_COMMAND} from './engine-core.ts';

/** The API server's handle of its engine core. */
export type CoreHandle = {
  readonly pid: number;
  readonly workerPids: readonly number[];
  /** Resolves when the process and its workers have exited. */
  readonly ended: Promise<void>;
  readonly order: (order: 'stop' | 'crash') => void;
  readonly kill: () => void;
};

/** Starts the engine core in this session and process group, and waits for its workers. Rejects if it cannot start. */
export async function startCore(workerCount: number): Promise<CoreHandle> {
  const [, entry] = process.argv;
  if (entry === undefined) throw new Error('process.argv holds no entry point');
  const argv = [...process.execArgv, entry, ENGINE_CORE_COMMAND, String(workerCount)];
  const child = spawn(process.execPath, argv, {stdio: ['ignore', 'inherit', 'inherit', 'ipc']});
  // However this process exits, except by SIGKILL, its engine core must not remain.
  process.once('exit', () => child.kill('SIGKILL'));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const workerPids = await new Promise<readonly number[]>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`The engine core exited immediately with status ${code}.`)));
    child.once('message', (message) => resolve(coreReportSchema.parse(message).workerPids));
  });
  return {
    pid: child.pid ?? 0,
    workerPids,
    ended,
    order: (order) => {
      if (child.connected) child.send(order);
    },
    kill: () => {
      child.kill('SIGKILL');
    },
  };
}
