import {mkdirSync, mkdtempSync, symlinkSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import path from 'node:path';
import type {RunIdentity} from '../../../src/domain/lifecycle/run-identity.ts';
import {killSession} from '../../../src/supervisor/process/session.ts';
import {type SpawnRequest, spawnEngine} from '../../../src/supervisor/process/spawn-engine.ts';
import {watchExit} from '../../../src/supervisor/process/watch-exit.ts';
import {eventually} from '../../harness/eventually.ts';
import {endIfOrphaned} from '../../harness/orphans.ts';
import {makeTemporaryDirectory} from '../../harness/temporary-directory.ts';

const fakes = path.resolve(import.meta.dirname, '../../fakes');

/** The path of a fake engine. */
export function fake(name: string): string {
  return path.join(fakes, name);
}

/** Directories and engines of one test file, all gone after `clean`. */
export function createBench() {
  const {directory: place, remove} = makeTemporaryDirectory('process');
  // Homes are often reached through a link: what /proc says of a process is the real path.
  mkdirSync(path.join(place, 'real'));
  symlinkSync('real', path.join(place, 'link'));
  const root = path.join(place, 'link');
  const runs: RunIdentity[] = [];
  const releases: (() => void)[] = [];
  let count = 0;
  return {
    newDirectory(): string {
      return mkdtempSync(path.join(root, 'run-'));
    },
    keep(run: RunIdentity): RunIdentity {
      runs.push(run);
      releases.push(endIfOrphaned(`group ${run.sessionId}`));
      return run;
    },
    async spawn(
      executable: string,
      argv: readonly string[] = [],
      change: Partial<Pick<SpawnRequest, 'environment' | 'launcher' | 'directory' | 'runId' | 'record'>> = {},
    ): Promise<RunIdentity> {
      count += 1;
      const environment = process.env;
      const request = {
        executable,
        arguments: argv,
        environment,
        directory: this.newDirectory(),
        record: null,
        secretOptions: [],
        ...change,
      };
      const spawned = await spawnEngine({runId: `bench-${process.pid}-${count}`, ...request});
      if (!spawned.ok) throw new Error(spawned.error.message);
      return this.keep(spawned.value);
    },
    async clean(): Promise<void> {
      for (const run of runs) await killSession(run);
      for (const release of releases) release();
      remove();
    },
  };
}

/** The log's text once it holds this. */
export function logWith(run: RunIdentity, text: string): Promise<string> {
  return eventually(async () => {
    const log = await readFile(path.join(run.directory, 'engine.log'), 'utf8');
    return log.includes(text) ? log : null;
  }, `"${text}" in the log`);
}

/** How the run ended. */
export function exitOf(run: RunIdentity): Promise<{readonly status: number | null}> {
  return new Promise((resolve) => {
    watchExit(run, run.directory, (status) => resolve({status}), {pollMs: 20});
  });
}
