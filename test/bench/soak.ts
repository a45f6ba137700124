import {readdirSync, readFileSync} from 'node:fs';
import {appendFile} from 'node:fs/promises';
import path from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {parseArgs} from 'node:util';
import type {Snapshot} from '../../src/api/snapshot.ts';
import {isPresent} from '../../src/samples/reading.ts';
import {seededRandom} from '../../src/simulator/node/seeded-random.ts';
import {createHome, type GantryHome} from '../harness/gantry-home.ts';
import {allPids, environmentOf, isAlive} from '../harness/processes.ts';
import {soakBusy} from './busy-soak.ts';
import {soakKills} from './kill-soak.ts';
import {soakLedgers} from './ledger/ledger-truth.ts';
import {soakAtRest} from './rest-soak.ts';
import {slopeOf} from './usage.ts';

/**
 * A soak: the built program on the simulated node, accelerated, under random faults from a printed seed. Exits with 1
 * if a state never ends, if two engines run, or if a process of an earlier run remains. With `--busy MINUTES`: no faults,
 * but a host with every core loaded, at the node's own speed; exits with 1 if a finding says that something is wrong. With `--kills N`: N kills of
 * supervisor, engine or both in every step of the lifecycle; exits with 1 if an engine, a command or a token is lost. With `--ledgers N`: N
 * nodes, from seeds that follow one another; exits with 1 if a ledger has other tokens than its engines showed, or other dollars than are due. With `--rest MINUTES`: no
 * faults, at its own speed; exits with 1 if memory or open files grow, or if too much is written to the disk.
 */
const SPEED = 400;
const SECONDS_BETWEEN_FAULTS = 4;
const READY_DEADLINE_MS = 90_000;

const {values} = parseArgs({
  options: {
    hours: {type: 'string', default: '24'},
    seed: {type: 'string', default: String(Date.now() % 100_000)},
    busy: {type: 'string'},
    rest: {type: 'string'},
    kills: {type: 'string'},
    ledgers: {type: 'string'},
  },
});
const hours = Number(values.hours);
const seed = Number(values.seed);
const realMs = (hours * 3_600_000) / SPEED;

function kill(pid: number | null, signal: NodeJS.Signals): void {
  if (pid !== null && isAlive(pid)) process.kill(pid, signal);
}

type Fault = (home: GantryHome, snapshot: Snapshot) => Promise<void>;

/** `up` would start the real node once the simulated engine is down. */
async function start(home: GantryHome): Promise<void> {
  await home.run(['demo', '--detach', '--speed', String(SPEED)]);
}

const faults: Readonly<Record<string, Fault>> = {
  'supervisor killed': async (_, {supervisor}) => kill(supervisor.pid, 'SIGKILL'),
  'engine killed': async (_, {engine}) => kill(engine.pid, 'SIGKILL'),
  'worker killed': async (_, {gpus}) => {
    const pids = gpus.flatMap(({processes}) => (isPresent(processes) ? processes.map(({pid}) => pid) : []));
    kill(pids[3] ?? null, 'SIGKILL');
  },
  'engine frozen for 2 s': async (_, {engine}) => {
    kill(engine.pid, 'SIGSTOP');
    await delay(2_000);
    kill(engine.pid, 'SIGCONT');
  },
  'supervisor killed, journal torn': async (home, {supervisor}) => {
    kill(supervisor.pid, 'SIGKILL');
    await appendFile(path.join(home.directory, 'state', 'journal.jsonl'), 'garbage\n{"schemaVersion":1,"ty');
  },
  'restart with another context': async (home, {engine}) => {
    const context = engine.settings?.contextLengthTokens === 65_536 ? '131072' : '65536';
    await home.run(['restart', '--context', context]);
  },
  'down and up': async (home) => {
    await home.run(['down']);
    await start(home);
  },
  'opposite commands at once': async (home) => {
    await Promise.all([home.run(['down']), home.run(['restart', '--context', '131072']), home.run(['down'])]);
    await start(home);
  },
};
const harmlessToSupervisor = Object.keys(faults).filter((name) => !name.includes('supervisor'));

