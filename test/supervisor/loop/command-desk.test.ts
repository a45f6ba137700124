import {describe, expect, test} from 'vitest';
import type {LifecycleState} from '../../../src/domain/lifecycle/lifecycle.ts';
import {initialLifecycleState} from '../../../src/domain/lifecycle/step.ts';
import {transition} from '../../../src/domain/lifecycle/transition.ts';
import type {LaunchSettings} from '../../../src/domain/settings/launch-settings.ts';
import type {JudgementWorld} from '../../../src/supervisor/launch/world/judgement-world.ts';
import {CommandDesk, type CommandDeskOptions} from '../../../src/supervisor/loop/command-desk.ts';
import type {StartCommand} from '../../../src/supervisor/loop/engine-commands.ts';
import {runOf} from '../../domain/lifecycle/lifecycle-samples.ts';
import {configured, fakeWorld, inventoryOf} from '../launch/fake-world.ts';

type Posted = Parameters<CommandDeskOptions['post']>[0];

const serving: LifecycleState = {
  ...initialLifecycleState(),
  state: 'ready',
  settings: configured,
  run: runOf(1),
  readyAtMs: 1_000,
};

/** A desk before a lifecycle that takes part; `posted` is what reached it. */
function openDesk(from: LifecycleState, world: Partial<JudgementWorld> = {}, next: LaunchSettings | null = null) {
  let state = from;
  const posted: Posted[] = [];
  const desk = new CommandDesk({
    world: fakeWorld(world),
    context: () => ({
      state,
      next: next ?? state.settings ?? state.lastGoodSettings ?? configured,
      ownPids: new Set(),
      nowMs: 5_000,
    }),
    refreshOwnPids: () => Promise.resolve(),
    post: (event) => {
      posted.push(event);
      const next = transition(state, {...event, atMs: 5_000});
      state = next.state;
      return {message: next.message ?? null, refusal: next.refusal ?? null};
    },
  });
  return {desk, posted};
}

const start = (change: object = {}): StartCommand => ({
  type: 'start',
  settings: {...configured, ...change},
  force: false,
});
const restart = (change: object): StartCommand => ({
  type: 'restart',
  change,
  drainMs: 0,
  force: false,
  lastGood: false,
  rollback: false,
});
const stop = {type: 'stop', drainMs: 0} as const;

describe('a command', () => {
  test('that would fail is refused before it reaches the lifecycle, and the engine is not touched', async () => {
    const {desk, posted} = openDesk(serving);
    expect(await desk.refuse(restart({tensorParallelSize: 2}))).toMatchObject({code: 'preflight.does-not-fit'});
    expect(await desk.refuse(restart({model: 'nosuch/model'}))).toMatchObject({code: 'preflight.no-plan'});
    expect(posted).toEqual([]);
    expect(await desk.refuse(restart({contextLengthTokens: 131_072}))).toBeNull();
    expect(desk.run(restart({contextLengthTokens: 131_072}), 'cli root@pts/0')).toMatchObject({accepted: true});
    expect(posted).toMatchObject([{type: 'restart-requested', settings: {contextLengthTokens: 131_072}}]);
  });

  test('to start with a change of the next settings starts with these and the change', async () => {
    const {desk, posted} = openDesk(initialLifecycleState(), {}, {...configured, contextLengthTokens: 131_072});
    const command: StartCommand = {type: 'start', change: {memoryFraction: 0.91}, force: false};
    const preview = await desk.preview({command, gpus: null});
    expect(preview).toMatchObject({value: {settings: {contextLengthTokens: 131_072, memoryFraction: 0.91}}});
    desk.run(command, 'cli root@pts/0');
    expect(posted).toMatchObject([
      {type: 'start-requested', settings: {contextLengthTokens: 131_072, memoryFraction: 0.91}},
    ]);
  });

  test('that the lifecycle would refuse is refused with its reason, without checking the host', async () => {
    const never = {readCards: () => Promise.reject(new Error('the cards were asked for'))};
    const {desk} = openDesk(serving, never);
    expect(await desk.refuse(start({contextLengthTokens: 131_072}))).toMatchObject({code: 'lifecycle.other-settings'});
    const lastGood = {...restart({}), lastGood: true};
    expect(await desk.refuse(lastGood)).toMatchObject({code: 'restart.no-last-good'});
  });

  test('that changes nothing is answered without checking the host', async () => {
    const never = {readCards: () => Promise.reject(new Error('the cards were asked for'))};
    const {desk} = openDesk(serving, never);
    expect(await desk.refuse(start())).toBeNull();
    expect(desk.run(start(), 'cli root@pts/0')).toEqual({accepted: true, message: 'The engine is already running.'});
    expect(await desk.refuse(stop)).toBeNull();
  });

  test('to start is cancelled by a stop while it is judged, not by an earlier one', async () => {
    const cards = Promise.withResolvers<Awaited<ReturnType<JudgementWorld['readCards']>>>();
    const {desk, posted} = openDesk(initialLifecycleState(), {readCards: () => cards.promise});
    desk.run(stop, 'cli root@pts/0');
    const judged = desk.refuse(start());
    // The start waits for the cards now.
    await Promise.resolve();
    expect(desk.run(stop, 'cli root@pts/0')).toMatchObject({accepted: true});
    cards.resolve({inventory: inventoryOf(8), findings: [], unread: null});
    expect(await judged).toMatchObject({code: 'lifecycle.cancelled'});
    expect(await desk.refuse(start())).toBeNull();
    expect(posted.map(({type}) => type)).toEqual(['stop-requested', 'stop-requested']);
  });
});

