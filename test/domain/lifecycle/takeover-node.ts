import type {LifecycleEffect, LifecycleEvent, LifecycleState} from '../../../src/domain/lifecycle/lifecycle.ts';
import {defaultRestartPolicy, type RestartPolicy} from '../../../src/domain/lifecycle/restart-policy.ts';
import type {RunIdentity} from '../../../src/domain/lifecycle/run-identity.ts';
import {initialLifecycleState} from '../../../src/domain/lifecycle/step.ts';
import {transition} from '../../../src/domain/lifecycle/transition.ts';
import type {LaunchSettings} from '../../../src/domain/settings/launch-settings.ts';
import {takeoverEvents} from '../../../src/supervisor/loop/take-over.ts';
import {findOpenIntention} from '../../../src/supervisor/state-dir/find-intention.ts';
import {
  findAdoptableRun,
  findInterruptedLaunch,
  findLastGoodSettings,
} from '../../../src/supervisor/state-dir/journal.ts';
import type {JournalEntry} from '../../../src/supervisor/state-dir/journal-entry.ts';
import {findingOf, runOf, type TimelessEvent} from './lifecycle-samples.ts';

const policy = {restart: {...defaultRestartPolicy, firstDelayMs: 60_000, maxRestarts: 100}};
const BOOT = 'boot';

const before: Readonly<Partial<Record<string, TimelessEvent['type']>>> = {
  'engine-exited': 'engine-spawned',
  'memory-freed': 'processes-gone',
};

/** What the last accepted command asked for. */
export type Asked = {readonly goal: LaunchSettings | null};

/**
 * A node whose supervisor may be killed between any two things that it does: between two entries of the journal, before
 * an effect, and before the answer to one. Engines and the journal outlive it. `budget` is how many more such things the
 * present supervisor lives to do.
 */
export class Node {
  state: LifecycleState = initialLifecycleState({policy});
  readonly journal: JournalEntry[] = [];
  readonly alive = new Map<string, {readonly run: RunIdentity; readonly settings: LaunchSettings}>();
  asked: Asked | null = null;
  mostAlive = 0;
  budget = Number.POSITIVE_INFINITY;
  isPermitted = true;
  policy = policy;
  bootId = BOOT;
  readonly wrongs: string[] = [];
  atMs = 0;
  #answers: TimelessEvent[] = [];
  #timers = new Map<string, {readonly event: TimelessEvent; readonly dueMs: number}>();
  #runs = 0;

