import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import type {Snapshot} from '../../src/api/snapshot.ts';
import {eventually} from '../harness/eventually.ts';
import type {GantryHome} from '../harness/gantry-home.ts';
import {isAlive} from '../harness/processes.ts';
import {recordedTypes} from '../harness/recorded-types.ts';
import {checkLedger} from './kill-ledger.ts';

const SPEED = 400;
const SETTLED_WITHIN_MS = 120_000;
const victims = ['supervisor', 'engine', 'both'] as const;
export type Victim = (typeof victims)[number];

type Goal = {readonly contextLengthTokens?: number; readonly memoryFraction?: number} | null;

/** A step of the lifecycle: what is asked for, and the entries of the journal after which the kill takes place. */
type Step = {
  readonly name: string;
  readonly ask: (home: GantryHome, context: number) => Promise<unknown>;
  readonly entries: readonly string[];
  /** The longest random delay after that. */
  readonly upToMs: number;
  readonly goal: (context: number) => Goal;
  readonly isFromStopped?: true;
};

const restart =
  (words: readonly string[] = []) =>
  (home: GantryHome, context: number) =>
    home.run(['restart', '--context', String(context), ...words]);
const toContext = (contextLengthTokens: number): Goal => ({contextLengthTokens});
const up = (home: GantryHome) => home.run(['demo', '--detach', '--speed', String(SPEED)]);
const down = (words: readonly string[]) => (home: GantryHome) => home.run(['down', ...words]);

/** Every step that the journal shows; what lies between two of them is reached by the random delay. */
export const steps: readonly Step[] = [
  {name: 'restart recorded', ask: restart(), entries: ['intention-begun'], upToMs: 0, goal: toContext},
  {
    name: 'restart drains',
    ask: restart(['--drain', '2s']),
    entries: ['run-stop-requested'],
    upToMs: 2_500,
    goal: toContext,
  },
  {name: 'restart stops', ask: restart(), entries: ['run-stop-requested'], upToMs: 60, goal: toContext},
  {name: 'restart waits for memory', ask: restart(), entries: ['run-ended'], upToMs: 60, goal: toContext},
  {name: 'restart launches', ask: restart(), entries: ['run-ended', 'run-launching'], upToMs: 0, goal: toContext},
  {name: 'restart loads', ask: restart(), entries: ['run-ended', 'run-started'], upToMs: 1_500, goal: toContext},
  {name: 'restart is ready', ask: restart(), entries: ['run-ended', 'run-ready'], upToMs: 500, goal: toContext},
  {name: 'stop drains', ask: down(['--drain', '2s']), entries: ['run-stop-requested'], upToMs: 2_500, goal: () => null},
  {name: 'stop kills', ask: down([]), entries: ['run-stop-requested'], upToMs: 60, goal: () => null},
  {name: 'stop is over', ask: down([]), entries: ['run-ended'], upToMs: 60, goal: () => null},
  {name: 'start checks', ask: up, entries: ['intention-begun'], upToMs: 100, goal: () => ({}), isFromStopped: true},
  {name: 'start launches', ask: up, entries: ['run-launching'], upToMs: 0, goal: () => ({}), isFromStopped: true},
  {name: 'start loads', ask: up, entries: ['run-started'], upToMs: 1_500, goal: () => ({}), isFromStopped: true},
  {name: 'automatic restart waits', ask: crash, entries: ['intention-begun'], upToMs: 800, goal: () => ({})},
  {
    name: 'automatic restart loads',
    ask: crash,
    entries: ['intention-begun', 'run-started'],
    upToMs: 800,
    goal: () => ({}),
  },
  {
    name: 'rollback returns',
    ask: (home) => home.run(['restart', '--context', '262144', '--memory-fraction', '0.57', '--force', '--rollback']),
    entries: ['intention-begun', 'intention-begun'],
    upToMs: 1_000,
    goal: () => ({memoryFraction: 0.9}),
  },
];

async function crash(home: GantryHome): Promise<void> {
  const {engine} = await home.snapshot();
  kill(engine.pid);
}

function kill(pid: number | null): void {
  if (pid !== null && isAlive(pid)) process.kill(pid, 'SIGKILL');
}

/** The configuration of a home whose engine is killed again and again. */
export const killedHome =
  'restart: {firstDelaySeconds: 1, maxDelaySeconds: 2, maxInARow: 1000, stableMinutes: 0.02}\nsupervisor: {idleExitMinutes: 60}';

/** What the kills of one home have led to. Anything lost is thrown. */
export type Outcomes = {reached: number; told: number; late: number};

type Watch = {
  readonly isOver?: () => boolean;
  /** Called after each kill that has lost nothing. */
  readonly onKill?: (line: string) => void;
};

type Cell = {readonly step: Step; readonly victim: Victim};

/** One kill of each victim in each of these steps, in an order by `random`, until `isOver`. */
export async function killInSteps(
  home: GantryHome,
  cells: readonly Cell[],
  random: () => number,
  {isOver = () => false, onKill = () => undefined}: Watch = {},
): Promise<Outcomes> {
  const outcomes: Outcomes = {reached: 0, told: 0, late: 0};
  for (const {step, victim} of cells) {
    if (isOver()) break;
    const startedMs = performance.now();
    await killOnce(home, {step, victim}, random(), outcomes);
    onKill(`${((performance.now() - startedMs) / 1000).toFixed(1).padStart(6)} s  ${victim} killed, ${step.name}`);
  }
  return outcomes;
}

/** All cells of the matrix. */
export const allCells = steps.flatMap((step) => victims.map((victim) => ({step, victim})));

