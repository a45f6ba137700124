import {readlink} from 'node:fs/promises';
import path from 'node:path';
import type {GpuProcessList, GpuProcessSample} from '../../samples/gpu.ts';
import {ProcessOwners} from '../../sources/host/process-owners.ts';
import {listRuns, runDirectory} from '../state-dir/run-directories.ts';
import {readMark} from './leftovers.ts';
import {isGone, readStartTimeTicks} from './proc-stat.ts';

/** A process that was listed and is gone may have been a short-lived one of the engine, for as long as drivers list it. */
const VANISHED_HOLDS_MS = 15_000;

type Options = {
  readonly stateDir: string;
  /** True if ids in the driver's list may be of another namespace. */
  readonly isContained: boolean;
  readonly monotonicMs: () => number;
  /** Where processes are looked up to say who runs them. */
  readonly procDirectories?: readonly string[];
};

/**
 * The engine's processes for as long as the driver may list them: those of the present run, exited ones whose memory is
 * still being freed, and those of earlier runs. A process is identified by pid and start time, so that another one that
 * gets the pid later is not mistaken for it.
 */
export class OwnProcesses {
  readonly #options: Options;
  readonly #owners: ProcessOwners;
  /** Start time by pid. */
  readonly #known = new Map<number, string>();
  /** Since when the driver lists a pid that is no process. */
  #vanished: ReadonlyMap<number, number> = new Map();
  /** Unknown pids that were passed on once. */
  #passedOn: ReadonlySet<number> = new Set();

  constructor(options: Options) {
    this.#options = options;
    this.#owners = new ProcessOwners({procDirectories: options.procDirectories, startOf: readStartTimeTicks});
  }

  get pids(): ReadonlySet<number> {
    return new Set(this.#known.keys());
  }

  /** These processes were seen in the session of a run. */
  note(pids: Iterable<number>): void {
    for (const pid of pids) {
      const ticks = readStartTimeTicks(pid);
      if (ticks !== null) this.#known.set(pid, ticks);
    }
  }

  /**
   * The driver's list without rows that cannot be distinguished from the engine's: pids of another namespace, and, while
   * `hasEngine`, pids that were gone before they could be looked at; with who runs each. `list` lists the run's session again.
   */
  async attribute(
    processes: readonly GpuProcessSample[],
    hasEngine: boolean,
    list: () => Promise<void>,
  ): Promise<GpuProcessList> {
    this.#forget(new Set(processes.map(({pid}) => pid)));
    if (processes.some(({pid}) => !this.#known.has(pid))) await list();
    const unknown = [...new Set(processes.map(({pid}) => pid))].filter((pid) => !this.#known.has(pid));
    for (const pid of unknown) if (await this.#isOfAnyRun(pid)) this.note([pid]);
    const hasOwn = processes.some(({pid}) => this.#known.has(pid));
    if (this.#options.isContained && !hasOwn) return {processes: [], isHidden: true};
    const others = unknown.filter((pid) => !this.#known.has(pid));
    const unclear = hasEngine ? this.#justVanished(others) : new Set<number>();
    this.#passedOn = new Set(others.filter((pid) => !unclear.has(pid)));
    return {processes: await this.#owners.named(processes.filter(({pid}) => !unclear.has(pid)))};
  }

  /** Drops pids that another process has by now, and those that have exited and are no longer listed. */
  #forget(listed: ReadonlySet<number>): void {
    for (const [pid, ticks] of this.#known) {
      const present = readStartTimeTicks(pid);
      if (present === null ? !listed.has(pid) : present !== ticks) this.#known.delete(pid);
    }
  }

  /** Pids that are no process and were first listed recently. */
  #justVanished(pids: readonly number[]): ReadonlySet<number> {
    const nowMs = this.#options.monotonicMs();
    const gone = pids.filter((pid) => readStartTimeTicks(pid) === null);
    this.#vanished = new Map(gone.map((pid) => [pid, this.#vanished.get(pid) ?? nowMs]));
    return new Set(
      gone.filter((pid) => !this.#passedOn.has(pid) && nowMs - (this.#vanished.get(pid) ?? nowMs) < VANISHED_HOLDS_MS),
    );
  }

  /** True for a process with the mark of a run of this state directory, or with its output or directory there. */
  async #isOfAnyRun(pid: number): Promise<boolean> {
    const {stateDir} = this.#options;
    const runIds = await listRuns(stateDir);
    if (runIds.includes((await readMark(pid)) ?? '')) return true;
    const places = await Promise.all(['fd/1', 'fd/2', 'cwd'].map((link) => readLink(`/proc/${pid}/${link}`)));
    const directories = runIds.map((runId) => runDirectory(stateDir, runId));
    return directories.some((own) => places.some((place) => place === own || place?.startsWith(`${own}${path.sep}`)));
  }
}

async function readLink(file: string): Promise<string | null> {
  try {
    return await readlink(file);
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}
