import {mkdirSync, readdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {ok} from '../../../src/shared/result.ts';
import {launchEngine} from '../../../src/supervisor/launch/launch-engine.ts';
import {LaunchFault} from '../../../src/supervisor/launch/launch-fault.ts';
import {isSameProcess} from '../../../src/supervisor/process/process-identity.ts';
import {runFiles} from '../../../src/supervisor/process/run-files.ts';
import {findMarkedProcesses} from '../../../src/supervisor/process/run-mark.ts';
import {killSession} from '../../../src/supervisor/process/session.ts';
import {resolveDirectories} from '../../../src/supervisor/state-dir/directories.ts';
import type {JournalEntry} from '../../../src/supervisor/state-dir/journal-entry.ts';
import {guideSettings} from '../../engines/vllm/test-settings.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

/** What happens after the engine's process exists, before its launcher returns. */
let afterSpawn: (directory: string) => void = () => undefined;
vi.mock('../../../src/supervisor/process/spawn-engine.ts', async (original) => {
  const {spawnEngine} = await original<typeof import('../../../src/supervisor/process/spawn-engine.ts')>();
  return {
    spawnEngine: async (request: Parameters<typeof spawnEngine>[0]) => {
      const spawned = await spawnEngine(request);
      afterSpawn(request.directory);
      return spawned;
    },
  };
});

const clock = {nowMs: () => Date.now(), monotonicMs: () => performance.now()};
const fails = (): never => {
  throw new Error('EIO: i/o error');
};

let root: string;
let journal: JournalEntry[];
beforeEach(() => {
  root = temporaryDirectory('launch-fault');
  journal = [];
  afterSpawn = () => undefined;
});
const faults: LaunchFault[] = [];
afterEach(async () => {
  for (const {run} of faults.splice(0)) await killSession(run);
});

/** What a launch of a program that sleeps rejects with. */
async function faultOf(record: (entry: JournalEntry) => void): Promise<unknown> {
  const executable = path.join(root, 'engine');
  writeFileSync(executable, '#!/bin/sh\nexec sleep 60\n', {mode: 0o755});
  const directories = resolveDirectories({GANTRY_STATE_DIR: path.join(root, 'state')}, root);
  if (!directories.ok) throw new Error(directories.error.message);
  const found = {kind: 'program', path: executable, foundBy: 'PATH', version: '1', versionSource: ''} as const;
  const world = {
    simulated: false,
    simulatedNode: null,
    standIns: null,
    directories: directories.value,
    environment: {PATH: '/usr/bin:/bin'},
    findInstallation: () => Promise.resolve(ok(found)),
    recordOf: () => ({origins: {}, installation: []}),
  };
  const subject = {
    settings: guideSettings(),
    model: null,
    crashes: null,
    intentionId: null,
    apiKey: {kind: 'none'},
  } as const;
  const fault = await launchEngine(subject, world, record, clock).then(
    () => new Error('it did not throw'),
    (error: unknown) => error,
  );
  if (fault instanceof LaunchFault) faults.push(fault);
  return fault;
}

async function processesOf(): Promise<readonly number[]> {
  const runIds = readdirSync(path.join(root, 'state', 'runs'));
  const marked = await findMarkedProcesses();
  return marked.flatMap(({runId, stat}) => (runIds.includes(runId) ? [stat.pid] : []));
}

const loses: readonly [string, (directory: string) => void][] = [
  ['its own record', () => fails()],
  [
    'its mark, because its record is unreadable',
    (directory) => {
      const {pidPath} = runFiles(directory);
      writeFileSync(pidPath, '');
      fails();
    },
  ],
];

test.each(loses)('an engine whose launch throws after it was started is found by %s, and recorded', async (_, act) => {
  afterSpawn = act;
  const fault = await faultOf((entry) => journal.push(entry));
  if (!(fault instanceof LaunchFault)) throw fault;
  expect(isSameProcess(fault.run)).toBe(true);
  expect(fault.message).toMatch(/^EIO: i\/o error \(the engine had been started by then, pid \d+, and is managed\)$/);
  expect(await processesOf()).toContain(fault.run.pid);
  expect(journal).toMatchObject([{type: 'run-launching'}, {type: 'run-started', run: fault.run}]);
});

test('also if its start cannot be recorded', async () => {
  const fault = await faultOf(({type}) => {
    if (type === 'run-started') fails();
  });
  if (!(fault instanceof LaunchFault)) throw fault;
  expect(isSameProcess(fault.run)).toBe(true);
});

test('processes of a launch that threw, of which none can be identified as the engine, are stopped', async () => {
  afterSpawn = (directory) => {
    const {birthPath} = runFiles(directory);
    writeFileSync(birthPath, `1 (init) S 0 1 1 0 -1 4194560 ${'0 '.repeat(12)}7 0 0\n`);
    fails();
  };
  const fault = await faultOf((entry) => journal.push(entry));
  expect(fault).not.toBeInstanceOf(LaunchFault);
  expect(String(fault)).toContain('EIO: i/o error (what had been started by then was stopped)');
  expect(await processesOf()).toEqual([]);
  expect(journal.map(({type}) => type)).toEqual(['run-launching', 'launch-failed']);
});

test('a launch that throws before anything was started throws just that', async () => {
  afterSpawn = () => undefined;
  const fault = await faultOf((entry) => {
    journal.push(entry);
    // In the place of a file that is removed before the launch.
    if (entry.type === 'run-launching') mkdirSync(runFiles(entry.directory).pidPath);
  });
  expect(fault).not.toBeInstanceOf(LaunchFault);
  expect(String(fault)).not.toContain('started by then');
  expect(await processesOf()).toEqual([]);
  expect(journal.map(({type}) => type)).toEqual(['run-launching', 'launch-failed']);
});
