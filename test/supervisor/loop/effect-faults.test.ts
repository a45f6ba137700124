import {expect, test} from 'vitest';
import {detailsOf} from '../../../src/domain/diagnosis/details/details.ts';
import type {LifecycleEffect, LifecycleEvent} from '../../../src/domain/lifecycle/lifecycle.ts';
import {LaunchFault} from '../../../src/supervisor/launch/launch-fault.ts';
import type {WithoutTime} from '../../../src/supervisor/loop/clock.ts';
import {createEffectPerformer} from '../../../src/supervisor/loop/effect-faults.ts';
import {createMailbox} from '../../../src/supervisor/loop/mailbox.ts';
import type {Observation} from '../../../src/supervisor/snapshot/observation.ts';
import {runOf, settingsOf} from '../../domain/lifecycle/lifecycle-samples.ts';

const run = runOf(1);
const {runId} = run;
const settings = settingsOf();
const check = {type: 'run-preflight', attempt: 3, settings, force: false, isAutomatic: true} as const;
const launch = {type: 'spawn-engine', settings} as const;
const probe = {type: 'probe-readiness', runId} as const;
const stop = {type: 'terminate-leader', run} as const;
const rest = [
  stop,
  {type: 'kill-session', run},
  {type: 'verify-stopped', run},
  {type: 'wait-for-drain', runId, deadlineAtMs: 0},
  {type: 'record', entry: {type: 'run-adopted', runId, atMs: 0}},
  {type: 'set-timer', timer: 'kill', id: 1, afterMs: 5},
  {type: 'clear-timer', timer: 'kill'},
] as const satisfies readonly LifecycleEffect[];

function bench() {
  const seen: Observation[] = [];
  const posted: WithoutTime<LifecycleEvent>[] = [];
  const printed: string[] = [];
  const perform = createEffectPerformer({
    clock: {nowMs: () => 0},
    observe: (observation) => seen.push(observation),
    post: (event) => posted.push(event),
    print: (text) => printed.push(text),
  });
  return {perform, seen, posted, printed};
}

const fails = (): null => {
  throw new TypeError('no such thing');
};
const failsLater = async () => fails();
const failed = {code: 'supervisor.effect-failed', severity: 'critical'};

test.each([
  ['at once', fails],
  ['later', failsLater],
])('an effect that throws %s is answered where the lifecycle waits for an answer', async (_, act) => {
  const {perform, posted, printed} = bench();
  for (const effect of [check, launch, probe]) perform(effect, act);
  await Promise.resolve();
  await Promise.resolve();
  expect(posted).toMatchObject([
    {type: 'preflight-refused', attempt: 3, finding: failed},
    {type: 'spawn-failed', finding: failed},
    {type: 'probe-failed', runId, answer: expect.stringContaining('no such thing')},
  ]);
  expect(printed.join('')).toMatch(/run-preflight: TypeError: no such thing\n +at /);
});

test('a launch that throws after the engine was started is answered with the engine, and reported', async () => {
  const {perform, posted, seen} = bench();
  perform(launch, () => Promise.reject(new LaunchFault(new Error('EIO'), run, '0.28.0')));
  await Promise.resolve();
  await Promise.resolve();
  expect(posted).toEqual([{type: 'engine-spawned', run, version: '0.28.0'}]);
  const message = expect.stringMatching(
    /launching the engine: EIO \(the engine had been started by then, pid 1001, and is/,
  );
  expect(seen).toMatchObject([{type: 'own-finding', finding: {...failed, message}}]);
  perform(launch, () => Promise.resolve(null));
  await Promise.resolve();
  await Promise.resolve();
  expect(seen.at(-1)).toMatchObject({type: 'own-finding-resolved'});
});

test.each(rest)('$type that throws is a finding with the effect and the error, until it succeeds', (effect) => {
  const {perform, seen, posted} = bench();
  perform(effect, fails);
  const [raised] = seen;
  if (raised?.type !== 'own-finding') throw new Error('nothing was reported');
  expect(raised.finding).toMatchObject(failed);
  const details = detailsOf(raised.finding, 'supervisor.effect-failed');
  expect(details).toEqual({effect: effect.type, error: 'no such thing'});
  expect(posted).toEqual([]);
  perform({type: 'record', entry: {type: 'run-ready', runId, atMs: 0}}, () => null);
  expect(seen).toHaveLength(effect.type === 'record' ? 2 : 1);
  perform(effect, () => null);
  expect(seen.slice(1)).toEqual([{type: 'own-finding-resolved', topic: raised.topic}]);
  perform(effect, () => null);
  expect(seen, 'nothing is left to resolve').toHaveLength(2);
});

test('the effects after one that throws take place, and the next events too', () => {
  const done: string[] = [];
  const {perform, seen} = bench();
  const mailbox = createMailbox<number, 'end', LifecycleEffect, string>({
    initial: 0,
    transition: (state) => ({state: state + 1, effects: rest}),
    perform: (effect) =>
      perform(effect, () => {
        if (effect.type === 'terminate-leader') throw new RangeError('pid');
        done.push(effect.type);
        return null;
      }),
    onChange: () => undefined,
  });
  mailbox.post('end');
  expect(done).toEqual(rest.slice(1).map(({type}) => type));
  mailbox.post('end');
  expect([done.length, mailbox.getState(), seen.length]).toEqual([12, 2, 2]);
});

test('what follows from a result is no part of the effect: its exception is not reported as one', async () => {
  const {perform, seen, posted} = bench();
  const later = Promise.withResolvers<unknown>();
  const handlers = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  process.once('unhandledRejection', later.resolve);
  try {
    perform(check, async () => () => void fails());
    expect(await later.promise).toBeInstanceOf(TypeError);
  } finally {
    for (const handler of handlers) process.on('unhandledRejection', handler);
  }
  expect([seen, posted]).toEqual([[], []]);
});
