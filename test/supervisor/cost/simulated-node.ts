import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import type {Moment} from '../../../src/domain/cost/ledger/moment.ts';
import type {LifecycleState} from '../../../src/domain/lifecycle/lifecycle.ts';
import {initialLifecycleState} from '../../../src/domain/lifecycle/step.ts';
import {type HistoryStore, openHistory} from '../../../src/history/open-history.ts';
import {err} from '../../../src/shared/result.ts';
import {SlotFile} from '../../../src/sources/slots/slot-file.ts';
import {BenchDesk} from '../../../src/supervisor/bench/bench-desk.ts';
import {type KeptLedger, keptLedgerSchema} from '../../../src/supervisor/cost/kept-ledger.ts';
import {LedgerKeeper} from '../../../src/supervisor/cost/ledger-keeper.ts';
import {nothingObserved} from '../../../src/supervisor/snapshot/observation.ts';
import {settingsOf} from '../../domain/lifecycle/lifecycle-samples.ts';
import {nodePrices} from '../../support/build-ledger.ts';
import {SimulatedEngine} from './simulated-engine.ts';

const DAY = 86_400_000;
/** A disk would only be waited for. */
const MEMORY = '/dev/shm';
const FULL = err({code: 'history.not-written', message: 'The disk is full.', remedy: 'Free some space.'});

/** How a supervisor is killed at a write: before it, in the middle of it, or after it. */
export const deaths = ['before', 'torn', 'after'] as const;
export type Death = (typeof deaths)[number];

/** Time and money of the node as they are due, until a moment. */
type Due = {readonly at: Moment; readonly ms: number; readonly microUsdMs: bigint; readonly price: number};

/** A node whose clocks, engine, disk and supervisor are moved by hand, and what its ledger has to contain. */
export class SimulatedNode {
  readonly #directory = mkdtempSync(path.join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'gantry-ledger-'));
  readonly #file = path.join(this.#directory, 'history.sqlite');
  #wallMs = 1_795_000_000_123;
  #uptimeMs = 50_000;
  #boot = 1;
  price = 28_800_000;
  isDiskFull = false;
  #engine: SimulatedEngine | null = null;
  #runs = 0;
  #isReady = false;
  #run: LifecycleState['run'] = null;
  #supervisor: {readonly keeper: LedgerKeeper; readonly history: HistoryStore} | null = null;
  #death: {readonly how: Death; writes: number} | null = null;
  #isDead = false;
  #served = 0;
  #lost = 0;
  #due: Due | null = null;
  #keptDue: Due | null = null;