describe('commands that arrive while one is judged', () => {
  test('wait, and are judged in the resulting state', async () => {
    const judged = Promise.withResolvers<Awaited<ReturnType<JudgementWorld['readCards']>>>();
    const {desk, posted} = openDesk(initialLifecycleState(), {readCards: () => judged.promise});
    const handle = (command: StartCommand | typeof stop) =>
      desk.handle(command, {
        prepare: () => Promise.resolve(),
        perform: () => desk.run(command, 'cli root@pts/0'),
        refuse: (error) => ({accepted: false, error}),
      });
    const first = handle(start());
    const second = handle(start({contextLengthTokens: 131_072}));
    judged.resolve({inventory: inventoryOf(8), findings: [], unread: null});
    expect(await first).toMatchObject({accepted: true});
    expect(await second).toMatchObject({accepted: false, error: {code: 'lifecycle.other-settings'}});
    expect(posted.map(({type}) => type)).toEqual(['start-requested']);
  });

  test('are cancelled by a stop, which never waits; one that throws does not block the next', async () => {
    const cards = {inventory: inventoryOf(8), findings: [], unread: null};
    const asked = Promise.withResolvers<null>();
    const broken = Promise.withResolvers<typeof cards>();
    const answers = [broken.promise];
    const {desk, posted} = openDesk(initialLifecycleState(), {
      readCards: () => {
        asked.resolve(null);
        return answers.shift() ?? Promise.resolve(cards);
      },
    });
    const handle = (command: StartCommand | typeof stop) =>
      desk.handle(command, {
        prepare: () => Promise.resolve(),
        perform: () => desk.run(command, 'cli root@pts/0'),
        refuse: (error) => ({accepted: false, error}),
      });
    const failing = handle(start());
    const waiting = handle(start());
    await asked.promise;
    expect(await handle(stop)).toMatchObject({accepted: true});
    broken.reject(new Error('the cards were lost'));
    await expect(failing).rejects.toThrow('the cards were lost');
    expect(await waiting).toMatchObject({accepted: false, error: {code: 'lifecycle.cancelled'}});
    expect(await handle(start())).toMatchObject({accepted: true});
    expect(posted.map(({type}) => type)).toEqual(['stop-requested', 'start-requested']);
  });
});

test('a stop that arrives while a start before it is prepared cancels that start', async () => {
  const {desk, posted} = openDesk(initialLifecycleState());
  const preparing = Promise.withResolvers<void>();
  const prepared = Promise.withResolvers<void>();
  const handle = (command: StartCommand | typeof stop) =>
    desk.handle(command, {
      prepare: () => {
        preparing.resolve();
        return prepared.promise;
      },
      perform: () => desk.run(command, 'cli root@pts/0'),
      refuse: (error) => ({accepted: false, error}),
    });
  const started = handle(start());
  await preparing.promise;
  expect(await handle(stop)).toMatchObject({accepted: true});
  prepared.resolve();
  expect(await started).toMatchObject({accepted: false, error: {code: 'lifecycle.cancelled'}});
  expect(posted.map(({type}) => type)).toEqual(['stop-requested']);
});

describe('a preview', () => {
  test('of an engine that runs with these settings says so, and has no blockers', async () => {
    const {desk, posted} = openDesk(serving, {
      findPortProblem: () => Promise.resolve({code: 'EADDRINUSE', holder: null}),
    });
    const preview = await desk.preview({command: start(), gpus: null});
    expect(preview).toMatchObject({
      ok: true,
      value: {before: configured, settings: configured, blockers: [], remarks: ['The engine is already running.']},
    });
    const other = await desk.preview({command: start({contextLengthTokens: 131_072}), gpus: null});
    expect(other).toMatchObject({ok: true, value: {blockers: [{code: 'lifecycle.other-settings'}]}});
    expect(posted).toEqual([]);
  });

  test('without an engine has no settings before it', async () => {
    const {desk} = openDesk(initialLifecycleState());
    expect(await desk.preview({command: restart({contextLengthTokens: 131_072}), gpus: null})).toMatchObject({
      ok: true,
      value: {before: null, settings: {...configured, contextLengthTokens: 131_072}, blockers: []},
    });
  });

  test('of other cards is independent of the engine here', async () => {
    const {desk} = openDesk(serving);
    const fits = await desk.preview({command: start({contextLengthTokens: 131_072}), gpus: '8xH200'});
    expect(fits).toMatchObject({
      ok: true,
      value: {blockers: [], plan: {verdict: 'fits', node: {gpuName: 'NVIDIA H200'}}},
    });
    const small = await desk.preview({command: restart({}), gpus: '2xH200'});
    expect(small).toMatchObject({ok: true, value: {blockers: [{code: 'preflight.does-not-fit'}]}});
    expect(await desk.preview({command: restart({}), gpus: '8xH900'})).toMatchObject({
      ok: false,
      error: {code: 'memory.unknown-node'},
    });
  });
});
