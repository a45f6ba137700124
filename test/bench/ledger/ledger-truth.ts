import {seededRandom} from '../../../src/simulator/node/seeded-random.ts';
import {createHome, type GantryHome} from '../../harness/gantry-home.ts';
import {enginePidOf, readBooked, readCost} from './booked-ledger.ts';
import {actOnce} from './ledger-actions.ts';
import {added, kinds, noTokens, servedIn, type Tokens} from './served-tokens.ts';
import {SupervisedNode} from './supervised-node.ts';

const ACTIONS = 6;
/** Pages are read so often; on a busy host that much later. */
const SCRAPE_EVERY_MS = 1_000;
const LATE_MS = 1_500;
/** Homes side by side: most of the time each waits for its processes. */
const HOMES = 3;

/** What a ledger has and what it has to have. */
export type Compared = {
  readonly text: string;
  readonly booked: Tokens;
  readonly engines: number;
  /** Of these, the ledger has the last page that was sent; of the others the one before, as the last one was on its way. */
  readonly last: number;
};

/**
 * Kills, sets clocks and changes prices of a simulated node by chance, and compares the ledger at the end with what its engines have
 * truly served and what the node truly cost. Throws with the difference, the seed, and what was done until then.
 */
export async function actAndCompare(seed: number): Promise<Compared> {
  const home = await createHome();
  const node = new SupervisedNode(home, seededRandom(seed));
  try {
    for (let action = 0; action < ACTIONS; action += 1) await actOnce(node);
    const {engine, supervisor} = await node.serving();
    node.expectEnd(engine.pid);
    await node.run('down');
    await node.untilKept();
    const fromMs = node.clock.unsteppedMs();
    await node.kill(supervisor.pid, 'SIGTERM');
    return await compare(node, home, fromMs);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`seed ${seed}: ${message}\nDone before: ${node.done.join('; ')}.`, {cause: error});
  } finally {
    await home.close();
  }
}

/** `count` homes, each with the next seed, which is printed; throws after the last one if any failed. */
export async function soakLedgers(first: number, count: number): Promise<void> {
  const seeds = Array.from({length: count}, (_, index) => first + index);
  const failed: string[] = [];
  let booked = noTokens;
  let [engines, last] = [0, 0];
  const work = async (): Promise<void> => {
    for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
      try {
        const one = await actAndCompare(seed);
        booked = added(booked, one.booked);
        engines += one.engines;
        last += one.last;
        console.log(`seed ${seed}: ${one.text}`);
      } catch (error) {
        failed.push(error instanceof Error ? error.message : String(error));
        console.log(failed.at(-1));
      }
    }
  };
  await Promise.all(Array.from({length: HOMES}, work));
  if (failed.length > 0) throw new Error(`${failed.length} of ${count} ledgers are wrong:\n${failed.join('\n')}`);
  console.log(
    `${count} seeds: ${tokensText(booked)} tokens of ${engines} engines, exactly what their pages showed: to the last page of ${last}, to the one before of which the last was on its way; every ledger is exact to the micro-dollar`,
  );
}

async function compare(node: SupervisedNode, home: GantryHome, fromMs: number): Promise<Compared> {
  const untilMs = node.clock.unsteppedMs();
  const served = servedIn(node.servedFile, node.interruptions);
  const {runs, coveredUntilMs} = readBooked(home);
  const byPid = new Map(runs.map((run) => [enginePidOf(home, run.runId), run.all]));
  for (const [pid, {shown, all}] of served) {
    const booked = byPid.get(pid) ?? noTokens;
    if (shown.some((tokens) => isSame(tokens, booked))) continue;
    const expected = [...new Set(shown.map(tokensText))].join(', or ');
    throw new Error(
      `engine ${pid}: ${tokensText(booked)} tokens are booked; its pages showed ${expected}, and it served ${tokensText(all)}`,
    );
  }
  const [worst] = [...served.values()].map(({unreadMs}) => unreadMs).toSorted((a, b) => b - a);
  if ((worst ?? 0) > SCRAPE_EVERY_MS + LATE_MS) throw new Error(`the pages of an engine were not read for ${worst} ms`);
  const unknown = runs.filter(({runId}) => !served.has(enginePidOf(home, runId) ?? 0));
  if (unknown.length > 0) throw new Error(`tokens of no engine: ${unknown.map(({runId}) => runId).join(', ')}`);
  const endMs = node.clock.unsteppedAt(coveredUntilMs);
  if (endMs < fromMs || endMs > untilMs) throw new Error(`booked until ${endMs}, not from ${fromMs} to ${untilMs}`);
  const money = await compareMoney(node, {endMs, runs});
  const engines = [...served.values()];
  const booked = runs.map(({all}) => all).reduce(added, noTokens);
  const last = [...served].filter(([pid, {shown}]) => isSame(shown[0] ?? noTokens, byPid.get(pid) ?? noTokens)).length;
  const all = engines.map((one) => one.all).reduce(added, noTokens);
  const text = `${tokensText(booked)} tokens of ${tokensText(all)} that ${engines.length} engines served, to the last page of ${last} and all but the last ${worst} ms; ${money}; ${node.done.join('; ')}`;
  return {text, booked, engines: engines.length, last};
}

async function compareMoney(
  node: SupervisedNode,
  {endMs, runs}: {readonly endMs: number; readonly runs: ReturnType<typeof readBooked>['runs']},
): Promise<string> {
  const {total} = await readCost(node.home, node.environment);
  const ms = Object.values(total.timeMs).reduce((sum, one) => sum + one, 0);
  const [api] = total.apis;
  const due = {
    timeMs: node.terms.billedMs(endMs),
    nodeMicroUsd: node.terms.nodeMicroUsd(endMs),
    apiMicroUsd: node.terms.apiMicroUsd(runs),
  };
  const booked = {timeMs: ms, nodeMicroUsd: total.nodeMicroUsd, apiMicroUsd: api?.microUsd};
  if (JSON.stringify(booked) !== JSON.stringify(due)) {
    throw new Error(`${JSON.stringify(booked)} is booked, and due is ${JSON.stringify(due)}`);
  }
  return `$${(due.nodeMicroUsd / 1e6).toFixed(6)} of the node and $${(due.apiMicroUsd / 1e6).toFixed(6)} of the API`;
}

function isSame(one: Tokens, other: Tokens): boolean {
  return kinds.every((kind) => one[kind] === other[kind]);
}

function tokensText(tokens: Tokens): string {
  return kinds.map((kind) => `${tokens[kind]} ${kind}`).join(' + ');
}