  /** Tokens and money that the ledger has to contain: micro-USD times the milliseconds of an hour. */
  get due(): {readonly tokens: number; readonly ms: number; readonly microUsdMs: bigint} {
    return {tokens: this.#served - this.#lost, ms: this.#due?.ms ?? 0, microUsdMs: this.#due?.microUsdMs ?? 0n};
  }

  get engine(): SimulatedEngine | null {
    return this.#engine;
  }

  get isSupervised(): boolean {
    return this.#supervisor !== null;
  }

  remove(): void {
    this.killSupervisor();
    rmSync(this.#directory, {recursive: true});
  }

  pass(ms: number): void {
    this.#wallMs += ms;
    this.#uptimeMs += ms;
  }

  stepClock(ms: number): void {
    this.#wallMs += ms;
  }

  /** Engines are started by supervisors. */
  startEngine(coreCount: number): void {
    if (this.#supervisor === null || this.#engine !== null) return;
    this.#isReady = false;
    this.#engine = new SimulatedEngine(coreCount);
    const runId = `run-${++this.#runs}`;
    const process = {pid: 5, sessionId: 4, startTimeTicks: '1', bootId: `boot-${this.#boot}`, directory: '/nowhere'};
    this.#run = {runId, startedAtMs: this.#wallMs, ...process};
    this.#supervised((keeper) => keeper.changed());
  }

  killEngine(): void {
    this.#lost += this.#engine?.kill() ?? 0;
    this.#engine = null;
    this.#run = null;
    this.#supervised((keeper) => keeper.changed());
  }

  resetCore(core: number): void {
    this.#lost += this.#engine?.reset(core) ?? 0;
  }

  serve(core: number, tokens: {readonly prompt: number; readonly cached: number; readonly output: number}): void {
    if (this.#isReady) this.#served += this.#engine?.serve(core, tokens) ?? 0;
  }

  read(): void {
    const {engine} = this;
    if (engine === null) return;
    if (!this.#isReady && this.#supervisor !== null) {
      this.#isReady = true;
      this.#supervised((keeper) => keeper.changed());
    }
    this.#supervised((keeper) => keeper.observe({type: 'metrics', sample: engine.page()}));
  }

  /** A request of Gantry, which is answered while pages are read, or not at all if the supervisor is gone by then. */
  probe(core: number): void {
    const key = Symbol('probe');
    const usage = {
      requests: 1,
      promptTokens: 19,
      cachedPromptTokens: 0,
      generatedTokens: 16,
      finishReason: null,
    } as const;
    this.#supervised((keeper) => keeper.observe({type: 'own-request-sent', key, expected: usage}));
    this.serve(core, {prompt: 19, cached: 0, output: 16});
    this.read();
    this.#supervised((keeper) => keeper.observe({type: 'own-request-ended', key, usage}));
    this.read();
  }

  tick(): void {
    this.#supervised((keeper) => keeper.tick());
  }

  /** `isLasting` is false where the history was written by a newer version: then nothing can be booked. */
  startSupervisor(isLasting = true): void {
    if (this.#supervisor !== null) return;
    const opened = openHistory({path: isLasting ? this.#file : ':memory:'});
    if (!opened.ok) throw new Error(opened.error.message);
    const history = opened.value;
    const {ledger} = history;
    const store: ConstructorParameters<typeof LedgerKeeper>[0]['store'] = {
      id: () => ledger.id(),
      clock: () => ledger.clock(),
      run: (runId) => ledger.run(runId),
      book: (booking) => this.#write(() => (this.isDiskFull ? FULL : ledger.book(booking)), null) ?? FULL,
    };
    const slots = new SlotFile<KeptLedger>(`${this.#file}.ledger`, keptLedgerSchema);
    const keeper = new LedgerKeeper({
      bench: new BenchDesk(ledger, () => this.#wallMs),
      store: isLasting ? store : null,
      slots: {
        read: () => slots.read(),
        get isUnusable() {
          return slots.isUnusable;
        },
        setAside: () => slots.setAside(),
        write: (kept) => {
          if (
            this.#write(
              () => slots.write(kept),
              () => this.#tear(),
            ) !== null
          )
            this.#kept();
        },
      },
      own: {add: () => undefined, resolve: () => undefined},
      record: () => undefined,
      seen: () => nothingObserved,
      lifecycle: () => this.#lifecycle(),
      terms: () => ({billedSinceMs: null, billedUntilMs: null, changesAtMs: [], pricesAt: () => this.#seePrice()}),
      now: () => ({...this.#now(), monotonicMs: this.#uptimeMs}),
    });
    this.#supervisor = {keeper, history};
    this.#supervised(() => keeper.takeOver(null));
  }

  stopSupervisor(): void {
    this.#supervised((keeper) => keeper.close());
    this.killSupervisor();
  }

  killSupervisor(): void {
    this.#supervisor?.history.close();
    this.#supervisor = null;
    this.#isDead = false;
    this.#death = null;
    this.#due = this.#keptDue;
    this.#engine?.forget();
  }

  /** The supervisor will be killed at its write after this many. */
  armDeath(how: Death, writes: number): void {
    if (this.#supervisor !== null) this.#death = {how, writes};
  }

  /** The host is started again, with its clock set by `stepMs`. */
  reboot(ms: number, stepMs: number): void {
    this.killSupervisor();
    this.#lost += this.#engine?.kill() ?? 0;
    this.#engine = null;
    this.#run = null;
    this.#wallMs += ms + stepMs;
    this.#uptimeMs = 20_000;
    this.#boot++;
  }

  get pendingBookings(): number {
    return this.#supervisor?.keeper.state.bookings.length ?? 0;
  }

  /** What the ledger contains. */
  async booked(): Promise<{readonly tokens: number; readonly ms: number; readonly microUsdMs: bigint}> {
    const ledger = this.#supervisor?.history.ledger;
    const [sums, epochs] = [await ledger?.sums(0), ledger?.epochs()];
    if (sums?.ok !== true || epochs?.ok !== true) throw new Error('the ledger cannot be read');
    const tokens = sums.value.tokens.reduce(
      (sum, {tokens: {input, cached, output}}) => sum + input + cached + output,
      0,
    );
    const priceOf = new Map(epochs.value.map(({id, prices}) => [id, BigInt(prices.node.microUsdPerHour ?? 0)]));
    const microUsdMs = sums.value.times.reduce((sum, {epoch, ms}) => sum + BigInt(ms) * (priceOf.get(epoch) ?? 0n), 0n);
    return {tokens, ms: sums.value.times.reduce((sum, {ms}) => sum + ms, 0), microUsdMs};
  }

  #supervised(act: (keeper: LedgerKeeper) => void): void {
    if (this.#supervisor === null) return;
    act(this.#supervisor.keeper);
    if (this.#isDead) this.killSupervisor();
  }

  /** Null where the supervisor is dead; what it does after that changes nothing any more. */
  #write<T>(write: () => T, tear: (() => void) | null): T | null {
    if (this.#isDead) return null;
    const death = this.#death;
    this.#isDead = death !== null && death.writes-- <= 0;
    if (!this.#isDead || death?.how === 'after') return write();
    if (death?.how === 'torn' && tear !== null) tear();
    return null;
  }

  /** A version that is cut: the newer one of the file stays, and the older one is damaged. */
  #tear(): void {
    const file = `${this.#file}.ledger`;
    let bytes: Buffer;
    try {
      bytes = readFileSync(file);
    } catch {
      return;
    }
    const starts = [0, bytes.length / 2];
    const sequences = starts.map((start) =>
      Number(/"sequence":(\d+)/u.exec(bytes.toString('latin1', start, start + 60))?.[1] ?? 0),
    );
    const older = (sequences[0] ?? 0) < (sequences[1] ?? 0) ? 0 : 1;
    bytes.write('half of a version', starts[older] ?? 0);
    writeFileSync(file, bytes);
  }

  #kept(): void {
    this.#engine?.keep();
    this.#keptDue = this.#due;
  }

  #now(): Moment {
    return {wallMs: this.#wallMs, bootId: `boot-${this.#boot}`, uptimeMs: this.#uptimeMs};
  }

  /** The supervisor looks at the price: it applies to what comes after. */
  #seePrice(): ReturnType<typeof nodePrices> {
    const at = this.#now();
    const before = this.#due;
    if (before === null) this.#due = {at, ms: 0, microUsdMs: 0n, price: this.price};
    else {
      const isSameBoot = at.bootId === before.at.bootId;
      const ms = isSameBoot ? at.uptimeMs - before.at.uptimeMs : Math.max(0, at.wallMs - before.at.wallMs);
      const microUsdMs = before.microUsdMs + BigInt(ms) * BigInt(before.price);
      this.#due = {at, ms: before.ms + ms, microUsdMs, price: this.price};
    }
    return nodePrices(this.price);
  }

  #lifecycle(): LifecycleState {
    const initial = initialLifecycleState();
    if (this.#run === null) return initial;
    return {
      ...initial,
      state: this.#isReady ? 'ready' : 'starting',
      run: this.#run,
      settings: settingsOf(),
      readyAtMs: this.#isReady ? 1 : null,
    };
  }
}

/** More than a year, forward or back. */
export const LONG_STEP_MS = 400 * DAY;
