import fc from 'fast-check';
import {expect, test} from 'vitest';
import type {LifecycleEffect, LifecycleEvent, LifecycleState} from '../../../src/domain/lifecycle/lifecycle.ts';
import {startPhases} from '../../../src/domain/lifecycle/phases.ts';
import {defaultRestartPolicy, type RestartPolicy} from '../../../src/domain/lifecycle/restart-policy.ts';
import {initialLifecycleState} from '../../../src/domain/lifecycle/step.ts';
import {transition} from '../../../src/domain/lifecycle/transition.ts';
import {findingOf, runOf, settingsOf, type TimelessEvent} from './lifecycle-samples.ts';

/** How the world of one run of the property behaves. */
type Behavior = {
  readonly passesPreflight: boolean;
  readonly spawns: boolean;
  readonly generates: boolean;
  readonly heedsSigterm: boolean;
  readonly diesBySigkill: boolean;
  readonly freesMemory: boolean;
  readonly reportsExit: boolean;
};

const behavior: fc.Arbitrary<Behavior> = fc.record({
  passesPreflight: fc.boolean(),
  spawns: fc.boolean(),
  generates: fc.boolean(),
  heedsSigterm: fc.boolean(),
  diesBySigkill: fc.boolean(),
  freesMemory: fc.boolean(),
  reportsExit: fc.boolean(),
});

/** A model of the node: engines that live and die, and answers on their way to the lifecycle. */
class World {
  state: LifecycleState;
  readonly alive = new Set<string>();
  readonly answers: TimelessEvent[] = [];
  readonly timers = new Map<string, TimelessEvent>();
  private behavior: Behavior;
  private readonly unreported: TimelessEvent[] = [];
  private runCount = 0;
  private atMs = 0;

  constructor(first: Behavior, restart: RestartPolicy) {
    this.behavior = first;
    this.state = initialLifecycleState({policy: {restart}});
  }

  change(next: Behavior): void {
    this.behavior = next;
    if (next.reportsExit) this.answers.push(...this.unreported.splice(0));
  }

  send(event: TimelessEvent): void {
    this.atMs += 1_000;
    const timed: LifecycleEvent = {...event, atMs: this.atMs};
    const {state, effects, refusal} = transition(this.state, timed);
    if (refusal !== undefined) expect({state, effects}).toEqual({state: this.state, effects: []});
    this.state = state;
    const {drain, 'back-off': backOff} = state.internal.timerIds;
    if (drain !== undefined) expect(state.state).toBe('draining');
    if (backOff !== undefined) expect(state.state).toBe('backing-off');
    for (const effect of effects) this.perform(effect);
  }

  crash(): void {
    for (const runId of this.alive) this.end(runId, 1);
  }

  private end(runId: string, status: number): void {
    if (!this.alive.delete(runId)) return;
    (this.behavior.reportsExit ? this.answers : this.unreported).push({type: 'engine-exited', runId, status});
  }

