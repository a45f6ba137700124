import {mkdirSync, realpathSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {afterAll, beforeEach, describe, expect, onTestFinished, test} from 'vitest';
import type {RunIdentity} from '../../../../src/domain/lifecycle/run-identity.ts';
import {reapLeftovers} from '../../../../src/supervisor/process/leftovers.ts';
import {readBootId} from '../../../../src/supervisor/process/process-identity.ts';
import {readExitStatus} from '../../../../src/supervisor/process/run-files.ts';
import {killSession} from '../../../../src/supervisor/process/session.ts';
import {journalPath} from '../../../../src/supervisor/state-dir/journal.ts';
import type {
  JournalEntry,
  RunLaunchingEntry,
  RunStartedEntry,
} from '../../../../src/supervisor/state-dir/journal-entry.ts';
import {journalLine} from '../../../../src/supervisor/state-dir/journal-text.ts';
import {openJournal} from '../../../../src/supervisor/state-dir/open-journal.ts';
import {readRuns} from '../../../../src/supervisor/state-dir/recovery/read-runs.ts';
import {recoverRuns} from '../../../../src/supervisor/state-dir/recovery/recover-runs.ts';
import {runDirectory} from '../../../../src/supervisor/state-dir/run-directories.ts';
import {writeRunJournal} from '../../../../src/supervisor/state-dir/run-journal.ts';
import {runOf, settingsOf} from '../../../domain/lifecycle/lifecycle-samples.ts';
import {eventually} from '../../../harness/eventually.ts';
import {isAlive} from '../../../harness/processes.ts';
import {temporaryDirectory} from '../../../harness/temporary-directory.ts';
import {createBench, fake} from '../../process/process-bench.ts';

const bench = createBench();
afterAll(() => bench.clean());

let stateDir = '';
beforeEach(() => {
  stateDir = realpathSync(temporaryDirectory('recover-runs'));
});

const directoryOf = (runId: string): string => runDirectory(stateDir, runId);

/** An engine in its run directory, with or without what a launch leaves of its settings in the environment. */
async function launched(runId: string, options: {readonly hasMark: boolean; readonly argv?: readonly string[]}) {
  const directory = directoryOf(runId);
  mkdirSync(directory, {recursive: true});
  const entry: RunLaunchingEntry = {
    type: 'run-launching',
    atMs: 5,
    runId,
    settings: settingsOf(),
    engineVersion: '0.30.0',
    argv: ['vllm'],
    simulated: null,
    directory,
    bootId: readBootId(),
  };
  const change = {directory, runId, record: options.hasMark ? journalLine(entry).toString() : null};
  const [executable = fake('engine-steady.sh'), ...argv] = options.argv ?? [];
  const run = await bench.spawn(executable, argv, change);
  return {run, entry};
}

const identity = ({pid, sessionId, startTimeTicks, bootId}: RunIdentity) => ({pid, sessionId, startTimeTicks, bootId});

describe('the processes of a run without any file', () => {
  test.each([
    ['an engine with its environment', undefined],
    ['an engine that has overwritten its environment', ['/usr/bin/env', '-i', '/bin/sleep', '600']],
  ] as const)('%s is adopted with its settings, and everything of it is stopped', async (_, argv) => {
    const {run, entry} = await launched('20260101-000000-aaaa', {hasMark: true, ...(argv && {argv})});
    rmSync(path.join(stateDir, 'runs'), {recursive: true});
    const opened = await openJournal({stateDir});
    if (!opened.ok) throw new Error(opened.error.message);
    const found = await recoverRuns(stateDir, opened.value.journal, opened.value.entries);
    expect(found.problems).toEqual([]);
    expect(found.adoptable).toMatchObject({settings: entry.settings, engineVersion: '0.30.0'});
    expect(found.adoptable?.run).toEqual({...run, startedAtMs: 5});
    // The next supervisor finds it in the journal and in its directory.
    expect((await readRuns({stateDir})).incomplete?.missing).toEqual(['log']);
    expect(await killSession(run)).toEqual([]);
    await eventually(() => !isAlive(run.pid), 'the engine to end');
    expect((await readRuns({stateDir})).managed).toBeNull();
  });

  test('an engine with unknown settings is named with its pid, and not killed as a leftover', async () => {
    const {run} = await launched('20260101-000000-bbbb', {hasMark: false});
    for (const name of ['engine.pid', 'engine.birth']) rmSync(path.join(run.directory, name));
    const found = await readRuns({stateDir});
    expect(found.adoptable).toBeNull();
    expect(found.others).toEqual([
      {...identity(run), runId: run.runId, reason: 'unknown', model: null, port: null, stateDir},
    ]);
    const {remaining} = await reapLeftovers(stateDir, new Set([run.runId]));
    expect(remaining.map(({pid}) => pid)).toContain(run.pid);
    expect(isAlive(run.pid)).toBe(true);
  });

  test('two engines of this state directory are both found; those of another one are not', async () => {
    const older = await launched('20260101-000000-cccc', {hasMark: true});
    const newer = await launched('20260102-000000-dddd', {hasMark: true});
    const found = await readRuns({stateDir});
    expect(found.adoptable?.run.pid).toBe(newer.run.pid);
    const known = {model: settingsOf().model, port: settingsOf().port, stateDir};
    const [first, second] = [older, newer].map(({run}) => ({...identity(run), runId: run.runId, ...known}));
    expect(found.others).toEqual([{...first, reason: 'another-is-managed'}]);
    const elsewhere = await readRuns({stateDir: temporaryDirectory('another')});
    expect(elsewhere).toMatchObject({adoptable: null, others: []});
    for (const one of [first, second]) {
      expect(elsewhere.strays).toContainEqual({...one, reason: 'of-another-directory'});
    }
  });

  test('an engine is named on the path from which its state directory was moved, and adopted on the new one', async () => {
    const {run} = await launched('20260101-000000-eeee', {hasMark: true});
    const moved = path.join(path.dirname(stateDir), `${path.basename(stateDir)}-moved`);
    renameSync(stateDir, moved);
    onTestFinished(() => rmSync(moved, {recursive: true}));
    const {model, port} = settingsOf();
    const engine = {...identity(run), runId: run.runId, model, port, stateDir: moved};
    expect(await readRuns({stateDir})).toMatchObject({adoptable: null, others: [{...engine, reason: 'moved'}]});
    const there = await readRuns({stateDir: moved});
    expect(there.adoptable?.run.pid).toBe(run.pid);
    expect(there.strays.map(({pid}) => pid)).not.toContain(run.pid);
    // Its leader records the exit where the directory is now.
    process.kill(run.pid, 'SIGKILL');
    await eventually(() => readExitStatus(runDirectory(moved, run.runId)) === 137, 'the exit to be recorded');
  });

  test('an engine without its environment and its leader is known by its log; what it leaves after its end is named', async () => {
    const {run, entry} = await launched('20260101-000000-ffff', {
      hasMark: true,
      argv: ['/usr/bin/env', '-i', '/bin/sleep', '600'],
    });
    process.kill(run.sessionId, 'SIGKILL');
    await eventually(() => !isAlive(run.sessionId), 'the leader to end');
    for (const name of ['engine.pid', 'engine.birth']) rmSync(path.join(run.directory, name));
    const unknown = await readRuns({stateDir});
    expect(unknown.others).toMatchObject([{...identity(run), reason: 'unknown'}]);
    const {directory: _directory, bootId: _bootId, ...launch} = entry;
    const started: RunStartedEntry = {...launch, type: 'run-started', run: {...run, pid: 1, startTimeTicks: '1'}};
    const ended: JournalEntry = {type: 'run-ended', atMs: 7, runId: run.runId, status: 0, wasRequested: true};
    writeRunJournal(directoryOf(run.runId), [started, ended]);
    const left = await readRuns({stateDir});
    expect(left).toMatchObject({adoptable: null, others: []});
    expect(left.strays).toContainEqual(expect.objectContaining({pid: run.pid, reason: 'left-over', stateDir}));
  });
});

test('an entry that the journal lacked of an earlier run is put in its place: the newest run stays the newest', async () => {
  const [earlier, newest] = ['20260101-000000-aaaa', '20260102-000000-bbbb'];
  const started = (runId: string, atMs: number): RunStartedEntry => ({
    type: 'run-started',
    atMs,
    runId,
    settings: settingsOf(),
    engineVersion: null,
    argv: ['vllm'],
    simulated: null,
    run: {...runOf(1), runId, startedAtMs: atMs, directory: directoryOf(runId)},
  });
  const ended: JournalEntry = {type: 'run-ended', atMs: 7, runId: earlier, status: 0, wasRequested: true};
  mkdirSync(directoryOf(earlier), {recursive: true});
  writeRunJournal(directoryOf(earlier), [started(earlier, 5), ended]);
  const inJournal = [ended, started(newest, 9)].map(journalLine);
  writeFileSync(journalPath(stateDir), Buffer.concat([Buffer.from('garbled\n'), ...inJournal]));
  for (const _ of ['this supervisor', 'the next one']) {
    const opened = await openJournal({stateDir});
    if (!opened.ok) throw new Error(opened.error.message);
    const found = await recoverRuns(stateDir, opened.value.journal, opened.value.entries);
    opened.value.journal.close();
    expect(found.problems).toEqual([]);
    expect(found.adoptable?.run.runId).toBe(newest);
    expect(found.entries.filter(({type}) => type === 'run-started')).toHaveLength(2);
  }
});
