import {describe, expect, test} from 'vitest';
import {deaths, LONG_STEP_MS, SimulatedNode} from './simulated-node.ts';

/** More seeds: `GANTRY_LEDGER_SEEDS=2000`; one of them: `GANTRY_LEDGER_SEED=17`. */
const ONE = process.env['GANTRY_LEDGER_SEED'];
const COUNT = Number(process.env['GANTRY_LEDGER_SEEDS'] ?? 50);
const STEPS = 60;
const HOUR = 3_600_000;

/** Mulberry32: a short generator whose seed says all. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

type Act = (node: SimulatedNode, random: (below: number) => number) => void;

function serve(node: SimulatedNode, random: (below: number) => number): void {
  const prompt = random(5_000);
  node.serve(random(8), {prompt, cached: random(prompt + 1), output: random(300)});
}

/** A second in which the engine works and is read. */
function work(node: SimulatedNode, random: (below: number) => number): void {
  node.pass(500 + random(1_000));
  serve(node, random);
  node.read();
  node.tick();
}

const acts: readonly (readonly [weight: number, act: Act])[] = [
  [30, work],
  [4, (node, random) => node.probe(random(8))],
  [4, (node, random) => (node.engine === null ? node.startEngine(1 + random(8)) : node.resetCore(random(8)))],
  [4, (node, random) => (node.engine === null ? node.startEngine(1 + random(8)) : node.killEngine())],
  [6, (node, random) => node.armDeath(deaths[random(3)] ?? 'after', random(6))],
  [
    3,
    (node, random) => {
      node.killSupervisor();
      node.killEngine();
      node.pass(random(2 * HOUR));
    },
  ],
  [
    3,
    (node, random) => {
      node.killSupervisor();
      for (let hours = random(4); hours >= 0; hours--) {
        node.pass(random(HOUR));
        serve(node, random);
      }
    },
  ],
  [2, (node) => node.stopSupervisor()],
  [2, (node, random) => node.stepClock((random(3) - 1) * LONG_STEP_MS + random(HOUR) - HOUR / 2)],
  [2, (node, random) => node.pass(random(8 * HOUR))],
  [1, (node, random) => node.reboot(random(HOUR), random(4) === 0 ? -random(2 * HOUR) : 0)],
  [3, (node, random) => (node.price = 20_000_000 + random(20) * 1_000_001)],
  [
    2,
    (node) => {
      node.isDiskFull = !node.isDiskFull;
    },
  ],
  [
    1,
    (node, random) => {
      node.killSupervisor();
      node.startSupervisor(false);
      for (let seconds = random(5); seconds >= 0; seconds--) work(node, random);
      node.killSupervisor();
    },
  ],
];

function nextAct(random: (below: number) => number): Act {
  let place = random(acts.reduce((sum, [weight]) => sum + weight, 0));
  for (const [weight, act] of acts) {
    place -= weight;
    if (place < 0) return act;
  }
  return work;
}

/** The node works on until all is booked; then the ledger is what it has to be. */
async function check(node: SimulatedNode): Promise<void> {
  node.isDiskFull = false;
  node.killSupervisor();
  node.startSupervisor();
  // A long time is booked in parts, one a second.
  for (let round = 0; round < 4 || (node.pendingBookings > 1 && round < 400); round++) {
    node.read();
    node.pass(6_000);
    node.tick();
  }
  node.pass(60_000);
  node.read();
  node.tick();
  expect(await node.booked()).toEqual(node.due);
}

describe('the ledger of a node on which anything ends at any time', () => {
  const seeds = ONE === undefined ? Array.from({length: COUNT}, (_, index) => index + 1) : [Number(ONE)];
  test(`is what was served and what the time costs: ${seeds.length} seeds from ${seeds[0]}`, async () => {
    for (const seed of seeds) {
      const random = randomOf(seed);
      const node = new SimulatedNode();
      try {
        node.startSupervisor();
        node.startEngine(1 + random(8));
        for (let step = 0; step < STEPS; step++) {
          if (!node.isSupervised && random(3) === 0) node.startSupervisor();
          nextAct(random)(node, random);
        }
        await check(node);
      } catch (error) {
        throw new Error(`seed ${seed}: run it with GANTRY_LEDGER_SEED=${seed}`, {cause: error});
      } finally {
        node.remove();
      }
    }
  });
});
