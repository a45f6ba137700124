import {mkdirSync, renameSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import type {Snapshot} from '../../../src/api/snapshot.ts';
import {TRUTH_VARIABLE, truthFiles} from '../../../src/simulator/traffic/write-truth.ts';
import {eventually} from '../../harness/eventually.ts';
import type {GantryHome} from '../../harness/gantry-home.ts';
import {monotonicMs} from '../../harness/monotonic-clock.ts';
import {isAlive, processesWith, untilGone} from '../../harness/processes.ts';
import {createSteppedClock, type SteppedClock} from '../../harness/stepped-clock.ts';
import {readKept} from './booked-ledger.ts';
import {NodeTerms} from './node-terms.ts';

const SPEED = 400;
const READY_WITHIN_MS = 120_000;
const RESTARTS = 'restart: {firstDelaySeconds: 1, maxDelaySeconds: 2, maxInARow: 1000, stableMinutes: 0.02}';

/** A simulated node of several engine cores on which anything may be killed, with the clocks and prices of a test. */
export class SupervisedNode {
  readonly home: GantryHome;
  readonly clock: SteppedClock;
  readonly terms: NodeTerms;
  readonly random: () => number;
  readonly coreCount: number;
  /** The clock must not be set to less than this. */
  leastOffsetMs = Number.NEGATIVE_INFINITY;
  /** When a reader of the counters was killed or stopped, CLOCK_MONOTONIC. */
  readonly interruptions: number[] = [];
  /** What was done, for whoever does it again. */
  readonly done: string[] = [];
  readonly #truth: string;
  readonly #gone = new Set<number>();

  constructor(home: GantryHome, random: () => number) {
    this.home = home;
    this.random = random;
    this.clock = createSteppedClock(home);
    this.terms = new NodeTerms(this.clock.unsteppedMs(), random);
    this.coreCount = 1 + this.below(4);
    this.#truth = path.join(home.directory, 'truth');
    mkdirSync(this.#truth);
    writeFileSync(path.join(this.#truth, truthFiles.cores), String(this.coreCount));
    this.configure();
  }

  get servedFile(): string {
    return path.join(this.#truth, truthFiles.served);
  }

  get environment(): Readonly<Record<string, string>> {
    return {...this.clock.environment, [TRUTH_VARIABLE]: this.#truth};
  }

  /** A whole number from zero up to this one, not included. */
  below(count: number): number {
    return Math.floor(this.random() * count);
  }

  configure(): void {
    this.home.configure(`${RESTARTS}\n${this.terms.yaml()}`);
  }

  /** A command of the operator; throws if it is refused. */
  async run(...words: readonly string[]): Promise<void> {
    const {exitCode, stdout, stderr} = await this.home.run(words, this.environment);
    if (exitCode !== 0) throw new Error(`gantry ${words.join(' ')} failed: ${stdout}${stderr}`);
  }

  /** Ready, and counted by the ledger, under whichever supervisor runs or is started; of processes that were killed nothing is believed. */
  async serving(): Promise<Snapshot & {readonly engine: {readonly pid: number; readonly runId: string}}> {
    return eventually(
      async () => {
        const snapshot = await this.home.snapshotOrNull();
        if (snapshot === null || snapshot.engine.state === 'stopped') {
          await this.home.demo(['--speed', String(SPEED)], this.environment);
        }
        const {engine, traffic, supervisor} = snapshot ?? {engine: null, traffic: null, supervisor: null};
        const {pid, runId} = engine ?? {pid: null, runId: null};
        if (snapshot === null || engine?.state !== 'ready' || pid === null || runId === null) return null;
        const isOver = this.#gone.has(pid) || this.#gone.has(supervisor?.pid ?? 0);
        if (isOver || !(Number(traffic?.generationTokensTotal) > 0) || !isCounted(this.home, runId)) return null;
        this.terms.began(runId);
        return {...snapshot, engine: {...engine, pid, runId}};
      },
      'an engine that serves',
      {withinMs: READY_WITHIN_MS, everyMs: 100},
    );
  }

  async kill(pid: number, signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    this.#gone.add(pid);
    this.interruptions.push(monotonicMs());
    if (isAlive(pid)) process.kill(pid, signal);
    await untilGone(pid, 'what was killed');
  }

  /** As if the host had lost its power. */
  async killAll(): Promise<void> {
    for (let left = this.#processes(); left.length > 0; left = this.#processes()) {
      this.interruptions.push(monotonicMs());
      for (const pid of left) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
      for (const pid of left) {
        this.#gone.add(pid);
        await untilGone(pid, 'a process of the host');
      }
    }
  }

  /** This engine is about to end by itself. */
  expectEnd(pid: number): void {
    this.#gone.add(pid);
  }

  /** Whether what is booked from now on has the API's prices of now. */
  hasApiInForce(): boolean {
    const [api] = readKept(this.home)?.state.bookings.at(-1)?.prices.apis ?? [];
    const {input, cached, output} = this.terms.api;
    return (
      api?.picoUsdPerInputToken === input &&
      api.picoUsdPerCachedToken === cached &&
      api.picoUsdPerOutputToken === output
    );
  }

  /** One engine core begins again at zero. */
  async resetCore(core: number): Promise<void> {
    const file = path.join(this.#truth, truthFiles.reset);
    writeFileSync(`${file}.new`, String(core));
    renameSync(`${file}.new`, file);
  }

  /** Until the supervisor has kept a moment that the clocks show from now on. */
  async untilKept(): Promise<void> {
    const fromMs = this.clock.unsteppedMs();
    await eventually(() => {
      const at = readKept(this.home)?.state.at;
      if (at === undefined) return false;
      const unsteppedMs = this.clock.unsteppedAt(at.uptimeMs);
      return unsteppedMs >= fromMs && at.wallMs - unsteppedMs === this.clock.offsetMs();
    }, 'the present to be kept');
  }

  #processes(): readonly number[] {
    return processesWith(this.home.directory);
  }
}

/** Pages from before the engine was known to be ready may be those of another program: not all of them count. */
function isCounted(home: GantryHome, runId: string): boolean {
  const followed = readKept(home)?.follower;
  return followed?.runId === runId && followed.follower.series.output.length > 0;
}
