import {execFile} from 'node:child_process';
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {promisify} from 'node:util';
import {beforeEach, expect, test} from 'vitest';
import {journalPath, readJournal} from '../../../src/supervisor/state-dir/journal.ts';
import {openJournal} from '../../../src/supervisor/state-dir/open-journal.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

let stateDir = '';
beforeEach(() => {
  stateDir = temporaryDirectory('journal');
});

/** Runs the appender where no file may grow beyond a block of 512 bytes, or several. */
async function appendUntilFull(blocks: number): Promise<unknown> {
  const script = path.join(import.meta.dirname, 'append-until-full.ts');
  const command = `ulimit -f ${blocks}; exec "$@"`;
  const {stdout} = await promisify(execFile)('sh', ['-c', command, 'sh', process.execPath, script, stateDir]);
  return JSON.parse(stdout);
}

test.each([1, 2, 3])(
  'an entry that could only be written partly leaves the file unchanged (%i blocks)',
  async (blocks) => {
    const {taken, code} = Object(await appendUntilFull(blocks));
    expect(code).toBe('journal.unusable');
    const text = readFileSync(journalPath(stateDir), 'utf8');
    const lengths = new Set(
      text
        .split('\n')
        .slice(0, -1)
        .map((line) => line.length),
    );
    expect(text.endsWith('\n')).toBe(true);
    expect(text.split('\n')).toHaveLength(taken + 1);
    expect(lengths.size).toBeLessThanOrEqual(2);
    expect(readJournal({stateDir})).toMatchObject({value: {warnings: []}});
    // The next supervisor finds nothing torn, and goes on.
    const next = await openJournal({stateDir});
    if (!next.ok) throw new Error(next.error.message);
    expect(next.value.warnings).toEqual([]);
    expect(next.value.entries).toHaveLength(taken);
    expect(next.value.journal.append({type: 'run-adopted', atMs: 1, runId: 'a'})).toEqual({ok: true, value: null});
    next.value.journal.close();
  },
);
