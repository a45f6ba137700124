import {expect, test} from 'vitest';
import type {Event} from '../../../src/api/event-schema.ts';
import type {Snapshot} from '../../../src/api/snapshot.ts';
import {isPresent} from '../../../src/samples/reading.ts';
import {SPIN_SIGNAL} from '../../../src/simulator/process/stuck-process.ts';
import {eventually} from '../../harness/eventually.ts';
import {type GantryHome, openHome} from '../../harness/gantry-home.ts';
import {allPids, commandOf, parentOf} from '../../harness/processes.ts';
import {createSteppedClock, type SteppedClock} from '../../harness/stepped-clock.ts';

/** Of the supervisor's clock, at each look. */
const STEP_MS = 4_000;

const silence = 'findings: {metricsUnreadSeconds: 5}';
export const restarts = 'restart: {hangMinutes: 0.02, firstDelaySeconds: 0.1}';

/** A process of an engine, and whether the engine's server still answers without it. */
export type Part = {
  readonly name: string;
  readonly find: (snapshot: Snapshot) => number;
  readonly answersWithoutIt: boolean;
};

export const apiServer: Part = {name: 'API server', find: ({engine}) => engine.pid ?? 0, answersWithoutIt: false};

/** The process that uses the second GPU. */
export const worker: Part = {
  name: 'worker',
  find: ({gpus}) => {
    const processes = gpus[1]?.processes;
    return processes !== undefined && isPresent(processes) ? (processes[0]?.pid ?? 0) : 0;
  },
  answersWithoutIt: true,
};

/** vLLM's process between the API server and the workers. */
export const engineCore: Part = {
  name: 'engine core',
  find: ({engine}) =>
    allPids().find((pid) => commandOf(pid) === 'VLLM::EngineCore' && parentOf(pid) === engine.pid) ?? 0,
  answersWithoutIt: true,
};

/** Each engine has a file, so that they run side by side. */
export function testStuckProcesses(engine: string, parts: readonly Part[]): void {
  test('each process that is stopped or spins: degraded within a minute, and restarted if asked to', async () => {
    const home = await openHome();
    const clock = createSteppedClock(home);
    home.configure(silence);
    await home.demo(['--engine', engine, '--speed', '400'], clock.environment);
    for (const part of parts) await stopAndContinue(home, clock, part);
    home.configure(`${silence}\n${restarts}`);
    for (const part of parts) await spinUntilRestarted(home, clock, part);
  }, 600_000);
}

async function stopAndContinue(home: GantryHome, clock: SteppedClock, part: Part): Promise<void> {
  const {engine} = await untilBusy(home);
  const pid = await findPid(home, part);
  process.kill(pid, 'SIGSTOP');
  try {
    await untilDegraded(home, clock, part);
    const degraded = await home.waitForState('degraded');
    expect(degraded.findings[0], part.name).toMatchObject({
      code: part.answersWithoutIt ? 'lifecycle.not-generating' : 'lifecycle.not-answering',
      evidence: expect.stringContaining(`(pid ${pid}) is stopped`),
      remedy: expect.stringContaining(`kill -CONT ${pid}`),
    });
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  expect((await home.waitForState('ready')).engine.runId).toBe(engine.runId);
}

async function spinUntilRestarted(home: GantryHome, clock: SteppedClock, part: Part): Promise<void> {
  const {engine} = await untilBusy(home);
  process.kill(await findPid(home, part), SPIN_SIGNAL);
  const degraded = await untilDegraded(home, clock, part);
  await home.untilEvent(
    `a restart without the ${part.name}`,
    ({id, code}) => code === 'engine.ready' && id > degraded.id,
  );
  expect((await home.snapshot()).engine.runId).not.toBe(engine.runId);
}

/** Ready, and with requests: an idle engine hangs without a sign. */
async function untilBusy(home: GantryHome): Promise<Snapshot> {
  return home.until(
    'requests that run',
    ({engine, traffic}) =>
      engine.state === 'ready' && isPresent(traffic.runningRequests) && traffic.runningRequests > 0,
  );
}

async function findPid(home: GantryHome, {name, find}: Part): Promise<number> {
  return find(await home.until(`the ${name}`, (now) => find(now) > 0));
}

/** The event, which is of this minute: the clock of the supervisor is moved while its engine makes no step. */
async function untilDegraded(home: GantryHome, clock: SteppedClock, {name, answersWithoutIt}: Part): Promise<Event> {
  const before = (await home.events()).at(-1)?.id ?? 0;
  return eventually(
    async () => {
      const found = (await home.events()).find(({id, code}) => code === 'engine.degraded' && id > before);
      if (found !== undefined) return found;
      if (answersWithoutIt) clock.advanceBy(STEP_MS);
      return null;
    },
    `the engine to be degraded without its ${name}`,
    {everyMs: 1_000},
  );
}
