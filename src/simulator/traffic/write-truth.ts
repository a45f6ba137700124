import {appendFileSync, readFileSync, rmSync} from 'node:fs';
import path from 'node:path';
import {errorCode} from '../../shared/error-code.ts';
import type {CoreTokens} from './engine-cores.ts';

/** Variable with a directory in which engines write what they truly served, for tests of what is counted from their pages. */
export const TRUTH_VARIABLE = 'GANTRY_SIMULATOR_TRUTH';

/**
 * Files of that directory. `served` is written: a line `MS PID served CORE PROMPT CACHED GENERATED` for each change, before any
 * page can show it, `MS PID reset CORE` when a core begins again at zero, and `MS PID page` for each page of metrics; MS is
 * CLOCK_MONOTONIC. `cores` is read at the start: how many cores an engine has. `reset` names a core that is to begin again; it
 * is removed when that is done.
 */
export const truthFiles = {served: 'served', cores: 'cores', reset: 'reset'} as const;

const NANOSECONDS_PER_MS = 1_000_000n;

/** What a test asks of an engine, and its answers; without a directory neither. Throws where its files cannot be written. */
export class TruthWriter {
  readonly #directory: string | null;
  readonly #last: string[] = [];

  constructor(directory: string | undefined) {
    this.#directory = directory === undefined || directory === '' ? null : directory;
  }

  get coreCount(): number {
    return Math.max(1, Number(this.#read(truthFiles.cores) ?? 1));
  }

  /** The core that is to begin again at zero; null for none. */
  takeReset(): number | null {
    const core = this.#read(truthFiles.reset);
    if (core === null || this.#directory === null) return null;
    rmSync(path.join(this.#directory, truthFiles.reset));
    this.#last[Number(core)] = '0 0 0';
    this.#append(`reset ${core}`);
    return Number(core);
  }

  served(cores: readonly CoreTokens[]): void {
    for (const [core, {promptTokens, cachedPromptTokens, generationTokens}] of cores.entries()) {
      const next = `${promptTokens} ${cachedPromptTokens} ${generationTokens}`;
      if (next === (this.#last[core] ?? '0 0 0')) continue;
      this.#last[core] = next;
      this.#append(`served ${core} ${next}`);
    }
  }

  page(): void {
    this.#append('page');
  }

  #append(text: string): void {
    if (this.#directory === null) return;
    const nowMs = process.hrtime.bigint() / NANOSECONDS_PER_MS;
    appendFileSync(path.join(this.#directory, truthFiles.served), `${nowMs} ${process.pid} ${text}\n`);
  }

  #read(name: string): string | null {
    if (this.#directory === null) return null;
    try {
      return readFileSync(path.join(this.#directory, name), 'utf8').trim();
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return null;
      throw error;
    }
  }
}
