import {appendFileSync, closeSync, openSync} from 'node:fs';
import path from 'node:path';
import {errorCode} from '../../shared/error-code.ts';
import {APPEND, PRIVATE_MODE, replaceFile} from '../../sources/host/own-files.ts';
import type {JournalEntry} from './journal-entry.ts';
import {type JournalContent, journalLine, parseJournal, readFileEnd} from './journal-text.ts';
import {runDirectory} from './run-directories.ts';

/** A run has about six entries. */
const MOST_BYTES_READ = 1024 * 1024;

/** The entries of one run, as they are in the journal: with them it is known without the journal. */
export function runJournalPath(directory: string): string {
  return path.join(directory, 'run.jsonl');
}

/** Adds an entry to the record of its run. An intention is of none, and a run whose directory was deleted has none. */
export function appendToRun(stateDir: string, entry: JournalEntry): void {
  if (entry.runId === undefined) return;
  try {
    const descriptor = openSync(runJournalPath(runDirectory(stateDir, entry.runId)), APPEND, PRIVATE_MODE);
    try {
      appendFileSync(descriptor, journalLine(entry));
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

/** Writes the record of a run that has none, or an incomplete one. */
export function writeRunJournal(directory: string, entries: readonly JournalEntry[]): void {
  replaceFile(runJournalPath(directory), Buffer.concat(entries.map(journalLine)));
}

/** The record of a run; empty where it is lost. Entries of other runs do not count. */
export function readRunJournal(directory: string, runId: string): JournalContent['entries'] {
  const file = runJournalPath(directory);
  try {
    return parseJournal(readFileEnd(file, MOST_BYTES_READ), file).entries.filter((entry) => entry.runId === runId);
  } catch {
    // A directory in its place, or an unreadable file: the other records decide.
    return [];
  }
}
