import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import {beforeEach, describe, expect, test, vi} from 'vitest';
import {
  findAdoptableRun,
  findLastGoodSettings,
  journalPath,
  readJournal,
} from '../../../src/supervisor/state-dir/journal.ts';
import type {JournalEntry} from '../../../src/supervisor/state-dir/journal-entry.ts';
import {journalLine} from '../../../src/supervisor/state-dir/journal-text.ts';
import {openJournal} from '../../../src/supervisor/state-dir/open-journal.ts';
import {olderPartPath, replacementSteps} from '../../../src/supervisor/state-dir/replace-journal.ts';
import {runOf, settingsOf} from '../../domain/lifecycle/lifecycle-samples.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

const MIB = 1024 * 1024;

let stateDir = '';
let file = '';
beforeEach(() => {
  stateDir = temporaryDirectory('open-journal');
  file = journalPath(stateDir);
});

const started = (number: number): JournalEntry => ({
  type: 'run-started',
  atMs: number,
  runId: runOf(number).runId,
  settings: settingsOf(1_024 * number),
  engineVersion: null,
  argv: ['vllm'],
  run: runOf(number),
  simulated: null,
});
const ready = (number: number): JournalEntry => ({type: 'run-ready', atMs: number, runId: runOf(number).runId});
const adopted: JournalEntry = {type: 'run-adopted', atMs: 1, runId: runOf(2).runId};

async function open() {
  const opened = await openJournal({stateDir});
  if (!opened.ok) throw new Error(opened.error.message);
  return opened.value;
}

function entries(): readonly JournalEntry[] {
  const read = readJournal({stateDir});
  if (!read.ok) throw new Error(read.error.message);
  return read.value.entries;
}

const named = (part: string): readonly string[] => readdirSync(stateDir).filter((name) => name.includes(part));

/** Adoptions until the file has this size: what is of no use for anything but the audit trail. */
function grow(bytes: number): void {
  const line = journalLine(adopted);
  appendFileSync(file, Buffer.concat(Array.from({length: Math.ceil(bytes / line.length)}, () => line)));
}

describe('a long journal', () => {
  test('is compacted when it is opened; its older part is kept once, and what is appended is in the new file', async () => {
    for (const round of [1, 2]) {
      appendFileSync(file, Buffer.concat([started(1), ready(1), started(2)].map(journalLine)));
      grow(2 * MIB);
      const {journal, warnings} = await open();
      expect(warnings).toEqual([]);
      expect(statSync(file).size).toBeLessThan(MIB / 4);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(statSync(olderPartPath(file)).size).toBeGreaterThan(2 * MIB);
      expect(journal.append(ready(2))).toEqual({ok: true, value: null});
      journal.close();
      expect(findAdoptableRun(entries()), `round ${round}`).toMatchObject({run: runOf(2), readyAtMs: 2});
      expect(findLastGoodSettings(entries(), false)?.contextLengthTokens).toBe(2_048);
    }
    expect(readdirSync(stateDir).toSorted()).toEqual(['journal.jsonl', 'journal.jsonl.1']);
  });

  test('is compacted while it is written, and appending continues', async () => {
    const {journal} = await open();
    journal.append(started(1));
    for (let count = 0; count < 20_000; count += 1) expect(journal.append(adopted)).toEqual({ok: true, value: null});
    journal.append(ready(1));
    journal.close();
    expect(statSync(file).size).toBeLessThan(1.1 * MIB);
    expect(findAdoptableRun(entries())).toMatchObject({run: runOf(1), readyAtMs: 1});
  });

  test('is the old or the new one, whichever step of its compaction is the last', async () => {
    const old = Buffer.concat([started(1), adopted, started(2)].map(journalLine));
    const text = Buffer.concat([started(1), started(2)].map(journalLine));
    const count = replacementSteps(file, text, olderPartPath(file)).length;
    for (let done = 0; done <= count; done += 1) {
      // Also what an earlier interrupted compaction has left is no obstacle.
      writeFileSync(file, old);
      for (const step of replacementSteps(file, text, olderPartPath(file)).slice(0, done)) step();
      expect([old.toString(), text.toString()]).toContain(readFileSync(file, 'utf8'));
      const {journal, entries: atOpening, warnings} = await open();
      expect(warnings).toEqual([]);
      expect(findAdoptableRun(atOpening)?.run).toEqual(runOf(2));
      expect(journal.append(ready(2))).toEqual({ok: true, value: null});
      journal.close();
      expect(findAdoptableRun(entries())?.readyAtMs).toBe(2);
    }
    expect(readFileSync(olderPartPath(file), 'utf8')).toBe(old.toString());
  });

  test.each([
    ['of one gigabyte of nothing', 1024 * MIB, ''],
    ['that begins with a line of 500 MB', 500 * MIB, `\n${journalLine(started(2))}`],
  ])('%s is opened in bounded memory, kept, and said to be read only partly', async (_, size, end) => {
    writeFileSync(file, journalLine(started(1)));
    truncateSync(file, size);
    appendFileSync(file, end);
    const before = process.memoryUsage.rss();
    const {journal, entries: found, warnings} = await open();
    expect(process.memoryUsage.rss() - before).toBeLessThan(100 * MIB);
    expect(found).toEqual(end === '' ? [] : [started(2)]);
    expect(warnings[0]).toContain('only the end was read');
    const [aside = ''] = named('.damaged-');
    expect(warnings.at(-1)).toContain(aside);
    expect(statSync(path.join(stateDir, aside)).size).toBeGreaterThanOrEqual(size);
    expect(journal.append(started(2))).toEqual({ok: true, value: null});
    journal.close();
    expect(findAdoptableRun(entries())?.run).toEqual(runOf(2));
    expect((await open()).warnings).toEqual([]);
  });

  test('of binary garbage with the entries of now is named once, with some of its lines', async () => {
    let seed = 1;
    const garbage = Buffer.alloc(3 * MIB);
    for (let at = 0; at < garbage.length; at += 1) {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      garbage[at] = seed >> 16;
    }
    writeFileSync(file, Buffer.concat([garbage, Buffer.from('\n'), journalLine(started(2))]));
    const {journal, entries: found, warnings} = await open();
    journal.close();
    expect(found).toEqual([started(2)]);
    expect(warnings.length).toBeLessThan(10);
    expect(warnings.join('\n')).toMatch(/more lines were skipped/);
    expect(named('.damaged-')).toHaveLength(1);
    expect((await open()).warnings).toEqual([]);
  });

  test('of four million lines that are none is read from its end, as far as it can be one', async () => {
    writeFileSync(
      file,
      Buffer.concat([journalLine(started(1)), Buffer.from('x\n'.repeat(4 * MIB)), journalLine(started(2))]),
    );
    const parsed = vi.spyOn(JSON, 'parse');
    const {journal, entries: found, warnings} = await open();
    journal.close();
    expect(parsed.mock.calls.length).toBeLessThan(30_000);
    parsed.mockRestore();
    expect(found).toEqual([started(2)]);
    expect(warnings.join('\n')).toContain('what is before them was not read, because it is no journal');
    expect(named('.damaged-')).toHaveLength(1);
  });
});

