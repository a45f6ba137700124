import {type FileHandle, open} from 'node:fs/promises';
import type {LogLine} from '../../samples/log-line.ts';
import {createLineSplitter, type LineSplitter, type SplitLine} from '../../shared/line-splitter.ts';
import {cleanLogText} from './clean-log-text.ts';

const DEFAULT_POLL_MS = 200;
const CHUNK_BYTES = 256 * 1024;
const MAX_LINE_BYTES = 65_536;

export type FollowLogOptions = {
  readonly path: string;
  /** Where to begin: 0, or the offset of a line that was read before. */
  readonly fromOffsetBytes: number;
  /** Lines in order, in batches; never an empty batch. */
  readonly onLines: (lines: readonly LogLine[]) => void;
  /** Hears of a file that exists and cannot be read. */
  readonly onError?: (error: Error) => void;
  readonly pollMs?: number;
  readonly signal: AbortSignal;
};

/**
 * Follows a file that grows, until the signal aborts. A file that is not there yet is waited for; one that shrank or
 * was replaced is read from its beginning. Reads in bounded chunks, so that a flood costs time and no memory.
 */
export function followLog(options: FollowLogOptions): void {
  const follower = new Follower(options);
  void follower.run();
}

class Follower {
  readonly #options: FollowLogOptions;
  readonly #buffer = Buffer.alloc(CHUNK_BYTES);
  #offsetBytes: number;
  #inode: number | null = null;
  #number = 0;
  #splitter: LineSplitter;

  constructor(options: FollowLogOptions) {
    this.#options = options;
    this.#offsetBytes = options.fromOffsetBytes;
    this.#splitter = createLineSplitter(MAX_LINE_BYTES, options.fromOffsetBytes);
  }

  async run(): Promise<void> {
    const {signal, pollMs = DEFAULT_POLL_MS, onError} = this.#options;
    while (!signal.aborted) {
      try {
        await this.#readOn();
      } catch (error) {
        onError?.(error instanceof Error ? error : new Error(String(error)));
      }
      await waitOrAbort(pollMs, signal);
    }
  }

  async #readOn(): Promise<void> {
    const file = await openIfThere(this.#options.path);
    if (file === null) return;
    try {
      const {size, ino} = await file.stat();
      if ((this.#inode !== null && ino !== this.#inode) || size < this.#offsetBytes) this.#startOver();
      this.#inode = ino;
      while (!this.#options.signal.aborted) {
        const {bytesRead} = await file.read(this.#buffer, 0, CHUNK_BYTES, this.#offsetBytes);
        if (bytesRead === 0) return;
        this.#offsetBytes += bytesRead;
        this.#emit(this.#splitter.push(this.#buffer.subarray(0, bytesRead)));
      }
    } finally {
      await file.close();
    }
  }

  #startOver(): void {
    this.#offsetBytes = 0;
    this.#splitter = createLineSplitter(MAX_LINE_BYTES);
  }

  #emit(lines: readonly SplitLine[]): void {
    if (lines.length === 0) return;
    this.#options.onLines(
      lines.map((line) => {
        this.#number += 1;
        const text = cleanLogText(line.text);
        return {number: this.#number, offsetBytes: line.offsetBytes, text: line.isCut ? `${text} [cut]` : text};
      }),
    );
  }
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

function waitOrAbort(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
