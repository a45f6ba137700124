import {readFileSync} from 'node:fs';
import {setTimeout as delay} from 'node:timers/promises';
import {costDocumentSchema} from '../../src/api/cost/cost-values.ts';
import type {Snapshot} from '../../src/api/snapshot.ts';
import {seededRandom} from '../../src/simulator/node/seeded-random.ts';
import {TRUTH_VARIABLE} from '../../src/simulator/traffic/write-truth.ts';
import {eventually} from '../harness/eventually.ts';
import {createHome, type GantryHome} from '../harness/gantry-home.ts';
import {isAlive} from '../harness/processes.ts';

const SPEED = 400;
const KILLS = 4;
const LONGEST_DELAY_MS = 2_500;
const READY_WITHIN_MS = 120_000;
/** Counters are read each second; a busy host does so late. */
const LATEST_SCRAPE_MS = 5_000;

const victims = ['supervisor', 'engine', 'both'] as const;
const kinds = ['prompt', 'cached', 'generated'] as const;
type Tokens = Readonly<Record<(typeof kinds)[number], number>>;
type Served = Tokens & {readonly atMs: number; readonly pid: number};

/**
 * Kills engine, supervisor or both of a simulated node at random moments, and compares the ledger at the end with the tokens that
 * its engines have truly served: not one more, and less only by what an engine served after the last scrape before its end.
 * Returns the figures; throws with the difference.
 */
export async function killAndCompare(random: () => number): Promise<string> {
  const home = await createHome();
  try {
    home.configure('restart: {firstDelaySeconds: 1, maxDelaySeconds: 2, maxInARow: 1000, stableMinutes: 0.02}');
    const file = `${home.directory}/served`;
    const environment = {[TRUTH_VARIABLE]: file};
    const killed: string[] = [];
    const gone = new Set<number | null>();
    for (let kill = 0; kill < KILLS; kill += 1) {
      const {engine, supervisor} = await serving(home, environment, gone);
      await delay(random() * LONGEST_DELAY_MS);
      const victim = victims[Math.floor(random() * victims.length)] ?? 'both';
      for (const pid of victim === 'both' ? [supervisor.pid, engine.pid] : [{engine, supervisor}[victim].pid]) {
        if (pid !== null && isAlive(pid)) process.kill(pid, 'SIGKILL');
        gone.add(pid);
      }
      killed.push(victim);
    }
    await serving(home, environment, gone);
    const {exitCode, stderr} = await home.run(['down'], environment);
    if (exitCode !== 0) throw new Error(`gantry down failed: ${stderr}`);
    await home.stopSupervisor();
    return `${killed.join(', ')} killed: ${compared(await bookedTokens(home), servedIn(file))}`;
  } finally {
    await home.close();
  }
}

/** One home after the other, each with the next seed, which is printed. */
export async function soakLedgers(seed: number, count: number): Promise<void> {
  for (let next = seed; next < seed + count; next += 1) {
    try {
      console.log(`seed ${next}: ${await killAndCompare(seededRandom(next))}`);
    } catch (error) {
      throw new Error(`seed ${next}: ${error instanceof Error ? error.message : String(error)}`, {cause: error});
    }
  }
}

/** Ready and counted, under whichever supervisor runs or is started; of processes that were killed nothing is believed. */
async function serving(
  home: GantryHome,
  environment: Readonly<Record<string, string>>,
  gone: ReadonlySet<number | null>,
): Promise<Snapshot> {
  return eventually(
    async () => {
      const snapshot = await home.snapshotOrNull();
      if (snapshot === null) await home.demo(['--speed', String(SPEED)], environment);
      const {engine, traffic} = snapshot ?? {engine: null, traffic: null};
      const isCounted = Number(traffic?.generationTokensTotal) > 0;
      const isOver = gone.has(engine?.pid ?? null) || gone.has(snapshot?.supervisor.pid ?? null);
      return engine?.state === 'ready' && isCounted && !isOver ? snapshot : null;
    },
    'an engine that serves',
    {withinMs: READY_WITHIN_MS, everyMs: 100},
  );
}

async function bookedTokens(home: GantryHome): Promise<Tokens> {
  const {stdout} = await home.run(['cost', '--since', '2d', '--json']);
  const sources = Object.values(costDocumentSchema.parse(JSON.parse(stdout)).total.tokens);
  const sum = (count: (tokens: (typeof sources)[number]) => number): number =>
    sources.reduce((total, tokens) => total + count(tokens), 0);
  const cached = sum((tokens) => tokens.cached);
  return {prompt: sum(({input}) => input) + cached, cached, generated: sum(({output}) => output)};
}

function servedIn(file: string): readonly Served[] {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [atMs = 0, pid = 0, prompt = 0, cached = 0, generated = 0] = line.split(' ').map(Number);
    return {atMs, pid, prompt, cached, generated};
  });
}

/** Each engine's own counters begin at zero. */
function compared(booked: Tokens, served: readonly Served[]): string {
  const engines = [...Map.groupBy(served, ({pid}) => pid).values()];
  return kinds
    .map((kind) => {
      let [least, most] = [0, 0];
      for (const lines of engines) {
        const endMs = lines.at(-1)?.atMs ?? 0;
        most += lines.at(-1)?.[kind] ?? 0;
        least += lines.findLast(({atMs}) => atMs <= endMs - LATEST_SCRAPE_MS)?.[kind] ?? 0;
      }
      const text = `${booked[kind]} ${kind} tokens booked of ${most} that ${engines.length} engines served`;
      if (booked[kind] < least || booked[kind] > most) throw new Error(`${text}, at least ${least} expected`);
      return text;
    })
    .join('; ');
}