  private perform(effect: LifecycleEffect): void {
    const {behavior} = this;
    switch (effect.type) {
      case 'run-preflight':
        this.answers.push(
          behavior.passesPreflight
            ? {type: 'preflight-passed', attempt: effect.attempt}
            : {type: 'preflight-refused', attempt: effect.attempt, finding: findingOf('refused')},
        );
        break;
      case 'spawn-engine': {
        // The invariant: no engine may be alive, nor one that the lifecycle still has a name for.
        expect([...this.alive]).toEqual([]);
        expect(this.state.run).toBeNull();
        if (!behavior.spawns) {
          this.answers.push({type: 'spawn-failed', finding: findingOf('no-spawn')});
          break;
        }
        this.runCount += 1;
        const run = runOf(this.runCount);
        this.alive.add(run.runId);
        this.answers.push({type: 'engine-spawned', run});
        break;
      }
      case 'probe-readiness':
        this.answers.push(
          behavior.generates && this.alive.has(effect.runId)
            ? {type: 'probe-succeeded', runId: effect.runId}
            : {type: 'probe-failed', runId: effect.runId, answer: 'refused.'},
        );
        break;
      case 'wait-for-drain':
        break;
      case 'terminate-leader':
        if (behavior.heedsSigterm) this.end(effect.run.runId, 0);
        break;
      case 'kill-session':
        if (behavior.diesBySigkill) this.end(effect.run.runId, 137);
        break;
      case 'verify-stopped':
        if (this.alive.has(effect.run.runId)) break;
        this.answers.push({type: 'processes-gone', runId: effect.run.runId});
        if (behavior.freesMemory) this.answers.push({type: 'memory-freed', runId: effect.run.runId});
        break;
      case 'set-timer':
        this.timers.set(effect.timer, {type: 'timer-fired', timer: effect.timer, id: effect.id});
        break;
      case 'clear-timer':
        this.timers.delete(effect.timer);
        break;
      case 'record':
        break;
    }
  }

  /**
   * Lets one answer or timer through, by a number from outside. Answers of one run may overtake each other; only its
   * exit is watched for from the moment on when it is known.
   */
  advance(choice: number): boolean {
    const due = [...this.timers.keys()];
    const count = this.answers.length + due.length;
    if (count === 0) return false;
    const chosen = choice % count;
    const launch = this.answers.findIndex((one) => one.type === 'engine-spawned');
    const index = this.answers[chosen]?.type === 'engine-exited' && launch >= 0 ? launch : chosen;
    const [answer] = this.answers.splice(index, index < this.answers.length ? 1 : 0);
    if (answer !== undefined) {
      this.send(answer);
      return true;
    }
    const name = due[index - this.answers.length];
    const fired = name === undefined ? undefined : this.timers.get(name);
    if (name === undefined || fired === undefined) return false;
    this.timers.delete(name);
    this.send(fired);
    return true;
  }
}

type Move =
  | {readonly type: 'send'; readonly event: TimelessEvent}
  | {readonly type: 'advance'; readonly choice: number}
  | {readonly type: 'crash'}
  | {readonly type: 'behave'; readonly behavior: Behavior};

const settings = fc.constantFrom(settingsOf(131_072), settingsOf(262_144));
const drainMs = fc.constantFrom(0, 60_000);
const hasty: RestartPolicy = {...defaultRestartPolicy, maxRestarts: 2, hangRestartAfterMs: 60_000};
const policies = fc.constantFrom(hasty, defaultRestartPolicy, {...defaultRestartPolicy, isAutomatic: false});
const runIds = fc.constantFrom('run-1', 'run-2', 'run-3');
const verbs: fc.Arbitrary<TimelessEvent> = fc.oneof(
  fc.record({type: fc.constant('start-requested' as const), settings, force: fc.boolean()}),
  fc.record({type: fc.constant('stop-requested' as const), drainMs}),
  fc.record({
    type: fc.constant('restart-requested' as const),
    settings,
    drainMs,
    force: fc.boolean(),
    rollback: fc.boolean(),
  }),
);
const noise: fc.Arbitrary<TimelessEvent> = fc.oneof(
  fc.record({type: fc.constant('log-phase' as const), runId: runIds, phase: fc.constantFrom(...startPhases)}),
  fc.record({
    type: fc.constant('log-progress' as const),
    runId: runIds,
    phase: fc.constantFrom(...startPhases),
    ratio: fc.double(),
  }),
  fc.record({type: fc.constant('log-failure' as const), runId: runIds, finding: fc.constant(findingOf('line'))}),
  fc.record({
    type: fc.constant('progress-stalled' as const),
    runId: runIds,
    stall: fc.constant({stalledMs: 90_000, runningRequests: 2, waitingRequests: 0}),
  }),
  fc.record({type: fc.constant('progress-resumed' as const), runId: runIds}),
  fc.record({type: fc.constant('drained' as const), runId: runIds}),
);
const moves: fc.Arbitrary<readonly Move[]> = fc.array(
  fc.oneof(
    {weight: 3, arbitrary: verbs.map((event) => ({type: 'send', event}) as const)},
    {weight: 1, arbitrary: noise.map((event) => ({type: 'send', event}) as const)},
    {weight: 6, arbitrary: fc.nat().map((choice) => ({type: 'advance', choice}) as const)},
    {weight: 1, arbitrary: fc.constant({type: 'crash'} as const)},
    {weight: 1, arbitrary: behavior.map((next) => ({type: 'behave', behavior: next}) as const)},
  ),
  {maxLength: 80, size: 'max'},
);

