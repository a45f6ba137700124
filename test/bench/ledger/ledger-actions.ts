import {setTimeout as delay} from 'node:timers/promises';
import {eventually} from '../../harness/eventually.ts';
import type {SupervisedNode} from './supervised-node.ts';

const MS_PER_HOUR = 3_600_000;
const LONGEST_DELAY_MS = 2_500;
/** A dated price is in force this long after it was written: by then every supervisor has read it. */
const DATED_AHEAD_MS = 8_000;
const STEPS_HOURS = [-20, -0.5, 0, 0.5, 30, 9_600];

/** What happens to a node, from a state in which it serves; returns what that was. */
type Action = (node: SupervisedNode) => Promise<string>;

async function pause(node: SupervisedNode): Promise<void> {
  await delay(node.random() * LONGEST_DELAY_MS);
}

async function killSupervisor(node: SupervisedNode): Promise<string> {
  const {supervisor} = await node.serving();
  await node.kill(supervisor.pid);
  await pause(node);
  return 'supervisor killed';
}

async function killEngine(node: SupervisedNode): Promise<string> {
  const {engine} = await node.serving();
  await node.kill(engine.pid);
  return 'engine killed';
}

async function killBoth(node: SupervisedNode): Promise<string> {
  const {engine, supervisor} = await node.serving();
  await Promise.all([node.kill(supervisor.pid), node.kill(engine.pid)]);
  return 'both killed';
}

async function killUnwatched(node: SupervisedNode): Promise<string> {
  const {engine, supervisor} = await node.serving();
  await node.kill(supervisor.pid);
  await pause(node);
  await node.kill(engine.pid);
  await pause(node);
  return 'supervisor killed, then the engine';
}

async function terminate(node: SupervisedNode): Promise<string> {
  const {supervisor} = await node.serving();
  await node.kill(supervisor.pid, 'SIGTERM');
  await pause(node);
  return 'supervisor stopped';
}

async function freeze(node: SupervisedNode): Promise<string> {
  const {supervisor} = await node.serving();
  process.kill(supervisor.pid, 'SIGSTOP');
  await pause(node);
  process.kill(supervisor.pid, 'SIGCONT');
  return 'supervisor frozen for a while';
}

async function resetCore(node: SupervisedNode, isUnwatched: boolean): Promise<string> {
  const {supervisor} = await node.serving();
  const core = node.below(node.coreCount);
  if (isUnwatched) await node.kill(supervisor.pid);
  await node.resetCore(core);
  await pause(node);
  return `core ${core} of ${node.coreCount} began again${isUnwatched ? ', unwatched' : ''}`;
}

/** Never back beyond a dated price that was in force: a clock that is wrong has no one price. */
async function stepClock(node: SupervisedNode): Promise<string> {
  const {supervisor} = await node.serving();
  const allowed = STEPS_HOURS.filter((hours) => hours * MS_PER_HOUR >= node.leastOffsetMs);
  const hours = allowed[node.below(allowed.length)] ?? 0;
  const isUnwatched = node.below(3) === 0;
  if (isUnwatched) await node.kill(supervisor.pid);
  node.clock.stepWallTo(hours * MS_PER_HOUR);
  await node.serving();
  await node.untilKept();
  return `clock set to ${hours} h${isUnwatched ? ', unwatched' : ''}`;
}

async function suspend(node: SupervisedNode): Promise<string> {
  await node.serving();
  const minutes = 1 + node.below(100);
  node.clock.advanceBy(minutes * 60_000 + node.below(1_000));
  await node.untilKept();
  return `host suspended for ${minutes} minutes`;
}

async function datePrice(node: SupervisedNode): Promise<string> {
  const {supervisor} = await node.serving();
  const fromMs = node.clock.unsteppedMs() + DATED_AHEAD_MS + node.below(1_000);
  node.terms.datePrice(fromMs + node.clock.offsetMs(), fromMs);
  node.leastOffsetMs = node.clock.offsetMs();
  const isUnwatched = node.below(2) === 0;
  if (isUnwatched) await node.kill(supervisor.pid);
  node.configure();
  await eventually(() => node.clock.unsteppedMs() > fromMs, 'the price to be in force', {everyMs: 100});
  await node.serving();
  await node.untilKept();
  return `another price of the node${isUnwatched ? ', unwatched' : ''}`;
}

async function restart(node: SupervisedNode): Promise<string> {
  const {engine} = await node.serving();
  const context = engine.settings?.contextLengthTokens === 65_536 ? '131072' : '65536';
  node.expectEnd(engine.pid);
  await node.run('restart', '--context', context);
  return `restarted with ${context}`;
}

/** Without tokens in between, so that it is known which run has which prices. */
async function changeApi(node: SupervisedNode): Promise<string> {
  const {engine} = await node.serving();
  node.expectEnd(engine.pid);
  await node.run('down');
  await node.untilKept();
  node.terms.changeApi();
  node.configure();
  await eventually(() => node.hasApiInForce(), 'the prices of the API to be in force');
  return 'stopped, other prices of the API, started';
}

async function reboot(node: SupervisedNode): Promise<string> {
  await node.serving();
  await node.untilKept();
  await node.killAll();
  node.clock.reboot(20_000 + node.below(10_000));
  await node.serving();
  await node.untilKept();
  return 'host started again';
}

/** How often each is done. */
const weights: readonly (readonly [weight: number, act: Action])[] = [
  [3, killSupervisor],
  [2, killEngine],
  [2, killBoth],
  [1, killUnwatched],
  [1, terminate],
  [2, freeze],
  [3, async (node) => resetCore(node, false)],
  [2, async (node) => resetCore(node, true)],
  [3, stepClock],
  [1, suspend],
  [2, datePrice],
  [2, restart],
  [2, changeApi],
  [1, reboot],
];
const actions = weights.flatMap(([weight, act]) => Array.from({length: weight}, () => act));

/** One of the actions, by chance. */
export async function actOnce(node: SupervisedNode): Promise<void> {
  const act = actions[node.below(actions.length)];
  await pause(node);
  if (act !== undefined) node.done.push(await act(node));
}
