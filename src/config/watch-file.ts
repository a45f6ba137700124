import {stat} from 'node:fs/promises';
import {setTimeout as delay} from 'node:timers/promises';
import {err, type Result} from '../shared/result.ts';
import type {ConfigurationError} from './configuration-error.ts';
import {readConfigurationText, unreadableFile} from './configuration-file.ts';
import {stampOf, stampOfError} from './file-stamp.ts';

/** The text of a file, or why there is none. */
export type FileText = Result<string, ConfigurationError>;

export type FileWatch = {
  /** Looks now: for a command that counts on what was saved a moment ago. */
  readonly check: () => Promise<void>;
  /** Stamp of the file whose text was reported last; null where the last look found another text. */
  readonly stamp: () => string | null;
  readonly stop: () => void;
};

/** Calls back after about this long, unless what it returns is called before; no process has to stay for it. */
export type Later = (delayMs: number, act: () => void) => () => void;

const POLL_MS = 500;
/** Another change may come right after one, of the same length and at the same time: for so long the text is read at each look. */
const TIMES_DIFFER_MS = 10_000;
/** The text is read again even if nothing seems to have changed: a file system may keep times that never change. */
const READ_AGAIN_MS = 60_000;
const NS_PER_SECOND = 1_000_000_000n;
/** Half of a file that is being written may be valid: the text has to stay the same for this long. */
const SETTLED_MS = 700;
/** Editors empty or remove a file before they write it again. */
const WITHOUT_TEXT_MS = 1_500;
/** For a command that comes right after the file was saved: time between the two readings that have to be the same. */
const CHECKED_MS = 40;
/** A network file system that hangs must not hold a command. */
const CHECK_LIMIT_MS = 1_000;

/**
 * Reports the text of a file whenever it has changed and settled, the first text included. Looks at it regularly instead
 * of asking the system for notices: these are missing on network file systems, for a file that is renamed into place and
 * for the target of a symbolic link. `later` says when: a process does its regular work together.
 */
export function watchFile(filePath: string, onText: (text: FileText) => void, later: Later): FileWatch {
  const watch = new WatchedFile(filePath, onText);
  const stopped = new AbortController();
  let cancel = (): void => undefined;
  const turn = (): void => {
    void watch.look().then(() => {
      if (!stopped.signal.aborted) cancel = later(POLL_MS, turn);
    });
  };
  turn();
  return {
    async check() {
      const limit = delay(CHECK_LIMIT_MS, undefined, {signal: stopped.signal, ref: false}).catch(() => undefined);
      const twice = watch
        .look()
        .then(() => delay(CHECKED_MS))
        .then(() => watch.look('same-again'));
      await Promise.race([twice, limit]);
    },
    stamp: () => watch.stamp,
    stop() {
      stopped.abort();
      cancel();
      watch.close();
    },
  };
}

class WatchedFile {
  readonly #filePath: string;
  readonly #onText: (text: FileText) => void;
  #settled: string | null = null;
  #candidate: {readonly key: string; readonly sinceMs: number} | null = null;
  /** The text that was read last, when, and since when the file has had its stamp. */
  #last: {readonly stamp: string; readonly atMs: number; readonly sinceMs: number; readonly text: FileText} | null =
    null;
  #turn: Promise<void> = Promise.resolve();
  #isClosed = false;
  #stamp: string | null = null;

  constructor(filePath: string, onText: (text: FileText) => void) {
    this.#filePath = filePath;
    this.#onText = onText;
  }

  get stamp(): string | null {
    return this.#stamp;
  }

  close(): void {
    this.#isClosed = true;
  }

  /** One look; looks take turns. A text is reported once it has been the same for some time, or for two looks. */
  look(settled: 'same-for-long' | 'same-again' = 'same-for-long'): Promise<void> {
    this.#turn = this.#turn.then(() => this.#lookOnce(settled));
    return this.#turn;
  }

  async #lookOnce(settled: 'same-for-long' | 'same-again'): Promise<void> {
    if (this.#isClosed) return;
    const {stamp, text} = await this.#read();
    if (this.#isClosed) return;
    const key = text.ok ? `text ${text.value}` : `${text.error.code} ${text.error.message}`;
    this.#stamp = key === this.#settled ? stamp : null;
    if (key === this.#settled) {
      this.#candidate = null;
      return;
    }
    const nowMs = performance.now();
    const isSameAgain = this.#candidate?.key === key;
    const candidate = this.#candidate?.key === key ? this.#candidate : {key, sinceMs: nowMs};
    this.#candidate = candidate;
    const hasText = text.ok && text.value.trim() !== '';
    const isSettled =
      settled === 'same-again' && hasText
        ? isSameAgain
        : nowMs - candidate.sinceMs >= (hasText ? SETTLED_MS : WITHOUT_TEXT_MS);
    if (!isSettled) return;
    this.#settled = key;
    this.#stamp = stamp;
    this.#candidate = null;
    this.#onText(text);
  }

  async #read(): Promise<{readonly stamp: string | null; readonly text: FileText}> {
    let stamp: string;
    /** Otherwise they are of whole seconds, or none: an edit may leave them as they are. */
    let hasFineTimes: boolean;
    try {
      const status = await stat(this.#filePath, {bigint: true});
      // A pipe would be waited for.
      if (!status.isFile()) return {stamp: null, text: err(unreadableFile(this.#filePath, new NotAFile()))};
      stamp = stampOf(status);
      hasFineTimes = [status.mtimeNs, status.ctimeNs].some((time) => time % NS_PER_SECOND !== 0n);
    } catch (error) {
      return {stamp: stampOfError(error), text: err(unreadableFile(this.#filePath, error))};
    }
    const nowMs = performance.now();
    const last = this.#last?.stamp === stamp ? this.#last : null;
    const sinceMs = last?.sinceMs ?? nowMs;
    const wouldShow = hasFineTimes && nowMs - sinceMs >= TIMES_DIFFER_MS;
    if (last !== null && wouldShow && nowMs - last.atMs < READ_AGAIN_MS) return last;
    const text = await readConfigurationText(this.#filePath);
    this.#last = {stamp, atMs: nowMs, sinceMs, text};
    return this.#last;
  }
}

class NotAFile extends Error {
  readonly code = 'not a regular file';
}
