import {
  defaultFindingThresholds,
  type FindingThresholds,
} from '../../../src/domain/diagnosis/conditions/finding-thresholds.ts';
import type {Finding} from '../../../src/domain/diagnosis/finding.ts';
import type {LifecycleEffect, LifecycleState, LifecycleTimer} from '../../../src/domain/lifecycle/lifecycle.ts';
import type {EarlierStart} from '../../../src/domain/lifecycle/starts/earlier-starts.ts';
import {initialLifecycleState} from '../../../src/domain/lifecycle/step.ts';
import {transition} from '../../../src/domain/lifecycle/transition.ts';
import type {MemoryPlan} from '../../../src/domain/memory/plan/memory-plan.ts';
import type {LaunchSettings} from '../../../src/domain/settings/launch-settings.ts';
import type {EngineWork} from '../../../src/domain/traffic/forward-progress.ts';
import {absent, type Reading} from '../../../src/samples/reading.ts';
import type {Stamp} from '../../../src/samples/stamp.ts';
import {buildSnapshot} from '../../../src/supervisor/snapshot/build-snapshot.ts';
import {nothingObserved, type Observation, withObservation} from '../../../src/supervisor/snapshot/observation.ts';
import type {Observations} from '../../../src/supervisor/snapshot/observations.ts';
import {runOf, settingsOf, type TimelessEvent} from '../../domain/lifecycle/lifecycle-samples.ts';
import {snapshotInput} from '../snapshot/snapshot-input.ts';

const WALL_MS = 1_700_000_000_000;

/** The answer of the engine to a probe: an event without the run, which the bench adds. */
export type ProbeAnswer =
  | {readonly type: 'probe-succeeded'}
  | {
      readonly type: 'probe-failed';
      readonly answer: string;
      readonly finding?: Finding;
      readonly isBrokenOutput?: true;
      readonly timeoutMs?: number;
      readonly meanwhile?: EngineWork;
    };

export const noAnswer = {type: 'probe-failed', answer: 'No answer.'} as const;
export const timedOut = {...noAnswer, timeoutMs: 30_000, meanwhile: 'none'} as const;

/**
 * What a supervisor does between its sources and a snapshot, without I/O: the lifecycle with its timers, the
 * observations, and a snapshot of them. Time passes in seconds.
 */
export class FindingBench {
  lifecycle: LifecycleState = initialLifecycleState();
  seen: Observations = nothingObserved;
  plan: Reading<MemoryPlan> = absent('nothing planned');
  thresholds: FindingThresholds = defaultFindingThresholds;
  earlierStarts: readonly EarlierStart[] = [];
  ownPids: ReadonlySet<number> = new Set();
  modelFinding: () => Finding | null = () => null;
  configurationFindings: () => readonly Finding[] = () => [];
  /** What the engine answers to probes. */
  probe: ProbeAnswer = noAnswer;
  /** What the sources deliver each second. */
  deliver: (second: number) => void = () => undefined;
  second = 100;
  #runs = 0;
  readonly #timers = new Map<LifecycleTimer, {readonly id: number; readonly dueSecond: number}>();

  get now(): Stamp {
    return {sampledAtMs: WALL_MS + this.second * 1000, monotonicMs: this.second * 1000};
  }

  get runId(): string {
    return this.lifecycle.run?.runId ?? 'none';
  }

  observe(...observations: readonly Observation[]): void {
    for (const one of observations) this.seen = withObservation(this.seen, one, this.now);
  }

  /** An event of the lifecycle; its timers and probes are answered as time passes. */
  post(...events: readonly TimelessEvent[]): void {
    for (const event of events) {
      const before = this.lifecycle.run?.runId;
      const {state, effects, refusal} = transition(this.lifecycle, {...event, atMs: this.now.sampledAtMs});
      if (refusal !== undefined) throw new Error(`refused: ${refusal.message}`);
      this.lifecycle = state;
      if (state.run !== null && state.run.runId !== before) this.observe({type: 'run-changed'});
      for (const effect of effects) this.#perform(effect);
    }
  }

  #perform(effect: LifecycleEffect): void {
    if (effect.type === 'set-timer') {
      const dueSecond = this.second + Math.ceil(effect.afterMs / 1000);
      this.#timers.set(effect.timer, {id: effect.id, dueSecond});
    }
    if (effect.type === 'clear-timer') this.#timers.delete(effect.timer);
    if (effect.type === 'probe-readiness') this.post({...this.probe, runId: effect.runId});
  }

  /** Lets time pass; true for each second after which the finding is present. */
  pass(seconds: number, code = ''): readonly boolean[] {
    const presence: boolean[] = [];
    for (let passed = 0; passed < seconds; passed += 1) {
      this.second += 1;
      for (const [timer, {id, dueSecond}] of [...this.#timers]) {
        if (dueSecond > this.second) continue;
        this.#timers.delete(timer);
        this.post({type: 'timer-fired', timer, id});
      }
      this.deliver(this.second);
      const {lifecycle, plan, thresholds} = this;
      this.observe({type: 'moment', lifecycle, plan, thresholds});
      presence.push(code !== '' && this.has(code));
    }
    return presence;
  }

  /** Lets time pass until the timer fires. */
  passTimer(timer: LifecycleTimer): void {
    const due = this.#timers.get(timer);
    if (due === undefined) throw new Error(`no timer ${timer} in state ${this.lifecycle.state}`);
    this.pass(due.dueSecond - this.second);
  }

  get findings(): readonly Finding[] {
    const {now, lifecycle, seen, plan, thresholds, earlierStarts, ownPids} = this;
    const configuration = {
      ...snapshotInput({now, lifecycle, seen}).configuration,
      findings: this.configurationFindings(),
    };
    return buildSnapshot(
      snapshotInput({
        ...{now, lifecycle, seen, plan, thresholds, earlierStarts, ownPids, configuration},
        modelFinding: this.modelFinding(),
      }),
    ).findings;
  }

  has(code: string): boolean {
    return this.findings.some((finding) => finding.code === code);
  }

  /** A command, its preflight and a process. */
  start(settings: LaunchSettings = settingsOf()): void {
    this.post({type: 'start-requested', settings, force: false});
    this.launch();
  }

  /** The preflight that is under way passes, and the engine is spawned. */
  launch(): void {
    this.#runs += 1;
    const {attempt} = this.lifecycle.internal;
    const run = {...runOf(this.#runs), startedAtMs: this.now.sampledAtMs};
    this.post({type: 'preflight-passed', attempt}, {type: 'engine-spawned', run});
  }

  /** Whether failures are answered by a restart. */
  setRestarts(isAutomatic: boolean): void {
    const {restart} = this.lifecycle.internal.policy;
    this.post({type: 'policy-changed', policy: {...restart, isAutomatic}});
  }

  /** An engine that fails from now on is not restarted. */
  stayDown(): void {
    this.setRestarts(false);
  }

  /** The engine answers from now on, and does so once. */
  becomeReady(): void {
    this.probe = {type: 'probe-succeeded'};
    this.post({type: 'probe-succeeded', runId: this.runId});
  }

  /** A start without trouble, until the engine serves. */
  serve(settings?: LaunchSettings): void {
    this.start(settings);
    this.becomeReady();
  }

  /** The process ends, with its workers and its memory. */
  exit(status: number): void {
    const {runId} = this;
    this.probe = noAnswer;
    this.post({type: 'engine-exited', runId, status}, {type: 'processes-gone', runId}, {type: 'memory-freed', runId});
  }

  stop(): void {
    this.post({type: 'stop-requested', drainMs: 0});
    if (this.lifecycle.run !== null) this.exit(0);
  }
}
