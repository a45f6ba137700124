import {existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import type {RunIdentity} from '../../../src/domain/lifecycle/run-identity.ts';
import {ok} from '../../../src/shared/result.ts';
import type {FoundEngine} from '../../../src/sources/engine-installation/found-engine.ts';
import type {ApiKey} from '../../../src/supervisor/access/api-key.ts';
import {type LaunchWorld, launchEngine, writeLaunchFiles} from '../../../src/supervisor/launch/launch-engine.ts';
import type {PreparedLaunch} from '../../../src/supervisor/launch/prepare-launch.ts';
import {isSameProcess} from '../../../src/supervisor/process/process-identity.ts';
import {killSession, terminateLeader, waitUntilGone} from '../../../src/supervisor/process/session.ts';
import {watchExit} from '../../../src/supervisor/process/watch-exit.ts';
import {resolveDirectories} from '../../../src/supervisor/state-dir/directories.ts';
import type {JournalEntry} from '../../../src/supervisor/state-dir/journal-entry.ts';
import {guideSettings} from '../../engines/vllm/test-settings.ts';
import {eventually} from '../../harness/eventually.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

const fakes = path.resolve(import.meta.dirname, '../../fakes');
const key = 'sk-launch-8d1e';
const clock = {nowMs: () => Date.now(), monotonicMs: () => performance.now()};

let root: string;
let runs: RunIdentity[];
beforeEach(() => {
  root = temporaryDirectory('launch');
  runs = [];
});
afterEach(async () => {
  for (const run of runs) await killSession(run);
});

function worldOf(found: FoundEngine, environment: Record<string, string> = {}): LaunchWorld {
  const home = path.join(root, 'home');
  const directories = resolveDirectories({GANTRY_STATE_DIR: path.join(root, 'state')}, home);
  if (!directories.ok) throw new Error(directories.error.message);
  return {
    simulated: false,
    simulatedNode: null,
    standIns: null,
    directories: directories.value,
    environment: {PATH: '/usr/bin:/bin', HF_HOME: path.join(root, 'hf'), ...environment},
    findInstallation: () => Promise.resolve(ok(found)),
    recordOf: () => ({origins: {}, installation: []}),
  };
}

const noKey: ApiKey = {kind: 'none'};

async function launched(
  world: LaunchWorld,
  apiKey = noKey,
): Promise<{run: RunIdentity; journal: readonly JournalEntry[]}> {
  const journal: JournalEntry[] = [];
  const subject = {settings: guideSettings(), model: null, crashes: null, intentionId: null, apiKey};
  const result = await launchEngine(subject, world, (entry) => journal.push(entry), clock);
  if (!result.ok) throw new Error(result.error.message);
  runs.push(result.value.run);
  return {run: result.value.run, journal};
}

function exitOf(run: RunIdentity): Promise<number | null> {
  return new Promise((resolve) => watchExit(run, run.directory, resolve, {pollMs: 20}));
}

const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`);

describe('an engine in a container', () => {
  /** A launched container and the pid of what is in it, which is nobody's child here. */
  async function container() {
    const client = path.join(root, 'client');
    mkdirSync(client);
    symlinkSync(path.join(fakes, 'container-client.sh'), path.join(root, 'docker'));
    const found = {
      kind: 'container',
      client: 'docker',
      clientPath: path.join(root, 'docker'),
      image: 'vllm/vllm-openai:v0.28.0',
      entrypoint: 'vllm',
      extraArguments: [],
      foundBy: 'docker image ls',
      version: '0.28.0',
      versionSource: 'the tag',
    } as const;
    const {run, journal} = await launched(worldOf(found, {FAKE_CLIENT_DIR: client}), {
      kind: 'key',
      value: key,
      source: 'a test',
      isWeak: false,
    });
    const pidFile = path.join(client, `gantry-${run.runId}.pid`);
    const pid = await eventually(() => {
      const isNoted = existsSync(path.join(run.directory, 'container.id'));
      return isNoted && existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : null;
    }, 'the container');
    const argv = (): string[] => readFileSync(path.join(client, 'words'), 'utf8').trim().split('\n');
    return {run, journal, pid, argv};
  }

  test('gets its key only by name: it is in no command line, no journal, no file', async () => {
    const {run, journal, argv} = await container();
    expect(argv()[0]).toContain('--env=VLLM_API_KEY ');
    expect(argv()[0]).toContain('vllm/vllm-openai:v0.28.0 serve moonshotai/Kimi-K2.7-Code');
    expect(argv().join('\n') + JSON.stringify(journal)).not.toContain(key);
    expect(readFileSync(path.join(run.directory, 'container.json'), 'utf8')).not.toContain(key);
    const log = await eventually(() => {
      const text = readFileSync(path.join(run.directory, 'engine.log'), 'utf8');
      return text.includes('key') ? text : null;
    }, 'the log');
    expect(log).toContain(`key in the client's environment: ${key}`);
  });

  test('is ended by a stop, and its exit status is known', async () => {
    const {run, pid, argv} = await container();
    expect(terminateLeader(run)).toBe(true);
    expect(await exitOf(run)).toBe(143);
    await eventually(() => (isAlive(pid) ? null : true), 'the end of what was in the container');
    expect(argv().at(-1)).toBe(`stop -t 120 gantry-${run.runId}`);
    expect(await waitUntilGone(run, {timeoutMs: 5_000, pollMs: 20})).toEqual([]);
  });

  test('is killed even if its client has already exited', async () => {
    const {run, pid, argv} = await container();
    process.kill(run.pid, 'SIGKILL');
    await eventually(() => (isSameProcess(run) ? null : true), 'the end of the client');
    expect(isAlive(pid), 'the container outlives its client').toBe(true);
    expect(await killSession(run)).toEqual([]);
    await eventually(() => (isAlive(pid) ? null : true), 'the end of what was in the container');
    expect(argv().at(-1)).toBe(`rm -f gantry-${run.runId}`);
  });
});

