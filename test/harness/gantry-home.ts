import {execFile} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {onTestFinished} from 'vitest';
import {type Event, eventsSchema} from '../../src/api/event-schema.ts';
import {type Snapshot, snapshotSchema} from '../../src/api/snapshot.ts';
import {askSocket} from './ask-socket.ts';
import {closeHome, stopInOrder} from './close-home.ts';
import {eventually} from './eventually.ts';
import {reservePort} from './ports.ts';
import {untilGone} from './processes.ts';
import {makeTemporaryDirectory} from './temporary-directory.ts';
import {openTerminal, type PtyTerminal} from './terminal.ts';

/** The launcher, as an operator runs it. */
export const gantryEntry = fileURLToPath(new URL('../../bin/gantry.js', import.meta.url));

/** Often enough, at a few percent of a core. */
const SNAPSHOT_INTERVAL_MS = 100;

export type CommandResult = {readonly exitCode: number; readonly stdout: string; readonly stderr: string};
type Environment = Readonly<Record<string, string>>;

/** A separate operator's home: nothing of it remains when the test ends. */
export type GantryHome = {
  readonly directory: string;
  readonly port: number;
  readonly socketPath: string;
  /** The environment of every command that runs in it. */
  readonly environment: Environment;
  /** Writes `gantry.yaml`. */
  readonly configure: (yaml: string) => void;
  readonly run: (args: readonly string[], env?: Environment) => Promise<CommandResult>;
  /** Starts the simulated node without waiting for its engine; fails if that is refused. */
  readonly demo: (words: readonly string[], env?: Environment) => Promise<void>;
  /** From the running supervisor; if none answers, from the one that `gantry status` starts. */
  readonly snapshot: () => Promise<Snapshot>;
  /** From the running supervisor; null if none answers. */
  readonly snapshotOrNull: () => Promise<Snapshot | null>;
  /** All recorded events, oldest first. */
  readonly events: () => Promise<readonly Event[]>;
  /** The first snapshot for which the claim is true. For a short state, wait for its event. */
  readonly until: (claim: string, isTrue: (snapshot: Snapshot) => boolean, withinMs?: number) => Promise<Snapshot>;
  readonly waitForState: (state: Snapshot['engine']['state'], withinMs?: number) => Promise<Snapshot>;
  /** The first recorded event for which the claim is true, whatever its age. */
  readonly untilEvent: (claim: string, isTrue: (event: Event) => boolean, withinMs?: number) => Promise<Event>;
  /** Kills the supervisor and returns its pid. */
  readonly killSupervisor: () => Promise<number>;
  /** Stops the supervisor, not its engine. */
  readonly stopSupervisor: () => Promise<void>;
  readonly open: (
    args: readonly string[],
    size: {readonly columns: number; readonly rows: number},
    env?: Environment,
    cwd?: string,
  ) => PtyTerminal;
  /** Stops the engine and then the supervisor, in order. */
  readonly stop: () => Promise<void>;
  /** Ends everything that was started from this home, by force if needed; fails if a stop left something. */
  readonly close: () => Promise<void>;
};

/** A home for one test, closed when the test has ended, whatever its result. */
export async function openHome(): Promise<GantryHome> {
  const home = await createHome();
  onTestFinished(home.close);
  return home;
}

