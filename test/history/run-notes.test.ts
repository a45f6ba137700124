import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {runNotesFile} from '../../src/history/run-notes.ts';
import {temporaryDirectory} from '../harness/temporary-directory.ts';

const SLOT_BYTES = 16_384;

/** A slot in the form of before, without a checksum. */
function earlierSlot(sequence: number, read: number): string {
  const counters = `{"promptTokensTotal":{"read":${read},"own":1}}`;
  return `{"sequence":${sequence},"notes":{"runId":"run-1","conditions":null,"ownCounters":${counters}}}\n`;
}

/** The file that such a version left: the older slot whole, the newer one where it was written over a longer version. */
function writeEarlier(file: string, newer = earlierSlot(7, 70)): void {
  const bytes = Buffer.alloc(SLOT_BYTES + newer.length + 5, 'x');
  bytes.write(earlierSlot(6, 60), 0);
  bytes.write(newer, SLOT_BYTES);
  writeFileSync(file, bytes);
}

test('notes that an earlier version wrote are those of its run after an upgrade, also with its last write cut', () => {
  const file = path.join(temporaryDirectory('notes'), 'history.sqlite.run');
  writeEarlier(file);
  const notes = runNotesFile(file);
  expect(notes.read()).toEqual({
    runId: 'run-1',
    conditions: null,
    ownCounters: {promptTokensTotal: {read: 70, own: 1}},
  });
  writeEarlier(file, earlierSlot(7, 70).slice(0, -9));
  expect(runNotesFile(file).read()?.ownCounters.promptTokensTotal?.read).toBe(60);
});

test('the first version after an upgrade replaces the older one, and leaves the newer one until it is complete', () => {
  const file = path.join(temporaryDirectory('notes'), 'history.sqlite.run');
  writeEarlier(file);
  const notes = runNotesFile(file);
  const before = notes.read();
  if (before === null) throw new Error('nothing was read');
  notes.write({...before, ownCounters: {promptTokensTotal: {read: 80, own: 1}}});
  expect(runNotesFile(file).read()?.ownCounters.promptTokensTotal?.read).toBe(80);
  const cut = readFileSync(file);
  cut[40] = 0;
  writeFileSync(file, cut);
  expect(runNotesFile(file).read()).toEqual(before);
});
