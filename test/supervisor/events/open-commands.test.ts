import {expect, test} from 'vitest';
import type {Command} from '../../../src/api/commands.ts';
import {commandSchema} from '../../../src/api/commands.ts';
import type {Event} from '../../../src/api/event-schema.ts';
import type {LifecycleState} from '../../../src/domain/lifecycle/lifecycle.ts';
import {initialLifecycleState} from '../../../src/domain/lifecycle/step.ts';
import {openHistory} from '../../../src/history/open-history.ts';
import {EventLog} from '../../../src/supervisor/events/event-log.ts';
import {after, findingOf, runOf, settingsOf, type TimelessEvent} from '../../domain/lifecycle/lifecycle-samples.ts';

const console = {client: 'console', terminal: 'root@pts/3'};
const cli = {client: 'cli', terminal: 'root@pts/4'};
const settings = settingsOf();
const restartOf = (drainMs = 0) => commandSchema.parse({type: 'restart', drainMs});

/** A log over a lifecycle; every supervisor of one history is opened with `next`. */
function bench(state: LifecycleState = initialLifecycleState()) {
  const history = openHistory({path: ':memory:'});
  if (!history.ok) throw new Error(history.error.message);
  let nowMs = 10_000;
  const told: Event[] = [];
  const openLog = () => {
    const clock = {nowMs: () => nowMs, monotonicMs: () => nowMs};
    const log = new EventLog({history: history.value, clock, onTrouble: () => undefined});
    log.subscribe((event) => told.push(event));
    return log;
  };
  let log = openLog();
  let current = state;
  const happen = (...events: TimelessEvent[]) => {
    for (const event of events) {
      nowMs += 1_000;
      const before = current;
      current = after([event], before).state;
      log.onStateChange(current, before);
    }
  };
  const request = (command: Command, sender: typeof console, event: TimelessEvent) =>
    log.during('command', () => {
      happen(event);
      return log.onCommand(command, {accepted: true, message: 'Begun.'}, sender, current);
    });
  const ends = () =>
    told
      .filter(({details}) => 'commandId' in details)
      .map(({code, message, details}) => ({code, message, id: details['commandId'], finding: details['finding']}));
  return {
    happen,
    request,
    ends,
    takeOver: (found: LifecycleState) => {
      log = openLog();
      current = found;
      log.onTakenOver(found);
    },
  };
}

const start: TimelessEvent = {type: 'start-requested', settings, force: false};
const stop: TimelessEvent = {type: 'stop-requested', drainMs: 0};
const restart = (to = settings): TimelessEvent => ({
  type: 'restart-requested',
  settings: to,
  drainMs: 60_000,
  force: false,
});
const begun: readonly TimelessEvent[] = [
  {type: 'preflight-passed', attempt: 1},
  {type: 'engine-spawned', run: runOf(1)},
];
const adopted: TimelessEvent = {type: 'engine-adopted', run: runOf(1), settings, readyAtMs: 5};
const serving = after([adopted]).state;
const gone: readonly TimelessEvent[] = [
  {type: 'engine-exited', runId: 'run-1', status: 0},
  {type: 'processes-gone', runId: 'run-1'},
  {type: 'memory-freed', runId: 'run-1'},
];

test('a start is done when the engine is ready, not before', () => {
  const {happen, request, ends} = bench();
  const id = request(commandSchema.parse({type: 'start'}), console, start);
  happen(...begun);
  expect(ends()).toEqual([]);
  happen({type: 'probe-succeeded', runId: 'run-1'});
  expect(ends()).toMatchObject([{code: 'command.done', id, message: 'Done after 3 s: start by console root@pts/3.'}]);
});

test('a start that found another one under way says that it joined it', () => {
  const {happen, request, ends} = bench();
  request(commandSchema.parse({type: 'start'}), console, start);
  request(commandSchema.parse({type: 'start'}), cli, start);
  happen(...begun);
  request(commandSchema.parse({type: 'start'}), cli, start);
  happen({type: 'probe-succeeded', runId: 'run-1'});
  const joined = 'start by cli root@pts/4, which joined a start already under way.';
  expect(ends().map(({message}) => message)).toEqual([
    expect.stringMatching(/: start by console root@pts\/3\.$/),
    expect.stringContaining(joined),
    expect.stringContaining(joined),
  ]);
});

test('a start whose engine fails has failed, once, with the reason', () => {
  const {happen, request, ends} = bench();
  const id = request(commandSchema.parse({type: 'start'}), console, start);
  happen({type: 'preflight-refused', attempt: 1, finding: findingOf('preflight.port-in-use')});
  happen(stop);
  expect(ends()).toMatchObject([{code: 'command.failed', id, finding: 'preflight.port-in-use'}]);
  expect(ends()[0]?.message).toContain('preflight.port-in-use happened.');
});

test('a stop is done when the engine is stopped', () => {
  const {happen, request, ends} = bench(serving);
  const id = request(commandSchema.parse({type: 'stop'}), cli, stop);
  expect(ends()).toEqual([]);
  happen(...gone);
  expect(ends()).toMatchObject([{code: 'command.done', id}]);
});

test('a second restart to the same settings leaves the first one open; to others, it cancels it', () => {
  const {happen, request, ends} = bench(serving);
  const first = request(restartOf(60_000), console, restart());
  const second = request(restartOf(60_000), cli, restart());
  expect(ends()).toEqual([]);
  const third = request(restartOf(60_000), cli, restart(settingsOf(65_536)));
  expect(ends().map(({code, id}) => [code, id])).toEqual([
    ['command.cancelled', first],
    ['command.cancelled', second],
  ]);
  happen(...gone, {type: 'preflight-refused', attempt: 1, finding: findingOf('gpu.lost')});
  expect(ends().at(-1)).toMatchObject({code: 'command.failed', id: third, finding: 'gpu.lost'});
});

test('a restart cancels a stop that is draining', () => {
  const {request, ends} = bench(serving);
  const stopped = request(commandSchema.parse({type: 'stop', drainMs: 60_000}), console, {
    type: 'stop-requested',
    drainMs: 60_000,
  });
  request(restartOf(60_000), cli, restart());
  expect(ends()).toMatchObject([
    {
      code: 'command.cancelled',
      id: stopped,
      message: 'Cancelled by the restart of cli root@pts/4: stop by console root@pts/3.',
    },
  ]);
});

test('the next supervisor ends what the earlier one did not finish', () => {
  const {request, ends, takeOver} = bench(serving);
  const id = request(restartOf(60_000), console, restart());
  takeOver(serving);
  expect(ends()).toMatchObject([{code: 'command.failed', id}]);
  // Once only.
  takeOver(serving);
  expect(ends()).toHaveLength(1);
});

test('a start that another supervisor took over continues', () => {
  const {happen, request, ends, takeOver} = bench();
  const id = request(commandSchema.parse({type: 'start'}), console, start);
  happen(...begun);
  const run = {...runOf(1), startedAtMs: 12_000};
  takeOver(after([{type: 'engine-adopted', run, settings, readyAtMs: null}]).state);
  expect(ends()).toEqual([]);
  happen({type: 'probe-succeeded', runId: 'run-1'});
  expect(ends()).toMatchObject([{code: 'command.done', id}]);
});

test('a stop that another supervisor took over continues', () => {
  const {happen, request, ends, takeOver} = bench(serving);
  const id = request(commandSchema.parse({type: 'stop'}), console, stop);
  takeOver(after([{...adopted, isStopRequested: true}]).state);
  expect(ends()).toEqual([]);
  happen(...gone);
  expect(ends()).toMatchObject([{code: 'command.done', id}]);
});
