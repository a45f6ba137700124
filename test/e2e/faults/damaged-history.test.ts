import {createHash} from 'node:crypto';
import {existsSync, readdirSync, readFileSync, truncateSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {beforeEach, expect, test} from 'vitest';
import {HISTORY_FILE} from '../../../src/history/open-history.ts';
import {eventually} from '../../harness/eventually.ts';
import {type GantryHome, openHome} from '../../harness/gantry-home.ts';
import {startProcess} from '../../harness/processes.ts';

let home: GantryHome;
beforeEach(async () => {
  home = await openHome();
});

/** Where the history of the simulated node is. */
function historyFile(): string {
  const data = path.join(home.directory, 'data');
  const found = readdirSync(data, {recursive: true, encoding: 'utf8'}).find(
    (name) => path.basename(name) === HISTORY_FILE,
  );
  if (found === undefined) throw new Error(`no history in ${data}`);
  return path.join(data, found);
}

const digest = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

/** Random bytes over a part of the file. */
function garble(file: string, from: number, to: number): void {
  const bytes = readFileSync(file);
  for (let at = Math.floor(bytes.length * from); at < bytes.length * to; at += 1)
    bytes[at] = (at * 2_654_435_761) >>> 24;
  writeFileSync(file, bytes);
}

const faults: readonly {
  readonly fault: string;
  readonly inject: (file: string) => void | Promise<void>;
  readonly code: string;
  readonly isMovedAside: boolean;
}[] = [
  {
    fault: 'has garbage in its middle',
    inject: (file) => garble(file, 0.1, 0.9),
    code: 'history.damaged',
    isMovedAside: true,
  },
  {
    fault: 'has garbage at its beginning',
    inject: (file) => garble(file, 0, 0.2),
    code: 'history.damaged',
    isMovedAside: true,
  },
  {
    fault: 'was cut off in its middle',
    inject: (file) => truncateSync(file, Math.floor(readFileSync(file).length / 2)),
    code: 'history.damaged',
    isMovedAside: true,
  },
  {
    fault: 'is of a newer Gantry',
    inject: (file) => {
      const database = new DatabaseSync(file);
      database.exec('PRAGMA user_version = 99');
      database.close();
    },
    code: 'history.newer',
    isMovedAside: false,
  },
  {
    fault: 'is locked by another program',
    // In a process of its own: closing the file anywhere in a process releases its locks.
    inject: async (file) => {
      const program = `
        const other = new (require('node:sqlite').DatabaseSync)(process.argv[1]);
        other.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');
        console.log('locked'); setInterval(() => other, 1000)`;
      const {output} = startProcess(process.execPath, ['-e', program, file]);
      await eventually(() => output().includes('locked'), 'the lock');
    },
    code: 'history.unusable',
    isMovedAside: false,
  },
];

test.each(faults)(
  'a history that $fault: the engine is adopted, the finding says where the old file is, and nothing is deleted',
  async ({inject, code, isMovedAside}) => {
    await home.demo(['--speed', '400']);
    const {engine} = await home.waitForState('ready');
    await home.stopSupervisor();
    const file = historyFile();
    await inject(file);
    const before = digest(file);
    const after = await home.waitForState('ready');
    expect(after.engine.pid).toBe(engine.pid);
    const finding = after.findings.find((one) => one.code === code);
    expect(finding, JSON.stringify(after.findings)).toBeDefined();
    const text = `${finding?.message} ${finding?.remedy}`;
    const aside = readdirSync(path.dirname(file)).find((name) => /^history\.sqlite\.damaged-[0-9TZ]+$/.test(name));
    expect(aside !== undefined).toBe(isMovedAside);
    const kept = path.join(path.dirname(file), aside ?? HISTORY_FILE);
    expect(text).toContain(kept);
    expect(digest(kept)).toBe(before);
    expect(existsSync(file)).toBe(true);
    const down = await home.run(['down', '--json']);
    expect(down.exitCode, down.stderr).toBe(0);
  },
);
