import {createServer} from 'node:net';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {Snapshot} from '../../src/api/snapshot.ts';
import {isAbsent} from '../../src/samples/reading.ts';
import {eventually} from '../harness/eventually.ts';
import {diagnosed} from './diagnosed.ts';
import {drawnScreen} from './drawn-screen.ts';
import {expectSameDrift} from './drift/expect-same-drift.ts';
import type {EngineRecord, ExitName} from './engine-record.ts';
import type {FoundEngine} from './install/find-engine.ts';
import {
  askEngine,
  CONTEXT_TOKENS,
  openRealHome,
  type Page,
  type RealEngine,
  type RealHome,
  readPage,
  runDirectly,
  START_LIMIT_MS,
  type Usage,
  untilIdle,
} from './real-engine.ts';

/** A quantity on the screen, and the same by the engine's own page: growth between two moments. */
export type Quantity = {
  readonly name: string;
  readonly shown: (snapshot: Snapshot) => unknown;
  readonly own: (page: Page) => number;
};

/** A latency on the screen over the last minute, and the sum in seconds and the count by the engine's own page. */
export type Latency = {
  readonly name: string;
  readonly shown: (snapshot: Snapshot) => {readonly count: unknown; readonly meanMs: unknown};
  readonly ownSeconds: (page: Page) => number;
  /** Null where the page does not count them: then it is the requests of this test. */
  readonly ownCount: ((page: Page) => number) | null;
};

/** What is specific to an engine in these tests. */
export type RealCase = {
  readonly title: string;
  readonly found: FoundEngine;
  readonly engine: (executable: string, directory: string) => RealEngine;
  readonly quantities: readonly Quantity[];
  readonly latencies: readonly Latency[];
  /** Finished requests by the engine's own page; null where it does not count them. */
  readonly finished: ((page: Page) => number) | null;
  /** The use of the KV cache by the engine's own interface, 0..1. */
  readonly ownKvUsage: (url: string) => Promise<number>;
  /** The context by the engine's own interface, tokens. */
  readonly ownContext: (url: string) => Promise<number>;
  /** A context that the model has not, and the code of the finding; whether the engine fails for it. */
  readonly wrongContext: {readonly tokens: number; readonly code: string; readonly isFailure: boolean};
  readonly smallCache: {
    readonly change: {readonly contextLengthTokens?: number; readonly extraArguments?: readonly string[]};
    readonly code: string;
  };
  /** Arguments of a direct start on this port. */
  readonly directArguments: (engine: RealEngine, port: number) => readonly string[];
  readonly simulated: () => Promise<EngineRecord>;
};

/** Names of quantities that each case has. */
const GENERATED = 'generated tokens';
const PROMPTS = 'prompt tokens';

const REQUESTS = 6;
const OUTPUT_TOKENS = 24;

