import {createHash} from 'node:crypto';
import {fstatSync, readSync} from 'node:fs';
import type {FileHandle} from 'node:fs/promises';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {LogLine} from '../../samples/log-line.ts';
import {BYTES_PER_KIB, BYTES_PER_MIB} from '../../shared/units.ts';
import {atBeat, BEAT_MS} from '../host/beat.ts';
import {doing, type FailedWork, failedWork} from '../host/external-work.ts';
import {createLogAssembler, type LogAssembler} from './log-assembler.ts';
import {isSystemError, type OpenLog, openLog, statOrNull} from './open-log.ts';

const LINE_FEED = 0x0a;
/** An unfinished line that has not grown for this long is emitted: a progress bar, or the last output of a process. */
const QUIET_MS = 2_000;
const CHUNK_BYTES = 64 * BYTES_PER_KIB;
/** The tick that follows shows the lines. A log that grows by more than a chunk meanwhile is read at every beat. */
const LOOK_MS = 500;
/** Maximum bytes per poll after the end was reached: five times what 10,000 lines a second need, at a tenth of a core. */
const BYTES_PER_LOOK = BYTES_PER_MIB;
/** A larger backlog is a flood: reading all of it would waste a core that the engine needs. */
const FLOOD_BYTES = 8 * BYTES_PER_MIB;
/** For a log that is read from its beginning, this much is read before skipping: it has the engine's start. */
const START_BYTES = 32 * BYTES_PER_MIB;
/** How much of a flood is read: the newest part. */
const KEPT_OF_FLOOD_BYTES = BYTES_PER_MIB;

export type FollowLogOptions = {
  readonly path: string;
  /** Where to start: 0, or the offset of an earlier line. */
  readonly fromOffsetBytes: number;
  /** Number of the first emitted line; 1 by default. */
  readonly firstLineNumber?: number;
  /** How many bytes of the whole log came before those in the file; asked when it is opened, and when it begins again. */
  readonly originBytes?: () => number;
  /** New lines in order, at least one per call. Not called after the signal is aborted. */
  readonly onLines: (lines: readonly LogLine[]) => void;
  /** Why the log cannot be read, once per change; null when it can be read again. A missing file is not an error. */
  readonly onFinding?: (finding: Finding | null) => void;
  /** Bytes skipped because they were written faster than they can be read. */
  readonly onSkipped?: (skippedBytes: number) => void;
  readonly signal: AbortSignal;
  readonly pollMs?: number;
};

/**
 * Follows a log file until the signal is aborted: waits for it to exist, handles truncation (continues at its start)
 * and rotation (reads the old file to its end, then the new one). Line numbers keep increasing through both.
 */
export function followLog(options: FollowLogOptions): LogFollowing {
  const follower = new LogFollower(options);
  void follower.run();
  return {catchUp: () => follower.catchUp()};
}

export type LogFollowing = {
  /** Resolves once the current content is emitted, including an unfinished last line, or following has ended. */
  readonly catchUp: () => Promise<void>;
};

class LogFollower {
  readonly #options: FollowLogOptions;
  readonly #chunk = new Uint8Array(CHUNK_BYTES);
  #log: OpenLog | null = null;
  #assembler: LogAssembler;
  #offsetBytes: number;
  #originBytes = 0;
  #nextNumber: number;
  /** Restarted after a truncation, and only NULs read since. */
  #isAtHole = false;
  /** After a skipped part, before the next line feed. */
  #isMidLine = false;
  #hasReachedEnd = false;
  /** What was read last. */
  #part = {fromBytes: 0, toBytes: 0};
  #quietMs = 0;
  /** Nothing was read since the unfinished line was emitted. */
  #isFlushed = true;
  #troubleCode: string | null = null;
  #awaiting: (() => void)[] = [];
  #endPause: () => void = () => undefined;

  constructor(options: FollowLogOptions) {
    this.#options = options;
    this.#offsetBytes = options.fromOffsetBytes;
    this.#nextNumber = options.firstLineNumber ?? 1;
    this.#assembler = this.#newAssembler();
  }

