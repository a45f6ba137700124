import {execFileSync} from 'node:child_process';
import {
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import type {Snapshot} from '../../../src/api/snapshot.ts';
import {type DetailsOf, detailsOf} from '../../../src/domain/diagnosis/details/details.ts';
import {eventually} from '../../harness/eventually.ts';
import {type GantryHome, openHome} from '../../harness/gantry-home.ts';
import {isAlive, processesWith, startTimeOf, untilGone} from '../../harness/processes.ts';

let home: GantryHome;
beforeEach(async () => {
  home = await openHome();
});

const journal = (): string => path.join(home.directory, 'state', 'journal.jsonl');
const runs = (): string => path.join(home.directory, 'state', 'runs');
const runFile = (name: string): string => path.join(runs(), readdirSync(runs())[0] ?? '', name);

type Missing = DetailsOf<'engine.records-missing'>;
const missingIn = ({findings}: Snapshot): Missing | null =>
  findings.flatMap((finding) => detailsOf(finding, 'engine.records-missing') ?? [])[0] ?? null;

/** An engine that serves, without its supervisor. */
async function servingAlone() {
  await home.demo(['--speed', '400']);
  const {engine} = await home.waitForState('ready');
  const {pid, runId, settings} = engine;
  if (pid === null) throw new Error('a ready engine has a pid');
  await home.killSupervisor();
  return {pid, runId, settings, born: startTimeOf(pid)};
}

/** The next command finds the same engine with the same settings, and down stops it. */
async function isAdoptedAndStopped(engine: Awaited<ReturnType<typeof servingAlone>>): Promise<Missing | null> {
  const after = await home.waitForState('ready');
  expect([after.engine.pid, startTimeOf(engine.pid)]).toEqual([engine.pid, engine.born]);
  expect(after.engine.settings).toEqual(engine.settings);
  const missing = missingIn(after);
  const down = await home.run(['down', '--json']);
  expect(down.exitCode, down.stdout + down.stderr).toBe(0);
  await untilGone(engine.pid, 'the engine');
  const stopped = await home.waitForState('stopped');
  expect(processesWith(`GANTRY_RUN_ID=${engine.runId}`)).toEqual([]);
  expect(missingIn(stopped)).toBeNull();
  return missing;
}

const views: readonly {readonly lost: string; readonly lose: () => void; readonly missing: Partial<Missing> | null}[] =
  [
    {
      lost: 'its journal deleted',
      lose: () => rmSync(journal()),
      missing: {source: 'run-directory', missing: ['journal']},
    },
    {
      lost: 'its journal wholly garbled',
      lose: () =>
        writeFileSync(
          journal(),
          readFileSync(journal()).map((byte) => byte ^ 0x5a),
        ),
      missing: {source: 'run-directory', missing: ['journal']},
    },
    {
      lost: 'half of its journal cut off',
      lose: () => truncateSync(journal(), Math.floor(readFileSync(journal()).length / 2)),
      missing: null,
    },
    {
      lost: 'its run directory deleted',
      lose: () => rmSync(runs(), {recursive: true}),
      missing: {source: 'journal', missing: ['run-directory', 'log']},
    },
    {
      lost: 'its run directory and the journal deleted',
      lose: () => {
        rmSync(runs(), {recursive: true});
        rmSync(journal());
      },
      missing: {source: 'processes', missing: ['journal', 'run-directory', 'log']},
    },
    {
      lost: 'the record of its process deleted',
      lose: () => rmSync(runFile('engine.birth')),
      missing: {source: 'journal', missing: ['birth']},
    },
    {
      lost: 'its key and the record of a container unreadable',
      lose: () => {
        for (const name of ['api-key', 'container.json']) {
          rmSync(runFile(name), {force: true});
          mkdirSync(runFile(name));
        }
      },
      missing: null,
    },
    {
      lost: 'pipes in the place of everything that is recorded of it',
      lose: () => {
        const inState = ['journal.jsonl', 'supervisor.lock', 'supervisor.log', 'digest-key'].map((name) =>
          path.join(home.directory, 'state', name),
        );
        const ofRun = ['engine.birth', 'engine.pid', 'run.jsonl', 'api-key'].map(runFile);
        const histories = globSync(path.join(home.directory, '**', 'history.sqlite*'));
        for (const file of [...inState, ...ofRun, ...histories]) {
          rmSync(file, {force: true});
          execFileSync('sh', ['-c', 'mkfifo "$0"', file]);
        }
      },
      missing: {source: 'processes'},
    },
    {
      lost: 'every file but its log deleted',
      lose: () => {
        rmSync(journal());
        for (const name of ['engine.birth', 'engine.pid', 'run.jsonl']) rmSync(runFile(name));
      },
      missing: {source: 'processes', missing: ['journal', 'run-record', 'birth']},
    },
  ];

describe('a serving engine without a supervisor', () => {
  test.each(views)('with $lost is adopted as it is, what was missing is reported, and down stops it', async (view) => {
    const engine = await servingAlone();
    view.lose();
    const missing = await isAdoptedAndStopped(engine);
    if (view.missing === null) return;
    expect(missing).toMatchObject({...view.missing, pid: engine.pid});
  });

  test('whose log file was deleted keeps what it had logged until then', async () => {
    const {pid} = await servingAlone();
    const log = readFileSync(runFile('engine.log'), 'utf8');
    const file = runFile('engine.log');
    rmSync(path.dirname(file), {recursive: true});
    const after = await home.waitForState('ready');
    expect(missingIn(after)).toMatchObject({pid, logPath: file, missing: ['run-directory', 'log']});
    expect(readFileSync(file, 'utf8').slice(0, log.length)).toBe(log);
    // The next one finds a directory, and a log that still goes nowhere.
    await home.killSupervisor();
    expect(missingIn(await home.waitForState('ready'))).toMatchObject({missing: ['log']});
  });

  test('is adopted by the next supervisor, after one that fails in doing so: that one exits', async () => {
    const {pid, born} = await servingAlone();
    const mark = path.join(home.directory, 'failed');
    const program = path.join(home.directory, 'failing.mjs');
    // As a bug: what is not an error of the system.
    writeFileSync(
      program,
      `import fs from 'node:fs';
       import {syncBuiltinESMExports} from 'node:module';
       if (process.argv.includes('supervise')) {
         const real = fs.openSync;
         fs.openSync = (file, ...rest) => {
           if (!/runs.*api-key$/.test(String(file))) return real(file, ...rest);
           fs.writeFileSync(${JSON.stringify(mark)}, String(process.pid));
           throw new TypeError('failing');
         };
         syncBuiltinESMExports();
       }`,
    );
    const failed = await home.run(['status'], {NODE_OPTIONS: `--import=${program}`});
    expect(failed.exitCode).not.toBe(0);
    const failedPid = Number(readFileSync(mark, 'utf8'));
    await eventually(() => !isAlive(failedPid), 'the supervisor that failed to exit');
    const after = await home.waitForState('ready');
    expect([after.engine.pid, startTimeOf(pid)]).toEqual([pid, born]);
  });

  test('whose state directory was moved is named by commands on the old path, and adopted from the new place', async () => {
    const {pid, settings} = await servingAlone();
    const state = path.join(home.directory, 'state-moved');
    const old = path.join(home.directory, 'state');
    renameSync(old, state);
    // A real engine needs nothing of that; the simulated one has its cards there.
    mkdirSync(old, {mode: 0o700});
    symlinkSync(path.join(state, 'simulated-node'), path.join(old, 'simulated-node'));
    for (const command of ['status', 'down', 'restart']) {
      const {exitCode, stderr} = await home.run([command]);
      expect(exitCode, command).toBe(1);
      expect(stderr, command).toContain(`pid ${pid}, ${settings?.model}, port ${settings?.port}`);
      expect(stderr, command).toContain(`GANTRY_STATE_DIR=${state} gantry down`);
      expect(isAlive(pid)).toBe(true);
    }
    const up = await home.run(['up']);
    expect([up.exitCode, up.stderr.includes(`pid ${pid}, `)], up.stderr).toEqual([1, true]);
    const {findings} = await home.snapshot();
    expect(findings.map((finding) => detailsOf(finding, 'engine.also-running'))).toContainEqual(
      expect.objectContaining({pid, reason: 'moved', stateDir: state}),
    );
    await home.stopSupervisor();
    const down = await home.run(['down', '--json'], {GANTRY_STATE_DIR: state});
    expect(down.exitCode, down.stdout + down.stderr).toBe(0);
    await untilGone(pid, 'the engine');
    expect(existsSync(path.join(state, 'journal.jsonl'))).toBe(true);
  });
});