/** Everything that Gantry does with a real engine, in one order: each part begins with what the one before has left. */
export function describeEngine(real: RealCase): void {
  if ('missing' in real.found) {
    console.warn(`NOT TESTED: ${real.title}: ${real.found.missing}`);
    test.skipIf(true)(`${real.title} cannot be had here: ${real.found.missing}`, () => undefined);
    return;
  }
  const {executable} = real.found;
  describe(real.title, () => {
    let home: RealHome;
    let page = '';
    let version = '';
    const exits: Partial<Record<ExitName, number | null>> = {};
    const outputs: string[] = [];
    beforeAll(async () => {
      home = await openRealHome((directory) => real.engine(executable, directory));
    });
    afterAll(() => home.close());

    test('is ready by a token that it generated', async () => {
      await home.command(['up', '--force', '--wait']);
      const {engine, traffic, findings} = await untilIdle(home, Date.now());
      expect(engine.state).toBe('ready');
      expect(findings.filter(({code}) => code.startsWith('engine.'))).toEqual([]);
      // By the engine's own count, Gantry asked for tokens; on the screen no client did.
      expect(pageOf(real, GENERATED, await readPage(home.url))).toBeGreaterThan(Number(traffic.generationTokensTotal));
      version = typeof engine.version === 'string' ? engine.version : '';
      expect(version).not.toBe('');
    });

    test('every metric on the screen is that of its own page', async () => {
      const {before, after, usages} = await measured(home, real);
      page = after.page.text;
      for (const {name, shown, own} of real.quantities) {
        const growth = Number(shown(after.snapshot)) - Number(shown(before.snapshot));
        expect({[name]: growth}).toEqual({[name]: own(after.page) - own(before.page)});
      }
      const own = real.finished === null ? REQUESTS : real.finished(after.page) - real.finished(before.page);
      expect(finishedCount(after.snapshot) - finishedCount(before.snapshot)).toBe(own);
      const asked = usages.reduce((sum, {prompt_tokens}) => sum + prompt_tokens, 0);
      expect(Number(after.snapshot.traffic.promptTokensTotal) - Number(before.snapshot.traffic.promptTokensTotal)).toBe(
        asked,
      );
      for (const {name, shown, ownSeconds, ownCount} of real.latencies) {
        const {count, meanMs} = shown(after.snapshot);
        const grown = ownCount === null ? REQUESTS : ownCount(after.page) - ownCount(before.page);
        expect({[name]: count}).toEqual({[name]: grown});
        const ownMs = ((ownSeconds(after.page) - ownSeconds(before.page)) * 1000) / grown;
        expect(Number(meanMs) / ownMs, name).toBeGreaterThan(0.98);
        expect(Number(meanMs) / ownMs, name).toBeLessThan(1.02);
      }
      for (const size of [
        {columns: 80, rows: 24},
        {columns: 120, rows: 40},
        {columns: 200, rows: 60},
      ]) {
        const screen = await drawnScreen(home, size);
        // The largest terminal has a plot of it, the smallest no room for latencies.
        if (size.columns < 200) expect(screen).toContain('running 0');
        if (size.columns > 80) expect(screen).toContain('Latency');
      }
    });

    test('the use of the KV cache is its own while a request runs', async () => {
      let isOver = false;
      const load = (async () => {
        while (!isOver) await askEngine(home.url, 1_000, 300);
      })();
      try {
        await eventually(
          async () => {
            const [own, {kvCache}] = await Promise.all([real.ownKvUsage(home.url), home.snapshot()]);
            expect(own).toBeGreaterThan(0);
            expect(Number(kvCache.usageRatio) / own).toBeGreaterThan(0.75);
            expect(Number(kvCache.usageRatio) / own).toBeLessThan(1.3);
          },
          'the same use on the screen and in the engine',
          {withinMs: START_LIMIT_MS, everyMs: 200},
        );
      } finally {
        isOver = true;
        await load;
      }
      await untilIdle(home, Date.now());
    });

    test('a supervisor that is killed leaves it running, and the next one adopts it', async () => {
      const idle = await home.snapshot();
      // A supervisor stores what it has counted every five seconds.
      const before = await home.until('stored counters', ({takenAtMs}) => takenAtMs - idle.takenAtMs > 6_000);
      await home.killSupervisor();
      const after = await untilIdle(home, Date.now());
      expect(after.engine).toMatchObject({state: 'ready', runId: before.engine.runId, pid: before.engine.pid});
      expect(after.traffic.finishedRequestsTotal).toEqual(before.traffic.finishedRequestsTotal);
      expect(after.traffic.generationTokensTotal).toBe(before.traffic.generationTokensTotal);
    });

    test('a restart with another context', async () => {
      await home.command(['restart', '--context', String(CONTEXT_TOKENS / 2), '--force', '--wait']);
      expect(await real.ownContext(home.url)).toBe(CONTEXT_TOKENS / 2);
      expect((await home.snapshot()).engine.facts['contextLengthTokens']).toBe(CONTEXT_TOKENS / 2);
    });

    test('its server process is killed: the signal is the cause, and it is started again', async () => {
      const {engine} = await home.snapshot();
      process.kill(home.enginePid(), 'SIGKILL');
      await home.untilEvent('its exit', ({code, message}) => code === 'engine.exited' && message.includes('signal 9'));
      const again = await home.until(
        'the engine to be ready again',
        (snapshot) => snapshot.engine.state === 'ready' && snapshot.engine.runId !== engine.runId,
        START_LIMIT_MS,
      );
      expect(again.engine.settings?.contextLengthTokens).toBe(CONTEXT_TOKENS / 2);
    });

    test('stops on request', async () => {
      await home.command(['down']);
      const {engine} = await home.waitForState('stopped', START_LIMIT_MS);
      exits['SIGTERM while idle'] = engine.exit?.status ?? null;
      expect(engine.exit).toMatchObject({wasRequested: true});
    });

    test('a context that the model does not have', async () => {
      const {tokens, code, isFailure} = real.wrongContext;
      await home.command(['up', '--context', String(tokens), '--force', '--wait'], isFailure ? 1 : 0);
      const {findings, engine} = await home.snapshot();
      expect(findings.map((finding) => finding.code)).toContain(code);
      expect(engine.state).toBe(isFailure ? 'failed' : 'ready');
      await home.command(['down']);
    });

    test('a KV cache that is too small for the context', async () => {
      home.setUp(real.smallCache.change);
      await home.command(['up', '--force', '--wait', ...contextFlag(real)], 1);
      const {findings, engine} = await home.snapshot();
      expect(findings.map(({code}) => code)).toContain(real.smallCache.code);
      exits['KV cache too small'] = engine.exit?.status ?? null;
      await home.command(['down']);
      home.setUp({});
    });

    test('a port in use is refused before a start; the engine itself ends with its own words', async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(home.port, '127.0.0.1', () => resolve()));
      try {
        const refused = await home.run(['up', '--context', String(CONTEXT_TOKENS), '--json']);
        expect(refused.exitCode).toBe(1);
        expect(`${refused.stdout}${refused.stderr}`).toContain('preflight.port-in-use');
        const {status, output} = await runDirectly(home.engine, real.directArguments(home.engine, home.port));
        exits['port in use'] = status;
        outputs.push(output);
        expect((await diagnosed(home, output)).join()).toContain(`${home.engine.name}.port-in-use`);
      } finally {
        await new Promise((resolve) => server.close(resolve));
      }
    });

    test('an argument that it does not know', async () => {
      const {status, output} = await runDirectly(home.engine, [
        ...real.directArguments(home.engine, home.port),
        '--no-such-argument',
      ]);
      exits['unknown argument'] = status;
      outputs.push(output);
      expect((await diagnosed(home, output)).join()).toContain(`${home.engine.name}.unknown-argument`);
    });

    test('the simulator prints and serves what it does, except for what docs/engines.md lists', async () => {
      const record = {version, logs: [...home.logs(), ...outputs], page, exits};
      expectSameDrift(home.engine.name, record, await real.simulated());
    });
  });
}

