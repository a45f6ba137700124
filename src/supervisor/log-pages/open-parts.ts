import type {FileHandle} from 'node:fs/promises';
import {errorCode} from '../../shared/error-code.ts';
import type {LogPart} from '../../sources/log/kept-parts.ts';
import {openLog} from '../../sources/log/open-log.ts';
import {type RangeLines, readPartLines} from './read-part-lines.ts';

/** A line without its end is whole once the file has not changed for this long: what a program that died wrote last. */
const SETTLED_MS = 2_000;

/** The kept parts of a log, opened as they are needed. */
export class OpenParts {
  readonly parts: readonly LogPart[];
  readonly #files = new Map<string, FileHandle | null>();

  constructor(parts: readonly LogPart[]) {
    this.parts = parts;
  }

  get startBytes(): number {
    return this.parts[0]?.fromBytes ?? 0;
  }

  get endBytes(): number {
    const last = this.parts.at(-1);
    return last === undefined ? 0 : endOf(last);
  }

  /** The lines that begin in a range within one part; none where the file has been moved on meanwhile. */
  async read(part: LogPart, fromBytes: number, toBytes: number): Promise<RangeLines> {
    const file = await this.#open(part);
    if (file === null) return {before: null, lines: [], unfinishedFromBytes: null};
    const isSettled = !part.isLive || Date.now() - part.modifiedMs > SETTLED_MS;
    return readPartLines(file, part, {fromBytes, toBytes}, isSettled);
  }

  async #open(part: LogPart): Promise<FileHandle | null> {
    const opened = this.#files.get(part.path);
    if (opened !== undefined) return opened;
    let file: FileHandle | null = null;
    try {
      file = (await openLog(part.path)).file;
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
    if (file !== null && (await file.stat()).ino !== part.inode) {
      await file.close();
      file = null;
    }
    this.#files.set(part.path, file);
    return file;
  }

  async close(): Promise<void> {
    for (const file of this.#files.values()) await file?.close();
  }
}

/** Where a part ends in the whole log. */
export function endOf({fromBytes, sizeBytes}: LogPart): number {
  return fromBytes + sizeBytes;
}