  /** Throws `Killed` where the budget ends. */
  #do(): void {
    if (this.budget <= 0) throw new Killed();
    this.budget -= 1;
  }

  /** One event for the present supervisor; it is dead afterwards if its budget ended on the way. */
  send(event: TimelessEvent, asked: Asked | null = null): void {
    try {
      this.#post(event, asked);
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      this.#restartSupervisor();
    }
  }

  #post(event: TimelessEvent, asked: Asked | null): void {
    this.atMs += 100;
    const timed: LifecycleEvent = {...event, atMs: this.atMs};
    const next = transition(this.state, timed);
    for (const record of next.intentions ?? []) {
      this.#do();
      this.journal.push(record.type === 'intention-begun' ? {...record, bootId: this.bootId, simulated: null} : record);
      // From here on it counts, answered or not.
      if (record.type === 'intention-begun' && asked !== null) this.asked = asked;
    }
    if (asked !== null && next.refusal === undefined) this.asked = asked;
    this.state = next.state;
    for (const effect of next.effects) this.#perform(effect);
  }

  #perform(effect: LifecycleEffect): void {
    this.#do();
    switch (effect.type) {
      case 'run-preflight':
        this.#answers.push(
          this.isPermitted
            ? {type: 'preflight-passed', attempt: effect.attempt}
            : {type: 'preflight-refused', attempt: effect.attempt, finding: findingOf('preflight.test')},
        );
        break;
      case 'spawn-engine':
        this.#launch(effect.settings);
        break;
      case 'probe-readiness':
        this.#answers.push(
          this.alive.has(effect.runId)
            ? {type: 'probe-succeeded', runId: effect.runId}
            : {type: 'probe-failed', runId: effect.runId, answer: 'refused.'},
        );
        break;
      case 'terminate-leader':
        this.#end(effect.run.runId, 0);
        break;
      case 'kill-session':
        this.#end(effect.run.runId, 137);
        break;
      case 'verify-stopped':
        if (this.alive.has(effect.run.runId)) break;
        this.#answers.push({type: 'processes-gone', runId: effect.run.runId});
        this.#answers.push({type: 'memory-freed', runId: effect.run.runId});
        break;
      case 'record':
        this.journal.push(effect.entry);
        break;
      case 'set-timer': {
        const event = {type: 'timer-fired', timer: effect.timer, id: effect.id} as const;
        this.#timers.set(effect.timer, {event, dueMs: this.atMs + effect.afterMs});
        break;
      }
      case 'clear-timer':
        this.#timers.delete(effect.timer);
        break;
      case 'wait-for-drain':
        break;
    }
  }

  /** As `launchEngine` does: an entry before and one after, and the process in between. */
  #launch(settings: LaunchSettings): void {
    this.#runs += 1;
    const run = {...runOf(this.#runs), bootId: this.bootId};
    const {intention} = this.state;
    const launch = {
      atMs: this.atMs,
      runId: run.runId,
      settings,
      engineVersion: null,
      argv: [],
      simulated: null,
      ...(intention === null ? {} : {intention: intention.id}),
    };
    this.journal.push({type: 'run-launching', ...launch, directory: run.directory, bootId: this.bootId});
    this.#do();
    this.alive.set(run.runId, {run, settings});
    this.mostAlive = Math.max(this.mostAlive, this.alive.size);
    this.#do();
    this.journal.push({type: 'run-started', ...launch, run});
    this.#do();
    this.#answers.push({type: 'engine-spawned', run});
  }

  #end(runId: string, status: number): void {
    if (!this.alive.delete(runId)) return;
    this.#answers.push({type: 'engine-exited', runId, status});
  }

  crash(): void {
    for (const runId of [...this.alive.keys()]) this.#end(runId, 1);
  }

  reboot(): void {
    this.alive.clear();
    this.bootId = `${this.bootId}+`;
    this.#restartSupervisor();
  }

  /** The configuration is edited while there is no supervisor; the next one reads it. */
  configure(change: Partial<RestartPolicy>): void {
    this.policy = {restart: {...this.policy.restart, ...change}};
    const open = findOpenIntention(this.journal)?.intention ?? null;
    const isWaiting = open?.cause === 'crash' && this.alive.size === 0 && open.id !== this.#newestLaunch();
    this.#restartSupervisor();
    const {isAutomatic, maxRestarts} = this.policy.restart;
    const isForbidden = !isAutomatic || (open?.backOff?.attempt ?? 0) > maxRestarts;
    if (isWaiting && isForbidden && this.state.intention !== null) this.wrongs.push('a forbidden restart is continued');
  }

  /** The supervisor dies, and the next one comes late. */
  leaveUnwatched(forMs: number): void {
    this.atMs += forMs;
    const served = [...this.alive.keys()].filter(
      (runId) => this.state.run?.runId === runId && this.state.readyAtMs !== null,
    );
    this.#restartSupervisor();
    if (forMs < 3_600_000) return;
    const isTouched = served.some((runId) => !this.alive.has(runId) || this.state.internal.isStopRequested);
    if (isTouched) this.wrongs.push('an engine that served is stopped');
  }

  #newestLaunch(): string | null {
    const launch = this.journal.findLast(({type}) => type === 'run-launching');
    return launch?.type === 'run-launching' ? (launch.intention ?? null) : null;
  }

  kill(): void {
    this.#restartSupervisor();
  }

  /** The next supervisor: it knows the journal, and finds out which processes exist. */
  #restartSupervisor(): void {
    this.budget = Number.POSITIVE_INFINITY;
    this.#answers = [];
    this.#timers.clear();
    const launching = findInterruptedLaunch(this.journal);
    if (launching !== null) {
      const {runId, atMs, directory: _directory, bootId: _bootId, ...launch} = launching;
      const found = this.alive.get(runId);
      this.journal.push(
        found === undefined
          ? {type: 'launch-failed', atMs, runId}
          : {...launch, type: 'run-started', atMs, runId, run: found.run},
      );
    }
    const lastGoodSettings = findLastGoodSettings(this.journal, false);
    this.state = initialLifecycleState({policy: this.policy, lastGoodSettings});
    const found = findAdoptableRun(this.journal);
    const isRunAlive = found !== null && this.alive.has(found.run.runId);
    const now = {nowMs: this.atMs, bootId: this.bootId, isRunAlive, policy: this.policy.restart};
    for (const event of takeoverEvents(found, this.journal, now)) {
      this.#post(event, null);
    }
    // A process that does not exist any more is noticed.
    const {run} = this.state;
    if (run !== null && !this.alive.has(run.runId))
      this.#answers.push({type: 'engine-exited', runId: run.runId, status: null});
  }

  /** Lets one answer through, in any order; without one, the timer that is due first. */
  advance(choice: number): boolean {
    if (this.#answers.length > 0) {
      const chosen = choice % this.#answers.length;
      // What follows from another answer comes after it.
      const first = before[this.#answers[chosen]?.type ?? ''];
      const index = this.#answers.findIndex(({type}) => type === first);
      const [answer] = this.#answers.splice(index >= 0 ? index : chosen, 1);
      if (answer !== undefined) this.send(answer);
      return true;
    }
    const [due] = [...this.#timers].toSorted(([, one], [, other]) => one.dueMs - other.dueMs);
    if (due === undefined) return false;
    const [name, {event, dueMs}] = due;
    this.#timers.delete(name);
    this.atMs = Math.max(this.atMs, dueMs);
    this.send(event);
    return true;
  }

  /** Until nothing happens any more, except what repeats for ever. */
  settle(): void {
    for (let steps = 0; steps < 1_000; steps += 1) {
      if (this.#answers.length === 0 && this.state.state === 'ready') return;
      if (!this.advance(0)) return;
    }
    throw new Error(`not settled: ${this.state.state}`);
  }
}

class Killed extends Error {}