  async run(): Promise<void> {
    const {signal, pollMs = LOOK_MS} = this.#options;
    signal.addEventListener('abort', () => this.#endPause(), {once: true});
    while (!signal.aborted) {
      const fromBytes = this.#offsetBytes;
      const awaiting = this.#awaiting.splice(0);
      try {
        await this.#poll(pollMs, awaiting.length > 0);
        this.#report(null);
      } catch (error) {
        if (!isSystemError(error)) throw error;
        await this.#close();
        this.#report(error.code === 'ENOENT' ? null : error);
      }
      for (const resolve of awaiting) resolve();
      const isFast = this.#offsetBytes - fromBytes > CHUNK_BYTES;
      if (!signal.aborted && this.#awaiting.length === 0)
        await this.#pause(isFast ? Math.min(pollMs, BEAT_MS) : pollMs);
    }
    for (const resolve of this.#awaiting.splice(0)) resolve();
    await this.#close();
  }

  catchUp(): Promise<void> {
    if (this.#options.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#awaiting.push(resolve);
      this.#endPause();
    });
  }

  #pause(pauseMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = atBeat(pauseMs, resolve, {place: pauseMs === LOOK_MS ? 'half-second' : 'any'});
      this.#endPause = () => {
        cancel();
        resolve();
      };
    });
  }

  async #poll(pollMs: number, isFlushed: boolean): Promise<void> {
    if (this.#log === null) await this.#open();
    if (this.#log === null) return;
    const {file, inode, device} = this.#log;
    const atPath = statOrNull(this.#options.path);
    const isAtPath = atPath !== null && atPath.ino === inode && atPath.dev === device;
    const {size} = isAtPath ? atPath : fstatSync(file.fd);
    if (size < this.#offsetBytes) this.#beginAgain();
    const isWhole = isFlushed || !this.#hasReachedEnd;
    // Not asked for more than it has: the answer that there is nothing would come from another thread.
    const hasGrown = await this.#readTo(isWhole ? size : Math.min(size, this.#offsetBytes + BYTES_PER_LOOK), file);
    if (atPath !== null && !isAtPath) {
      await this.#readTo(fstatSync(file.fd).size, file);
      await this.#close();
      this.#beginAgain();
      // A reader that catches up needs the current lines, which are in the new file.
      if (isFlushed) await this.#poll(pollMs, isFlushed);
      return;
    }
    this.#quietMs = hasGrown ? 0 : this.#quietMs + pollMs;
    if (this.#isFlushed || (!isFlushed && this.#quietMs < QUIET_MS)) return;
    this.#isFlushed = true;
    this.#work(() => this.#give(this.#assembler.flush()));
  }

  async #open(): Promise<void> {
    this.#log = await openLog(this.#options.path);
    // What has been read of it has its place already.
    if (this.#offsetBytes > 0) return;
    this.#originBytes = this.#options.originBytes?.() ?? 0;
    this.#assembler = this.#newAssembler();
  }

  #work(act: () => void): void {
    doing({kind: 'log', subject: this.#options.path, ...this.#part}, act);
  }

  /** Leaves out what has ended an earlier supervisor; returns how many bytes may be read before the next such part. */
  async #passOverFailed(file: FileHandle): Promise<number> {
    for (const failed of failedWork('log', this.#options.path)) {
      const {fromBytes, toBytes} = failed;
      if (fromBytes === null || toBytes === null || this.#offsetBytes >= toBytes) continue;
      if (this.#offsetBytes < fromBytes) return Math.min(CHUNK_BYTES, fromBytes - this.#offsetBytes);
      const bytes = await bytesOf(file, failed);
      if (bytes === null) continue;
      this.#offsetBytes = toBytes;
      this.#assembler = this.#newAssembler();
      this.#isMidLine = bytes.at(-1) !== LINE_FEED;
    }
    return CHUNK_BYTES;
  }

  /** Reads as far as this offset, or the end. Never to an end that moves: a writer may be faster than this reader. */
  async #readTo(untilBytes: number, file: FileHandle): Promise<boolean> {
    let hasGrown = false;
    for (let readBytes = 0; !this.#options.signal.aborted && this.#offsetBytes < untilBytes; ) {
      // Checked occasionally, not for every chunk: a flood is megabytes.
      if (readBytes % BYTES_PER_MIB === 0) this.#passOverFlood(file);
      const mostBytes = await this.#passOverFailed(file);
      // What arrives in a moment is in the memory of the system: read there, it costs less than asking another thread for it.
      const bytesRead =
        readBytes === 0
          ? readSync(file.fd, this.#chunk, 0, mostBytes, this.#offsetBytes)
          : (await file.read(this.#chunk, 0, mostBytes, this.#offsetBytes)).bytesRead;
      if (bytesRead === 0) {
        this.#hasReachedEnd = true;
        break;
      }
      readBytes += bytesRead;
      hasGrown = true;
      this.#isFlushed = false;
      this.#part = {fromBytes: this.#offsetBytes, toBytes: this.#offsetBytes + bytesRead};
      const bytes = this.#fromNextLine(this.#behindHole(this.#chunk.subarray(0, bytesRead)));
      this.#offsetBytes += bytes.length;
      this.#work(() => this.#give(this.#assembler.push(bytes)));
    }
    if (this.#offsetBytes >= untilBytes) this.#hasReachedEnd = true;
    return hasGrown;
  }

  /** If lines come faster than they can be read, only the newest part is read, from the next complete line. */
  #passOverFlood(file: FileHandle): void {
    const {size} = fstatSync(file.fd);
    if (size - this.#offsetBytes <= FLOOD_BYTES || (!this.#hasReachedEnd && this.#offsetBytes < START_BYTES)) return;
    const skippedBytes = size - KEPT_OF_FLOOD_BYTES - this.#offsetBytes;
    this.#offsetBytes += skippedBytes;
    this.#assembler = this.#newAssembler();
    this.#isMidLine = true;
    this.#options.onSkipped?.(skippedBytes);
  }

  /** The partial line after a skipped part is dropped. */
  #fromNextLine(bytes: Uint8Array): Uint8Array {
    if (!this.#isMidLine) return bytes;
    const feed = bytes.indexOf(LINE_FEED);
    this.#isMidLine = feed < 0;
    const droppedBytes = feed < 0 ? bytes.length : feed + 1;
    this.#offsetBytes += droppedBytes;
    this.#assembler = this.#newAssembler();
    return bytes.subarray(droppedBytes);
  }

  /** A writer that does not append continues at its old offset after a truncation, leaving NULs before it. */
  #behindHole(bytes: Uint8Array): Uint8Array {
    if (!this.#isAtHole) return bytes;
    const first = bytes.findIndex((byte) => byte !== 0);
    const holeBytes = first < 0 ? bytes.length : first;
    this.#isAtHole = first < 0;
    this.#offsetBytes += holeBytes;
    if (holeBytes > 0) this.#assembler = this.#newAssembler();
    return bytes.subarray(holeBytes);
  }

  #give(lines: readonly LogLine[]): void {
    const last = lines.at(-1);
    if (last === undefined || this.#options.signal.aborted) return;
    this.#nextNumber = last.number + 1;
    this.#options.onLines(lines);
  }

  #beginAgain(): void {
    this.#give(this.#assembler.flush());
    this.#offsetBytes = 0;
    this.#originBytes = this.#options.originBytes?.() ?? 0;
    this.#isAtHole = true;
    this.#isMidLine = false;
    this.#assembler = this.#newAssembler();
  }

  #newAssembler(): LogAssembler {
    return createLogAssembler({
      startOffsetBytes: this.#originBytes + this.#offsetBytes,
      firstLineNumber: this.#nextNumber,
    });
  }

  async #close(): Promise<void> {
    const log = this.#log;
    this.#log = null;
    await log?.file.close();
  }

  #report(error: NodeJS.ErrnoException | null): void {
    const code = error?.code ?? null;
    if (code === this.#troubleCode) return;
    this.#troubleCode = code;
    this.#options.onFinding?.(error === null ? null : unreadableFinding(this.#options.path, error));
  }
}

/** The part of the log; null if it has other content by now, after it was rotated or truncated. */
async function bytesOf(file: FileHandle, {fromBytes, toBytes, digest}: FailedWork): Promise<Uint8Array | null> {
  const bytes = Buffer.alloc((toBytes ?? 0) - (fromBytes ?? 0));
  const {bytesRead} = await file.read(bytes, 0, bytes.length, fromBytes ?? 0);
  const isSame = bytesRead === bytes.length && createHash('sha256').update(bytes).digest('hex') === digest;
  return isSame ? bytes : null;
}

function unreadableFinding(path: string, error: NodeJS.ErrnoException): Finding {
  return {
    code: 'source.log.unreadable',
    severity: 'warning',
    message: `The engine log ${path} cannot be read: ${error.code ?? 'unknown error'}.`,
    evidence: error.message,
    remedy: 'Give this user read access to the file. Until then, phases, progress and failures are unknown.',
    settingsChange: null,
  };
}