/** Runs of this home with running processes. */
function livingRuns(home: GantryHome): ReadonlySet<string> {
  const known = new Set(readdirSync(path.join(home.directory, 'state', 'runs')));
  const living = new Set<string>();
  for (const pid of allPids()) {
    const mark = /(?:^|\0)GANTRY_RUN_ID=([^\0]*)/u.exec(environmentOf(pid))?.[1];
    if (mark !== undefined && known.has(mark)) living.add(mark);
  }
  return living;
}

async function untilReady(home: GantryHome): Promise<Snapshot> {
  return home.waitForState('ready', READY_DEADLINE_MS);
}

function checkInvariants(home: GantryHome, {gpus, engine}: Snapshot): void {
  for (const {index, processes} of gpus) {
    const count = isPresent(processes) ? processes.length : 0;
    if (count > 1) throw new Error(`card ${index} has ${count} processes`);
  }
  const others = [...livingRuns(home)].filter((runId) => runId !== engine.runId);
  if (others.length > 0) throw new Error(`processes of runs that are over live: ${others.join(', ')}`);
}

function rssMib(pid: number): number | null {
  try {
    return Number(/^VmRSS:\s+(\d+)/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  } catch {
    return null;
  }
}

async function soak(home: GantryHome): Promise<void> {
  const random = seededRandom(seed);
  home.configure('restart: {firstDelaySeconds: 0.2, maxDelaySeconds: 2, maxInARow: 1000, stableMinutes: 0.05}');
  await start(home);
  const counts = new Map<string, number>();
  const rss: [number, number][] = [];
  const startedMs = performance.now();
  let worstMs = 0;
  for (let snapshot = await untilReady(home); performance.now() - startedMs < realMs; ) {
    // The last third does not touch the supervisor, so that its memory can be measured.
    const isWatched = performance.now() - startedMs > (realMs * 2) / 3;
    const names = isWatched ? harmlessToSupervisor : Object.keys(faults);
    const name = names[Math.floor(random() * names.length)] ?? '';
    const faultMs = performance.now();
    await faults[name]?.(home, snapshot);
    snapshot = await untilReady(home);
    worstMs = Math.max(worstMs, performance.now() - faultMs);
    checkInvariants(home, snapshot);
    counts.set(name, (counts.get(name) ?? 0) + 1);
    await delay(random() * 2 * SECONDS_BETWEEN_FAULTS * 1_000);
    const mib = rssMib(snapshot.supervisor.pid);
    if (isWatched && mib !== null) rss.push([(performance.now() - startedMs) / 60_000, mib]);
  }
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  for (const [name, count] of [...counts].toSorted()) console.log(`${String(count).padStart(4)}  ${name}`);
  console.log(
    `${String(total).padStart(4)}  faults in ${hours} h of simulated time, seed ${seed}; none stuck, no process left over`,
  );
  console.log(`ready again after ${(worstMs / 1000).toFixed(1)} s at the most`);
  if (rss.length > 2) {
    const sizes = rss.map(([, mib]) => mib);
    console.log(
      `supervisor RSS ${Math.min(...sizes).toFixed(1)} to ${Math.max(...sizes).toFixed(1)} MiB, ${slopeOf(rss).toFixed(2)} MiB a minute (${rss.length} looks)`,
    );
  }
}

/** What is asked for, in words. */
function title(): string {
  if (values.busy !== undefined) return `${values.busy} minutes on a busy host, seed ${seed}`;
  if (values.kills !== undefined) return `${values.kills} kills in every step, seed ${seed}`;
  if (values.ledgers !== undefined) return `${values.ledgers} ledgers, from seed ${seed}`;
  if (values.rest !== undefined) return `${values.rest} minutes at rest`;
  return `${hours} h at ${SPEED} times the speed, ${Math.round(realMs / 1000)} s, seed ${seed}`;
}

console.log(`soak: ${title()}`);
const home = await createHome();
try {
  if (values.kills !== undefined) await soakKills(Number(values.kills), seededRandom(seed));
  else if (values.ledgers !== undefined) await soakLedgers(seed, Number(values.ledgers));
  else if (values.busy !== undefined) await soakBusy(home, Number(values.busy), seededRandom(seed));
  else if (values.rest === undefined) await soak(home);
  else if (!(await soakAtRest(home, Number(values.rest)))) process.exitCode = 1;
} finally {
  await home.close();
}