function contextFlag({smallCache}: RealCase): readonly string[] {
  const {contextLengthTokens = CONTEXT_TOKENS} = smallCache.change;
  return ['--context', String(contextLengthTokens)];
}

function finishedCount({traffic}: Snapshot): number {
  const byReason = traffic.finishedRequestsTotal;
  if (isAbsent(byReason)) throw new Error(`Finished requests are unknown: ${byReason.absent}`);
  return Object.values(byReason).reduce((sum, count) => sum + count, 0);
}

/** What the screen and the page show before and after requests, of a time in which Gantry itself asked for nothing. */
async function measured(home: RealHome, real: RealCase) {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const before = {snapshot: await untilIdle(home, Date.now()), page: await readPage(home.url)};
    const usages: Usage[] = [];
    for (let sent = 0; sent < REQUESTS; sent += 2) {
      const two = [100 + 40 * sent, 120 + 40 * sent].map((size) => askEngine(home.url, size, OUTPUT_TOKENS));
      usages.push(...(await Promise.all(two)));
    }
    const after = {snapshot: await untilIdle(home, Date.now()), page: await readPage(home.url)};
    const grown = (name: string): number => pageOf(real, name, after.page) - pageOf(real, name, before.page);
    const generated = usages.reduce((sum, usage) => sum + usage.completion_tokens, 0);
    const prompts = usages.reduce((sum, usage) => sum + usage.prompt_tokens, 0);
    // A page counts the prompt of a request that still runs, and what it generates at its end.
    if (grown(GENERATED) === generated && grown(PROMPTS) === prompts) return {before, after, usages};
    // A probe came between. The next window must not have these requests in it.
    await home.until('a minute without a request', ({latency}) => latency.prefill.count === 0, START_LIMIT_MS);
  }
  throw new Error('Gantry asked for tokens in each of five minutes.');
}

function pageOf({quantities}: RealCase, counted: string, page: Page): number {
  const quantity = quantities.find(({name}) => name === counted);
  if (quantity === undefined) throw new Error(`The case does not say how ${counted} are counted.`);
  return quantity.own(page);
}
