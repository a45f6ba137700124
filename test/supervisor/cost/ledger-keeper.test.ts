import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import type {Booking} from '../../../src/domain/cost/ledger/entries.ts';
import {complete} from '../../../src/domain/cost/ledger/pending-bookings.ts';
import type {LifecycleState} from '../../../src/domain/lifecycle/lifecycle.ts';
import {initialLifecycleState} from '../../../src/domain/lifecycle/step.ts';
import {err, ok} from '../../../src/shared/result.ts';
import {SlotFile} from '../../../src/sources/slots/slot-file.ts';
import {BenchDesk} from '../../../src/supervisor/bench/bench-desk.ts';
import {keptLedgerSchema} from '../../../src/supervisor/cost/kept-ledger.ts';
import {LedgerKeeper, type LedgerKeeperParts} from '../../../src/supervisor/cost/ledger-keeper.ts';
import {nothingObserved} from '../../../src/supervisor/snapshot/observation.ts';
import {settingsOf} from '../../domain/lifecycle/lifecycle-samples.ts';
import {nodePrices} from '../../support/build-ledger.ts';
import {SimulatedEngine} from './simulated-engine.ts';

const HOUR = 3_600_000;
const START = 1_795_000_000_000;

let directory = '';
let uptimeMs = 0;
let lifecycle: LifecycleState = initialLifecycleState();

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'gantry-keeper-'));
  uptimeMs = 50_000;
  lifecycle = initialLifecycleState();
});
afterEach(() => rmSync(directory, {recursive: true}));

/** Every process runs, and no result is kept. */
function openDesk(): BenchDesk {
  return new BenchDesk(
    {putBench: () => ok(null), benches: () => ok([])},
    () => START,
    () => true,
  );
}

/** A supervisor's ledger without a database: all stays in the file. */
function openKeeper(bench = openDesk(), store: LedgerKeeperParts['store'] = null): LedgerKeeper {
  const keeper = new LedgerKeeper({
    store,
    slots: new SlotFile(path.join(directory, 'ledger'), keptLedgerSchema),
    own: {add: () => undefined, resolve: () => undefined},
    record: () => undefined,
    seen: () => nothingObserved,
    lifecycle: () => lifecycle,
    bench,
    terms: () => ({
      billedSinceMs: null,
      billedUntilMs: null,
      changesAtMs: [],
      pricesAt: () => nodePrices(28_800_000),
    }),
    now: () => ({wallMs: START + uptimeMs, bootId: 'boot', uptimeMs, monotonicMs: uptimeMs}),
  });
  keeper.takeOver(null);
  return keeper;
}

function enter(state: 'starting' | 'ready'): void {
  const process = {pid: 5, sessionId: 4, startTimeTicks: '1', bootId: 'boot', directory: '/nowhere'};
  const run = {runId: 'run', startedAtMs: START, ...process};
  lifecycle = {...lifecycle, state, run, settings: settingsOf(), readyAtMs: state === 'ready' ? START : null};
}