describe('a launch', () => {
  test('of a Python module omits the arguments that the module does not accept', async () => {
    const python = path.join(root, 'python3');
    writeFileSync(python, '#!/bin/sh\nfor word; do echo "<$word>"; done\nexec sleep 60\n', {mode: 0o755});
    const found = {
      kind: 'python-module',
      python,
      module: 'engine.serve',
      droppedArguments: 1,
      foundBy: 'PATH',
    } as const;
    const {run, journal} = await launched(worldOf({...found, version: '0.28.0', versionSource: 'a test'}));
    const log = await eventually(() => {
      const text = readFileSync(path.join(run.directory, 'engine.log'), 'utf8');
      return text.includes('--port') ? text : null;
    }, 'the words');
    expect(log).toMatch(/^<-m>\n<engine.serve>\n<moonshotai\/Kimi-K2.7-Code>\n/);
    expect(journal.map(({type}) => type)).toEqual(['run-launching', 'run-started']);
    expect(existsSync(path.join(run.directory, 'container.json'))).toBe(false);
  });

  test.each([
    ['a key that is there but cannot be used', 'preflight.api-key-unusable'],
    ['a state directory in which nothing can be created', 'process.cannot-prepare'],
  ] as const)('with %s starts nothing', async (_, code) => {
    const journal: JournalEntry[] = [];
    const apiKey: ApiKey =
      code === 'preflight.api-key-unusable' ? {kind: 'unusable', source: '/state/api-key', reason: 'a test'} : noKey;
    const found = {kind: 'program', path: '/bin/true', foundBy: 'PATH', version: null, versionSource: ''} as const;
    const world = worldOf(found);
    mkdirSync(world.directories.stateDir, {recursive: true});
    writeFileSync(path.join(world.directories.stateDir, 'runs'), 'a file in its place');
    const subject = {settings: guideSettings(), model: null, crashes: null, intentionId: null, apiKey};
    const result = await launchEngine(subject, world, (entry) => journal.push(entry), clock);
    expect(result).toMatchObject({ok: false, error: {code, severity: 'critical'}});
    expect(journal).toEqual([]);
  });

  test('of an engine that was uninstalled after the preflight is a finding, also in the journal', async () => {
    const journal: JournalEntry[] = [];
    const gone = {
      kind: 'program',
      path: '/nonexistent/vllm',
      foundBy: 'PATH',
      version: null,
      versionSource: '',
    } as const;
    const subject = {settings: guideSettings(), model: null, crashes: null, intentionId: null, apiKey: noKey};
    const result = await launchEngine(subject, worldOf(gone), (entry) => journal.push(entry), clock);
    expect(result).toMatchObject({ok: false, error: {code: 'process.executable-not-found', severity: 'critical'}});
    expect(journal.map(({type}) => type)).toEqual(['run-launching', 'launch-failed']);
  });
});

describe('files for an engine', () => {
  const prepared = (file: string): PreparedLaunch => ({
    runId: 'r1',
    directory: root,
    executable: 'vllm',
    arguments: [],
    environment: [],
    files: [{path: file, contents: key, why: 'the key', secret: key}],
    ownDirectories: [path.join(root, 'own')],
    container: null,
  });

  test('are complete before it starts, for this user only, without other files', async () => {
    const file = path.join(root, 'keys');
    writeFileSync(file, 'older', {mode: 0o644});
    expect(await writeLaunchFiles(prepared(file), {stateDir: root, apiKey: null})).toEqual(ok(null));
    expect(readFileSync(file, 'utf8')).toBe(key);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(path.join(root, 'own')).mode & 0o777).toBe(0o700);
  });

  test('that cannot be written abort the start, with the reason', async () => {
    const result = await writeLaunchFiles(prepared(path.join(root, 'missing/keys')), {stateDir: root, apiKey: null});
    expect(result).toMatchObject({ok: false, error: {code: 'process.cannot-prepare'}});
    expect(result.ok ? '' : result.error.message).toContain('ENOENT');
  });
});
