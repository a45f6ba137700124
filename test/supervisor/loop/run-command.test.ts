import {expect, test} from 'vitest';
import type {Event} from '../../../src/api/event-schema.ts';
import type {LifecycleState} from '../../../src/domain/lifecycle/lifecycle.ts';
import {initialLifecycleState} from '../../../src/domain/lifecycle/step.ts';
import {transition} from '../../../src/domain/lifecycle/transition.ts';
import {openHistory} from '../../../src/history/open-history.ts';
import {createValueDigests} from '../../../src/supervisor/access/value-digests.ts';
import {ConfigurationInForce} from '../../../src/supervisor/configuration/configuration-in-force.ts';
import {EventLog} from '../../../src/supervisor/events/event-log.ts';
import {CommandDesk} from '../../../src/supervisor/loop/command-desk.ts';
import {createCommandRunner} from '../../../src/supervisor/loop/run-command.ts';
import {runOf} from '../../domain/lifecycle/lifecycle-samples.ts';
import {fakeSource} from '../configuration/fake-source.ts';
import {configured, fakeWorld} from '../launch/fake-world.ts';

/** The commands of a supervisor over a lifecycle that starts here. */
function bench(from: Partial<LifecycleState> = {}, isIdle = true) {
  const history = openHistory({path: ':memory:'});
  if (!history.ok) throw new Error(history.error.message);
  let state: LifecycleState = {...initialLifecycleState(), ...from};
  const clock = {nowMs: () => 5_000, monotonicMs: () => 0};
  const events = new EventLog({history: history.value, clock, onTrouble: () => undefined});
  const told: Event[] = [];
  events.subscribe((event) => told.push(event));
  const {source} = fakeSource('');
  const configuration = new ConfigurationInForce(source, {
    record: (event) => events.record(event),
    state: () => state,
    entries: [],
    digests: createValueDigests(),
  });
  const commands = new CommandDesk({
    world: fakeWorld(),
    context: () => ({state, next: configured, ownPids: new Set(), nowMs: 5_000}),
    refreshOwnPids: () => Promise.resolve(),
    post: (event) => {
      const before = state;
      const {refusal, message, ...next} = transition(before, {...event, atMs: 5_000});
      ({state} = next);
      events.onStateChange(state, before);
      return {message: message ?? null, refusal: refusal ?? null};
    },
  });
  const engine = {
    commands,
    get state() {
      return state;
    },
  };
  const left: string[] = [];
  const run = createCommandRunner({
    engine,
    events,
    configuration,
    findings: () => [],
    isIdle: () => isIdle,
    leave: (reason) => left.push(reason),
  });
  return {run, told, left, configuration, state: () => state};
}

const running: Partial<LifecycleState> = {state: 'ready', settings: configured, run: runOf(1), readyAtMs: 1_000};
const console = {client: 'console', terminal: 'root@pts/3'};
const other = {client: 'console', terminal: 'root@pts/4'};

const restartDefaults = {change: {}, force: true, lastGood: false, rollback: false} as const;

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

test('a shutdown is answered, recorded, and only then done', async () => {
  const {run, told, left} = bench();
  const reply = await run({type: 'shutdown'}, console);
  expect([reply.accepted, left]).toEqual([true, []]);
  expect(told).toMatchObject([{code: 'command.accepted', details: {command: 'shutdown', client: 'console'}}]);
  await nextTurn();
  expect(left).toHaveLength(1);
});

test('a shutdown with an engine is refused, recorded with the run, and nothing is left', async () => {
  const {run, told, left} = bench(running, false);
  expect(await run({type: 'shutdown'}, console)).toMatchObject({
    accepted: false,
    error: {code: 'supervisor.engine-known'},
  });
  expect(told).toMatchObject([
    {code: 'command.refused', runId: 'run-1', details: {command: 'shutdown', error: 'supervisor.engine-known'}},
  ]);
  await nextTurn();
  expect(left).toEqual([]);
});

test('an accepted start is recorded before its effects, and its settings are kept with their origins', async () => {
  const {run, told, configuration, state} = bench();
  const reply = await run({type: 'start', settings: {...configured, port: 8_555}, force: true}, console);
  expect(reply.accepted).toBe(true);
  expect(told.map(({code, actor}) => [code, actor])).toEqual([
    ['command.accepted', 'operator'],
    ['engine.preflight', 'operator'],
  ]);
  expect(state().settings?.port).toBe(8_555);
  const kept = configuration.launches.of({...configured, port: 8_555}, configuration.current.launch);
  expect(kept.origins.port).toEqual({from: 'command', client: 'console'});
});

test('a refused start changes nothing and is recorded with its reason', async () => {
  const {run, told, state} = bench(running);
  const reply = await run({type: 'start', settings: {...configured, port: 8_555}, force: true}, console);
  expect(reply.accepted).toBe(false);
  expect(told.map(({code}) => code)).toEqual(['command.refused']);
  expect(state().run?.runId).toBe('run-1');
});

test('a stop from another console cancels a restart that is draining, and the events say who did it', async () => {
  const {run, told} = bench(running);
  const restarted = await run({type: 'restart', ...restartDefaults, drainMs: 60_000}, console);
  await run({type: 'stop', drainMs: 0}, other);
  const commandId = restarted.accepted ? restarted.commandId : null;
  expect(told.map(({code}) => code)).toEqual([
    'command.accepted',
    'engine.draining',
    'command.accepted',
    'command.cancelled',
    'engine.stopping',
  ]);
  expect(told[0]).toMatchObject({id: commandId, details: {outcome: 'open', terminal: 'root@pts/3'}});
  expect(told[3]).toMatchObject({
    actor: 'operator',
    message: 'Cancelled by the stop of console root@pts/4: restart by console root@pts/3.',
    details: {commandId, cancelledById: told[2]?.id, client: 'console', terminal: 'root@pts/4'},
  });
});

test('a command that asks for what is the case already ends with its own event', async () => {
  const {run, told} = bench(running);
  expect(await run({type: 'start', settings: configured, force: true}, console)).toMatchObject({accepted: true});
  expect(told).toMatchObject([{code: 'command.accepted', details: {outcome: 'done'}}]);
});