/** An empty home with a reserved port for the engine; the caller closes it. */
export async function createHome(): Promise<GantryHome> {
  const place = makeTemporaryDirectory('e2e');
  const {directory} = place;
  const port = await reservePort();
  const environment = environmentOf(directory, port);
  const socketPath = path.join(directory, 'run', 'gantry.sock');
  const terminals: PtyTerminal[] = [];
  const run: GantryHome['run'] = (args, env = {}) => runGantry(args, {...environment, ...env});
  const snapshotOrNull = (): Promise<Snapshot | null> => snapshotOver(socketPath);
  const snapshot = async (): Promise<Snapshot> =>
    (await snapshotOrNull()) ?? snapshotSchema.parse(JSON.parse(await printed(run, ['status', '--json'])));
  const events = async (): Promise<readonly Event[]> =>
    eventsSchema.parse(JSON.parse(await printed(run, ['events', '--json', '--limit', '1000']))).events;
  const until: GantryHome['until'] = async (claim, isTrue, withinMs) => {
    let seen: Snapshot | null = null;
    try {
      return await eventually(
        async () => {
          seen = await snapshot();
          return isTrue(seen) ? seen : null;
        },
        () => `${claim}; ${seen === null ? 'nothing was seen' : summaryOf(seen)}`,
        {everyMs: SNAPSHOT_INTERVAL_MS, ...(withinMs === undefined ? {} : {withinMs})},
      );
    } catch (error) {
      const recorded = (await events()).map(({code, message}) => `${code}: ${message}`);
      throw new Error(`${claim} did not become true. Recorded events:\n${recorded.join('\n')}`, {cause: error});
    }
  };
  return {
    directory,
    port,
    socketPath,
    environment,
    run,
    snapshot,
    snapshotOrNull,
    events,
    until,
    configure(yaml) {
      mkdirSync(path.join(directory, 'config'), {recursive: true});
      writeFileSync(path.join(directory, 'config', 'gantry.yaml'), `${yaml}\n`);
    },
    async demo(words, env) {
      const argv = ['demo', '--detach', '--no-past', '--json', ...words];
      const {exitCode, stdout, stderr} = await run(argv, env);
      // On a busy machine a start that fails may have failed before the command reads the state.
      if (exitCode === 0 || (exitCode === 1 && /"accepted": true/.test(stdout))) return;
      throw new Error(`gantry ${argv.join(' ')} failed (${exitCode}): ${stdout}${stderr}`);
    },
    waitForState: (state, withinMs) =>
      until(`the engine to be ${state}`, (current) => current.engine.state === state, withinMs),
    async untilEvent(claim, isTrue, withinMs) {
      const options = {everyMs: SNAPSHOT_INTERVAL_MS, ...(withinMs === undefined ? {} : {withinMs})};
      let codes: readonly string[] = [];
      return eventually(
        async () => {
          const recorded = (await eventsOver(socketPath)) ?? (await events());
          codes = recorded.map(({code}) => code);
          return recorded.find(isTrue) ?? null;
        },
        () => `${claim}; recorded are ${codes.join(', ')}`,
        options,
      );
    },
    async killSupervisor() {
      const {supervisor} = await snapshot();
      process.kill(supervisor.pid, 'SIGKILL');
      await untilGone(supervisor.pid, 'the supervisor');
      return supervisor.pid;
    },
    async stopSupervisor() {
      const {supervisor} = await snapshot();
      process.kill(supervisor.pid, 'SIGTERM');
      await untilGone(supervisor.pid, 'the supervisor');
    },
    async stop() {
      await stopInOrder(socketPath);
    },
    open(args, size, env = {}, cwd = '/') {
      const words = [gantryEntry, ...args];
      const terminal = openTerminal({file: process.execPath, args: words, env: {...environment, ...env}, cwd, ...size});
      terminals.push(terminal);
      return terminal;
    },
    async close() {
      for (const terminal of terminals) terminal.kill('SIGKILL');
      try {
        await closeHome(directory, socketPath);
      } finally {
        place.remove();
      }
    },
  };
}

function environmentOf(directory: string, port: number): Environment {
  return {
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
}

function runGantry(args: readonly string[], env: Environment): Promise<CommandResult> {
  return new Promise((resolve) => {
    const words = [gantryEntry, ...args];
    const options = {env, maxBuffer: 64 * 1024 * 1024};
    const child = execFile(process.execPath, words, options, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : 255;
      resolve({exitCode, stdout, stderr});
    });
    child.stdin?.end();
  });
}

async function printed(
  run: (args: readonly string[]) => Promise<CommandResult>,
  args: readonly string[],
): Promise<string> {
  const {exitCode, stdout, stderr} = await run(args);
  if (exitCode !== 0) throw new Error(`gantry ${args.join(' ')} failed (${exitCode}): ${stdout}${stderr}`);
  return stdout;
}

/** The answer of a supervisor of this version; null if there is none. */
async function snapshotOver(socketPath: string): Promise<Snapshot | null> {
  const body = await jsonOver(socketPath, '/v1/snapshot');
  return snapshotSchema.safeParse(body).data ?? null;
}

async function eventsOver(socketPath: string): Promise<readonly Event[] | null> {
  const body = await jsonOver(socketPath, '/v1/events?limit=1000');
  return eventsSchema.safeParse(body).data?.events ?? null;
}

async function jsonOver(socketPath: string, url: string): Promise<unknown> {
  try {
    return JSON.parse((await askSocket(socketPath, url)).text);
  } catch {
    return null;
  }
}

function summaryOf({engine, findings}: Snapshot): string {
  return `the engine is ${engine.state} in phase ${engine.phase}, findings: ${findings.map(({code}) => code).join(', ')}`;
}