describe('the ledger of a supervisor', () => {
  test('that finds an engine served since the earlier one ended while it started counts that as clients\u2019, over that time', () => {
    const engine = new SimulatedEngine(1);
    const first = openKeeper();
    enter('starting');
    first.changed();
    uptimeMs += 5 * HOUR;
    engine.serve(0, {prompt: 2_000_000_000, cached: 0, output: 4_000_000});
    const second = openKeeper();
    for (let seconds = 0; seconds < 3; seconds++) {
      uptimeMs += 1_000;
      second.tick();
    }
    enter('ready');
    second.changed();
    second.observe({type: 'metrics', sample: engine.page()});
    const hours = second.state.bookings.flatMap((booking) => complete(booking, START).hours.tokens);
    const totals = second.state.runs[0]?.run.booked;
    expect(totals?.client).toEqual({input: 2_000_000_000, cached: 0, output: 4_000_000});
    expect(totals?.refused).toEqual({input: 0, cached: 0, output: 0});
    expect(hours.length).toBeGreaterThanOrEqual(5);
    expect(hours.every(({isGap}) => isGap)).toBe(true);
  });

  test('that ends while another process writes books all that it can a moment later', () => {
    const booked: Booking[] = [];
    const busy = {code: 'history.not-written', message: 'The database is locked.', remedy: 'Wait.'};
    const answers = [err(busy), err(busy)];
    const keeper = openKeeper(openDesk(), {
      id: () => ok(1),
      clock: () => ok(booked.at(-1)?.clock ?? null),
      run: () => ok(null),
      book: (booking) => {
        const refused = answers.pop();
        if (refused === undefined) booked.push(booking);
        return refused ?? ok(null);
      },
    });
    uptimeMs += 6_000;
    keeper.close();
    expect(booked.map(({clock}) => clock.uptimeMs)).toEqual([56_000]);
    expect(answers).toEqual([]);
  });

  describe('has what an engine served before it was known to be ready', () => {
    const usage = {
      requests: 1,
      promptTokens: 19,
      cachedPromptTokens: 0,
      generatedTokens: 16,
      finishReason: null,
    } as const;
    const key = Symbol('probe');
    const booked = (keeper: LedgerKeeper) => keeper.state.runs[0]?.run.booked.client.input;

    test('if a page showed it since the probe was sent, and nothing of an earlier page', () => {
      const engine = new SimulatedEngine(1);
      const keeper = openKeeper();
      enter('starting');
      keeper.changed();
      engine.serve(0, {prompt: 4_000, cached: 0, output: 60});
      keeper.observe({type: 'metrics', sample: engine.page()});
      keeper.observe({type: 'own-request-sent', key, expected: usage});
      keeper.changed();
      expect(booked(keeper)).toBe(0);
      engine.serve(0, {prompt: 519, cached: 0, output: 16});
      keeper.observe({type: 'metrics', sample: engine.page()});
      expect(booked(keeper)).toBe(0);
      keeper.observe({type: 'own-request-ended', key, usage});
      enter('ready');
      keeper.changed();
      expect(booked(keeper)).toBe(4_500);
      keeper.changed();
      expect(booked(keeper)).toBe(4_500);
    });

    test('but a page from before the probe is of nobody', () => {
      const engine = new SimulatedEngine(1);
      const keeper = openKeeper();
      enter('starting');
      keeper.changed();
      engine.serve(0, {prompt: 4_000, cached: 0, output: 60});
      keeper.observe({type: 'metrics', sample: engine.page()});
      keeper.observe({type: 'own-request-sent', key, expected: usage});
      enter('ready');
      keeper.changed();
      expect(booked(keeper)).toBe(0);
    });
  });

  describe('while a benchmark loads the engine', () => {
    const owner = {pid: 9, startTimeTicks: '1'};
    const load = {prompt: 500, cached: 100, output: 50};
    const bookedOf = (keeper: LedgerKeeper) => keeper.state.runs[0]?.run.booked;

    function serving(desk: BenchDesk, engine: SimulatedEngine): LedgerKeeper {
      const keeper = openKeeper(desk);
      enter('starting');
      keeper.changed();
      enter('ready');
      keeper.changed();
      keeper.observe({type: 'metrics', sample: engine.page()});
      return keeper;
    }

    test('one that is killed as soon as it knows is followed by one that books its load as such, also until then', () => {
      const engine = new SimulatedEngine(1);
      const desk = openDesk();
      serving(desk, engine);
      desk.handlers.takeBenchLease(owner);
      engine.serve(0, load);
      uptimeMs += 10_000;
      const second = openKeeper();
      second.observe({type: 'metrics', sample: engine.page()});
      expect(bookedOf(second)).toMatchObject({
        bench: {input: 400, cached: 100, output: 50},
        client: {input: 0, cached: 0, output: 0},
      });
    });

    test('what the benchmark cannot have used is of clients, also after a kill', () => {
      const engine = new SimulatedEngine(1);
      const desk = openDesk();
      const first = serving(desk, engine);
      desk.handlers.takeBenchLease({...owner, mostTokens: {promptTokens: 800, generatedTokens: 60}});
      engine.serve(0, load);
      uptimeMs += 1_000;
      first.observe({type: 'metrics', sample: engine.page()});
      engine.serve(0, load);
      uptimeMs += 1_000;
      const second = openKeeper();
      second.observe({type: 'metrics', sample: engine.page()});
      expect(bookedOf(second)).toMatchObject({
        bench: {input: 640, cached: 160, output: 60},
        client: {input: 160, cached: 40, output: 40},
      });
      engine.serve(0, load);
      uptimeMs += 1_000;
      second.observe({type: 'metrics', sample: engine.page()});
      expect(bookedOf(second)).toMatchObject({bench: {input: 640, cached: 160, output: 60}});
    });
  });
});