async function killOnce(home: GantryHome, {step, victim}: Cell, chance: number, outcomes: Outcomes): Promise<void> {
  const where = `${victim} killed, ${step.name}`;
  try {
    const before = await prepare(home, step);
    const context = before.engine.settings?.contextLengthTokens === 65_536 ? 131_072 : 65_536;
    const from = recordedTypes(home).length;
    const asked = step.ask(home, context);
    const isSeen = await entriesSeen(home, from, step.entries, asked);
    if (!isSeen) outcomes.late += 1;
    await delay(chance * step.upToMs);
    if (victim !== 'engine') kill(before.supervisor.pid);
    if (victim !== 'supervisor') killEngine(home);
    await asked;
    const after = await settled(home);
    checkProcesses(home, after);
    if (after !== null) await checkLedger(home, after);
    if (isAsked(step.goal(context), after)) outcomes.reached += 1;
    else if (victim === 'supervisor')
      throw new Error(`the engine is ${after?.engine.state ?? 'down'}, and was not killed`);
    else await explained(home, after, outcomes);
  } catch (error) {
    throw new Error(`${where}: ${error instanceof Error ? error.message : String(error)}`, {cause: error});
  }
}

/** Ready, or stopped where the step begins there. */
async function prepare(home: GantryHome, {isFromStopped}: Step): Promise<Snapshot> {
  const now = (await home.snapshotOrNull()) ?? null;
  if (now?.engine.state !== 'ready') await up(home);
  const ready = await home.waitForState('ready', SETTLED_WITHIN_MS);
  if (isFromStopped !== true) return ready;
  await home.run(['down']);
  return home.waitForState('stopped', SETTLED_WITHIN_MS);
}

/** True once the journal has these entries, one after the other; false if the command ended without. */
async function entriesSeen(
  home: GantryHome,
  from: number,
  wanted: readonly string[],
  asked: Promise<unknown>,
): Promise<boolean> {
  let isOver = false;
  void asked.finally(() => {
    isOver = true;
  });
  const deadlineMs = performance.now() + 20_000;
  while (performance.now() < deadlineMs) {
    const found = recordedTypes(home).slice(from);
    let at = -1;
    const isThere = wanted.every((type) => {
      at = found.indexOf(type, at + 1);
      return at >= 0;
    });
    if (isThere) return true;
    if (isOver && performance.now() > deadlineMs - 10_000) return false;
    await delay(1);
  }
  return false;
}

/** The process of the newest run. */
function killEngine(home: GantryHome): void {
  for (const runId of livingRuns(home)) {
    const file = path.join(home.directory, 'state', 'runs', runId, 'engine.pid');
    try {
      kill(Number(readFileSync(file, 'utf8')));
    } catch {
      // The shim has not written it: the engine has not started.
    }
  }
}

/** A state from which nothing changes by itself, null for no supervisor and nothing to do, under whichever supervisor the next command finds or starts. */
async function settled(home: GantryHome): Promise<Snapshot | null> {
  const {found} = await eventually(
    async () => {
      const status = await home.snapshotOrNull();
      if (status === null) {
        const {exitCode, stderr} = await home.run(['status']);
        // Nothing was left to carry on; engines of other homes may be named.
        return exitCode === 69 && /No supervisor is running/.test(stderr) ? {found: null} : null;
      }
      checkProcesses(home, null);
      const {state, runId} = status.engine;
      const isOver = state === 'ready' || ((state === 'stopped' || state === 'failed') && runId === null);
      return isOver ? {found: status} : null;
    },
    'the end of what was asked for',
    {withinMs: SETTLED_WITHIN_MS, everyMs: 50},
  );
  return found;
}

function isAsked(goal: Goal, after: Snapshot | null): boolean {
  if (after === null) return goal === null;
  const {engine} = after;
  if (goal === null) return engine.state === 'stopped';
  if (engine.state !== 'ready') return false;
  return Object.entries(goal).every(([name, value]) =>
    Object.entries(engine.settings ?? {}).some(([key, is]) => key === name && is === value),
  );
}

/** Not reached: the engine is down, and a finding, or the event of what failed, has the reason. */
async function explained(home: GantryHome, after: Snapshot | null, outcomes: Outcomes): Promise<void> {
  const isDown = after === null || after.engine.state === 'failed';
  const hasFinding = after?.findings.some(({severity}) => severity === 'critical') === true;
  const hasEvent = (await home.events())
    .slice(-30)
    .some(({code}) => code === 'command.failed' || code === 'engine.failed');
  if (isDown && (hasFinding || hasEvent)) {
    outcomes.told += 1;
    return;
  }
  const told = after?.findings.map(({code}) => code).join(', ') ?? 'no supervisor';
  throw new Error(
    `the engine is ${after?.engine.state ?? 'down'}, not what was asked for, and nothing says why (${told})`,
  );
}

/** Throws for an engine that no supervisor knows, and for two. */
function checkProcesses(home: GantryHome, after: Snapshot | null): void {
  const living = livingRuns(home);
  if (living.length > 1) throw new Error(`two engines run: ${living.join(', ')}`);
  const [runId] = living;
  if (after === null || runId === undefined || runId === after.engine.runId) return;
  throw new Error(`an engine runs that the supervisor does not know: ${runId}`);
}

/** Runs of this home whose engine exists. */
function livingRuns(home: GantryHome): readonly string[] {
  const runs = path.join(home.directory, 'state', 'runs');
  return namesIn(runs).filter((runId) => {
    try {
      const pid = Number(readFileSync(path.join(runs, runId, 'engine.pid'), 'utf8'));
      const isOwn = readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`GANTRY_RUN_ID=${runId}`);
      return isOwn && isAlive(pid);
    } catch {
      return false;
    }
  });
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
