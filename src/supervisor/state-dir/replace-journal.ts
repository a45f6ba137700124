import {closeSync, fsyncSync, linkSync, lstatSync, openSync, renameSync, rmSync, writeSync} from 'node:fs';
import path from 'node:path';
import {errorCode} from '../../shared/error-code.ts';
import {PRIVATE_MODE} from '../../sources/host/own-files.ts';

/** Where a journal stays that was replaced: the older part of the audit trail, one at a time. */
export function olderPartPath(file: string): string {
  return `${file}.1`;
}

/** Where a journal stays that could not be read completely: never overwritten, never deleted. */
export function damagedPath(file: string): string {
  const {mtime, ino} = lstatSync(file);
  return `${file}.damaged-${mtime.toISOString().replaceAll(/[-:.]/gu, '')}-${ino}`;
}

/**
 * The steps that put `text` in the place of a journal and keep the old file at `aside` (null: there is none). Before and after each of them
 * `file` is the complete old or the complete new journal, also if the process or the host ends in between.
 */
export function replacementSteps(file: string, text: Buffer, aside: string | null): readonly (() => void)[] {
  const draft = `${file}.new`;
  return [
    () => rmSync(draft, {force: true}),
    () => writeDurably(draft, text),
    () => (aside === null ? undefined : keepAside(file, aside)),
    () => renameSync(draft, file),
    () => syncDirectory(path.dirname(file)),
  ];
}

function writeDurably(file: string, text: Buffer): void {
  const descriptor = openSync(file, 'wx', PRIVATE_MODE);
  try {
    let written = 0;
    while (written < text.length) written += writeSync(descriptor, text, written);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** A second name for the old file, in one step: an older part with that name is replaced. */
function keepAside(file: string, aside: string): void {
  const second = `${aside}.new`;
  rmSync(second, {force: true});
  try {
    linkSync(file, second);
  } catch (error) {
    // What was deleted meanwhile cannot be kept.
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  renameSync(second, aside);
  // Two names of one file are no reason to rename: after a repeated step the first one is still there.
  rmSync(second, {force: true});
}

function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