function play(world: World, sequence: readonly Move[]): void {
  for (const move of sequence) {
    if (move.type === 'send') world.send(move.event);
    else if (move.type === 'advance') world.advance(move.choice);
    else if (move.type === 'crash') world.crash();
    else world.change(move.behavior);
  }
}

const settled = new Set(['stopped', 'ready', 'failed']);

test('never has two engines running, whatever is requested and whatever happens outside', () => {
  fc.assert(
    fc.property(behavior, policies, moves, (first, policy, sequence) => {
      play(new World(first, policy), sequence);
    }),
    {numRuns: 1_500},
  );
});

test('settles after every sequence of verbs once all effects are answered', () => {
  fc.assert(
    fc.property(behavior, policies, moves, fc.array(fc.nat(), {minLength: 1}), (first, policy, sequence, choices) => {
      const world = new World(first, policy);
      play(world, sequence);
      world.change({
        passesPreflight: true,
        spawns: true,
        generates: true,
        heedsSigterm: true,
        diesBySigkill: true,
        freesMemory: true,
        reportsExit: true,
      });
      let steps = 0;
      while (!(settled.has(world.state.state) && world.answers.length === 0) && steps < 500) {
        // A degraded engine settles by its probe; a draining one by its deadline: both are timers.
        // Every third step lets the oldest answer through: late is allowed, never is not.
        if (!world.advance(steps % 3 === 2 ? 0 : (choices[steps % choices.length] ?? 0))) break;
        steps += 1;
      }
      expect([world.state.state, steps]).toEqual([
        expect.stringMatching(/^(stopped|ready|failed)$/u),
        expect.any(Number),
      ]);
    }),
    {numRuns: 1_500},
  );
});

test('ends without an engine after a final stop, once all effects are answered', () => {
  fc.assert(
    fc.property(behavior, moves, (first, sequence) => {
      const world = new World({...first, diesBySigkill: true, reportsExit: true}, hasty);
      play(
        world,
        sequence.filter((move) => move.type !== 'behave'),
      );
      world.send({type: 'stop-requested', drainMs: 0});
      for (let steps = 0; steps < 500 && world.advance(0); steps += 1);
      expect([...world.alive]).toEqual([]);
      expect(world.state).toMatchObject({state: 'stopped', run: null, pending: null});
    }),
    {numRuns: 1_000},
  );
});

test('is ready only by a generated token of its run, or by adopting a run that had one', () => {
  fc.assert(
    fc.property(behavior, moves, (first, sequence) => {
      const world = new World(first, defaultRestartPolicy);
      for (const move of sequence) {
        const before = world.state;
        const answersBefore = [...world.answers];
        play(world, [move]);
        if (world.state.state !== 'ready' || before.state === 'ready') continue;
        const wasProbed = answersBefore.some(
          (answer) => answer.type === 'probe-succeeded' && answer.runId === world.state.run?.runId,
        );
        const wasResumed =
          before.state === 'degraded' && move.type === 'send' && move.event.type === 'progress-resumed';
        expect(wasProbed || wasResumed).toBe(true);
      }
    }),
    {numRuns: 500},
  );
});
