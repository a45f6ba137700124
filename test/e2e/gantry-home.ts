import {execFile} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {type Snapshot, snapshotSchema} from '../../src/api/snapshot.ts';
import {openTerminal, type PtyTerminal} from './terminal.ts';

/** The launcher, as an operator runs it. */
export const gantryEntry = fileURLToPath(new URL('../../bin/gantry.js', import.meta.url));

export type CommandResult = {readonly exitCode: number; readonly stdout: string; readonly stderr: string};

/** An operator's home of its own: nothing of it is left when the test ends. */
export type GantryHome = {
  readonly directory: string;
  readonly port: number;
  readonly socketPath: string;
  /** Of every command that is run in it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly run: (args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<CommandResult>;
  readonly snapshot: () => Promise<Snapshot>;
  readonly open: (
    args: readonly string[],
    size: {readonly columns: number; readonly rows: number},
    env?: Readonly<Record<string, string>>,
  ) => PtyTerminal;
  readonly waitForState: (state: string, deadlineMs?: number) => Promise<Snapshot>;
  /** Ends everything that was started from this home. */
  readonly close: () => Promise<void>;
};

/** Makes an empty home with a free port for the engine. */
export async function createHome(): Promise<GantryHome> {
  const directory = await mkdtemp(path.join(tmpdir(), 'gantry-e2e-'));
  const port = await freePort();
  const base: Record<string, string> = {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: directory,
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    TZ: 'UTC',
    GANTRY_STATE_DIR: path.join(directory, 'state'),
    GANTRY_RUNTIME_DIR: path.join(directory, 'run'),
    GANTRY_CONFIG_DIR: path.join(directory, 'config'),
    GANTRY_DATA_DIR: path.join(directory, 'data'),
    GANTRY_ENGINE_PORT: String(port),
  };
  const socketPath = path.join(directory, 'run', 'gantry.sock');
  const run: GantryHome['run'] = (args, env = {}) =>
    new Promise((resolve) => {
      const child = execFile(
        process.execPath,
        [gantryEntry, ...args],
        {env: {...base, ...env}, maxBuffer: 64 * 1024 * 1024},
        (error, stdout, stderr) => {
          const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : 255;
          resolve({exitCode, stdout, stderr});
        },
      );
      child.stdin?.end();
    });
  const snapshot = async (): Promise<Snapshot> => {
    const result = await run(['status', '--json']);
    if (result.exitCode !== 0)
      throw new Error(`gantry status failed (${result.exitCode}): ${result.stdout}${result.stderr}`);
    return snapshotSchema.parse(JSON.parse(result.stdout));
  };
  return {
    directory,
    port,
    socketPath,
    environment: base,
    run,
    snapshot,
    open: (args, size, env = {}) =>
      openTerminal({file: process.execPath, args: [gantryEntry, ...args], env: {...base, ...env}, ...size}),
    async waitForState(state, deadlineMs = 60_000) {
      const endMs = performance.now() + deadlineMs;
      let seen = 'nothing';
      while (performance.now() < endMs) {
        const current = await snapshot();
        seen = current.engine.state;
        if (seen === state) return current;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      throw new Error(`The engine was not ${state} within ${deadlineMs / 1000} s, but ${seen}`);
    },
    async close() {
      if (existsSync(socketPath)) {
        await run(['down']);
        const pid = await snapshot().then(
          (current) => current.supervisor.pid,
          () => null,
        );
        if (pid !== null && isAlive(pid)) process.kill(pid, 'SIGTERM');
        await waitUntil(() => pid === null || !isAlive(pid), 'the supervisor to leave');
      }
      await rm(directory, {recursive: true, force: true, maxRetries: 10, retryDelay: 100});
    },
  };
}

/** True while a process of this pid exists and is no zombie. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
  } catch {
    return false;
  }
}

/** Start time of a process in clock ticks: with its pid, its identity. */
export function startTimeOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  if (started === undefined) throw new Error(`/proc/${pid}/stat has no start time`);
  return started;
}

/** Polls until the claim is true; fails after the deadline. */
export async function waitUntil(
  isTrue: () => boolean | Promise<boolean>,
  claim: string | (() => string),
  deadlineMs = 30_000,
): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (performance.now() < endMs) {
    if (await isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Waited ${deadlineMs / 1000} s in vain for ${typeof claim === 'string' ? claim : claim()}`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === 'object' && address !== null) resolve(address.port);
        else reject(new Error('the system gave no port'));
      });
    });
  });
}