test('a directory in its place is kept and named, and a new one is used', async () => {
  mkdirSync(path.join(file, 'inside'), {recursive: true});
  const {journal, warnings} = await open();
  expect(journal.append(started(1))).toEqual({ok: true, value: null});
  journal.close();
  expect(warnings).toEqual([expect.stringContaining('.damaged-')]);
  expect(readdirSync(path.join(stateDir, named('.damaged-')[0] ?? ''))).toEqual(['inside']);
});

describe('while a supervisor writes', () => {
  test('a journal that is deleted is written again with what it had', async () => {
    const {journal} = await open();
    journal.append(started(1));
    rmSync(file);
    expect(journal.append(ready(1))).toEqual({ok: true, value: null});
    journal.close();
    expect(entries()).toEqual([started(1), ready(1)]);
  });

  test('a journal that an editor replaces is continued in the new file', async () => {
    const {journal} = await open();
    journal.append(started(1));
    writeFileSync(`${file}.edited`, readFileSync(file));
    renameSync(`${file}.edited`, file);
    expect(journal.append(ready(1))).toEqual({ok: true, value: null});
    journal.close();
    expect(entries()).toEqual([started(1), ready(1)]);
  });

  test('a state directory that is moved away gets the entry, and the failure is reported', async () => {
    const {journal} = await open();
    journal.append(started(1));
    const moved = `${stateDir}-moved`;
    renameSync(stateDir, moved);
    expect(journal.append(ready(1))).toMatchObject({ok: false, error: {code: 'journal.unusable'}});
    journal.close();
    stateDir = moved;
    expect(entries()).toEqual([started(1), ready(1)]);
    rmSync(moved, {recursive: true});
    expect(existsSync(moved)).toBe(false);
  });
});

test('a journal that cannot be compacted is still opened and appended to', async () => {
  writeFileSync(file, Buffer.concat(Array.from({length: 18_000}, () => journalLine(adopted))));
  expect(statSync(file).size).toBeGreaterThan(MIB);
  mkdirSync(`${file}.new`);
  const {journal, warnings, entries: opened} = await open();
  expect(opened).toHaveLength(18_000);
  expect(warnings).toEqual([expect.stringContaining('could not be compacted')]);
  expect(journal.append(ready(1))).toEqual({ok: true, value: null});
  journal.close();
  expect(entries().at(-1)).toEqual(ready(1));
});

test('an entry that is in the journal is accepted, also if the record of its run cannot be written', async () => {
  const {journal} = await open();
  mkdirSync(path.join(stateDir, 'runs', runOf(1).runId, 'run.jsonl'), {recursive: true});
  expect(journal.append(started(1))).toEqual({ok: true, value: null});
  journal.close();
  expect(entries()).toEqual([started(1)]);
});
