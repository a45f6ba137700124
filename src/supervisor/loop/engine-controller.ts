import {recordedCrashes} from '../../domain/lifecycle/crashes.ts';
import type {
  LifecycleEffect,
  LifecycleEvent,
  LifecycleState,
  Refusal,
  Transition,
} from '../../domain/lifecycle/lifecycle.ts';
import type {RunIdentity} from '../../domain/lifecycle/run-identity.ts';
import {initialLifecycleState} from '../../domain/lifecycle/step.ts';
import {transition} from '../../domain/lifecycle/transition.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {findEngine} from '../../engines/registry.ts';
import type {GpuProcessList, GpuProcessSample} from '../../samples/gpu.ts';
import {kernelLogEnvironment} from '../../sources/host/kernel-log.ts';
import {isInPidNamespace} from '../../sources/host/pid-namespace.ts';
import {procDirectories} from '../../sources/host/process-owners.ts';
import type {ApiKey} from '../access/api-key.ts';
import {runKeyOf} from '../access/run-key.ts';
import type {ActiveConfiguration} from '../configuration/active-configuration.ts';
import {environmentObservation} from '../launch/engine-environment.ts';
import {launchEngine} from '../launch/launch-engine.ts';
import {runPreflight} from '../launch/preflight.ts';
import {OwnProcesses} from '../process/own-processes.ts';
import {isSameProcess, readBootId} from '../process/process-identity.ts';
import {runFiles} from '../process/run-files.ts';
import {killSession, listSession, terminateLeader} from '../process/session.ts';
import type {Observation} from '../snapshot/observation.ts';
import {warningOf} from '../snapshot/own-findings.ts';
import type {JournalEntry} from '../state-dir/journal-entry.ts';
import {RECORDS_MISSING} from '../state-dir/recovery/recovery-findings.ts';
import {type FollowedRun, followRun} from '../watch/follow-run.ts';
import {verifyStopped} from '../watch/verify-stopped.ts';
import {waitForDrain} from '../watch/wait-for-drain.ts';
import type {RunSinks} from '../watch/watched-run.ts';
import type {WithoutTime} from './clock.ts';
import {CommandDesk} from './command-desk.ts';
import {createEffectPerformer, type LateResult} from './effect-faults.ts';
import type {EngineControllerOptions} from './engine-controller-options.ts';
import {createMailbox, type Mailbox} from './mailbox.ts';
import {type FoundRun, takeoverEvents} from './take-over.ts';
import {createTimers, type Timers} from './timers.ts';
import {createWriteAhead, type WriteAhead} from './write-ahead.ts';

/** What only waits: after the end of the watch it would keep the process; the next supervisor waits again. */
const waitingEffects: ReadonlySet<LifecycleEffect['type']> = new Set(['set-timer', 'verify-stopped', 'wait-for-drain']);
const KILL_FAILED = 'supervisor.kill-failed';

/** Controls the engine: commands in, lifecycle out. The only writer of lifecycle state; performs its effects. */
export class EngineController {
  readonly #options: EngineControllerOptions;
  readonly #mailbox: Mailbox<LifecycleState, LifecycleEvent, Refusal>;
  readonly #timers: Timers;
  readonly #writeAhead: WriteAhead;
  /** Accepts commands for the engine. */
  readonly commands: CommandDesk;
  readonly #own: OwnProcesses;
  #followed: FollowedRun | null = null;
  #endVerify: (() => void) | null = null;
  #endDrain: (() => void) | null = null;
  #judgedKey: ApiKey = {kind: 'none'};
  #isClosed = false;

  constructor(options: EngineControllerOptions) {
    this.#options = options;
    this.#own = new OwnProcesses({
      stateDir: options.world.directories.stateDir,
      // Simulated programs show the ids of this namespace.
      isContained: !options.judging.simulated && isInPidNamespace(),
      monotonicMs: options.clock.monotonicMs,
      procDirectories: procDirectories(options.world.simulatedNode),
    });
    this.#timers = createTimers((timer, id) => this.#post({type: 'timer-fired', timer, id}));
    this.#writeAhead = createWriteAhead({...options, ...options.world});
    const performSafely = createEffectPerformer({
      clock: options.clock,
      observe: (observation) => this.#observe(observation),
      post: (event) => this.#post(event),
    });
    this.#mailbox = createMailbox<LifecycleState, LifecycleEvent, LifecycleEffect, Refusal, Transition>({
      initial: initialLifecycleState({
        ...options.earlierRuns,
        policy: {restart: options.configured().restartPolicy},
      }),
      transition,
      writeAhead: this.#writeAhead.write,
      perform: (effect) => performSafely(effect, () => this.#perform(effect)),
      onChange: (state, before) => {
        if (state.run?.runId !== before.run?.runId) this.#followRun(state);
        options.onStateChange(state, before);
      },
    });
    this.commands = new CommandDesk({
      world: options.judging,
      context: () => ({
        state: this.state,
        next: options.nextSettings(this.state),
        ownPids: this.ownPids,
        engineGpus: options.observer.get().engineGpus,
        nowMs: options.clock.nowMs(),
      }),
      refreshOwnPids: () => this.refreshOwnPids(),
      post: (event) => this.#post(event),
    });
  }

  get state(): LifecycleState {
    return this.#mailbox.getState();
  }

  /** Processes of the current run, and exited ones for as long as the driver lists them. */
  get ownPids(): ReadonlySet<number> {
    return this.#own.pids;
  }

  /** The driver's list without rows of which it is unknown whether they are the engine's. */
  attributed(processes: readonly GpuProcessSample[]): Promise<GpuProcessList> {
    const isAround = this.state.state !== 'stopped' || this.#own.pids.size > 0;
    return this.#own.attribute(processes, isAround, () => this.refreshOwnPids());
  }

  /** Lists the session again: the driver may report a new worker before the next regular check. */
  async refreshOwnPids(): Promise<void> {
    const {run} = this.state;
    if (run === null) return;
    const listed = await listSession(run);
    if (this.state.run?.runId !== run.runId) return;
    this.#observe({type: 'session', pids: new Set(listed.map(({pid}) => pid))});
  }

  /** The current run's log file; null without a run. */
  get logPath(): string | null {
    return this.state.run === null ? null : runFiles(this.state.run.directory).logPath;
  }

  /** Adopts a run of an earlier supervisor, and carries on what that one had begun. */
  takeOver(found: FoundRun | null, entries: readonly JournalEntry[]): void {
    const now = {
      nowMs: this.#options.clock.nowMs(),
      bootId: readBootId(),
      isRunAlive: found !== null && isSameProcess(found.run),
      policy: this.#options.configured().restartPolicy,
    };
    if (found !== null) this.#options.plan.adopt(found.settings, found.run.startedAtMs);
    for (const event of takeoverEvents(found, entries, now)) this.#post(event);
  }

  /** Failures are answered by this policy from now on. */
  changePolicy(policy: ActiveConfiguration['restartPolicy']): void {
    this.#post({type: 'policy-changed', policy});
  }

  /** Stops watching. The engine keeps running. */
  close(): void {
    this.#isClosed = true;
    this.#followed?.stop();
    this.#endVerify?.();
    this.#endDrain?.();
    this.#timers.clearAll();
  }

  #post(event: WithoutTime<LifecycleEvent>) {
    return this.#mailbox.post({...event, atMs: this.#options.clock.nowMs()});
  }

  #observe(observation: Observation): void {
    if (observation.type === 'session') this.#own.note(observation.pids);
    this.#options.observer.observe(observation);
  }

  #followRun({run, settings, readyAtMs, internal}: LifecycleState): void {
    const {observer, clock} = this.#options;
    this.#followed?.stop();
    this.#followed = null;
    observer.observe({type: 'session', pids: new Set()});
    for (const topic of [KILL_FAILED, RECORDS_MISSING]) observer.observe({type: 'own-finding-resolved', topic});
    observer.observe(environmentObservation(run === null ? null : this.#writeAhead.noteRun(internal.isAdopted)));
    const engine = settings === null ? undefined : findEngine(settings.engine);
    if (run === null || settings === null || engine === undefined) return;
    const {isAdopted} = internal;
    const isResumed = isAdopted && readyAtMs !== null;
    const recalled = this.#options.recallRun(run.runId, isResumed ? engine : null);
    observer.observe({type: 'run-changed', isAdopted, ...recalled});
    this.#own.note([run.pid]);
    const post: RunSinks['post'] = (event) => this.#post(event);
    const {configured, world} = this.#options;
    const {environment} = world;
    const apiKey = runKeyOf(run.directory, engine, environment);
    const {unanswered, seenAtMs} = recalled;
    this.#followed = followRun(
      run,
      {
        settings,
        engine,
        clock,
        state: () => this.state,
        configured,
        apiKey,
        environment: kernelLogEnvironment(world),
        isResumed,
        unanswered,
        seenAtMs,
        observations: observer.get,
      },
      {post, observe: (observation) => this.#observe(observation)},
    );
  }

  /** Null for an effect that is complete. */
  #perform(effect: LifecycleEffect): LateResult | null {
    if (this.#isClosed && waitingEffects.has(effect.type)) return null;
    switch (effect.type) {
      case 'run-preflight':
        return this.#preflight(effect);
      case 'spawn-engine':
        return this.#spawn(effect.settings);
      case 'probe-readiness':
        return this.#followed?.runId === effect.runId ? this.#followed.probe() : null;
      case 'wait-for-drain':
        this.#endDrain?.();
        this.#endDrain = waitForDrain(this.#options.observer, () => this.#post({type: 'drained', runId: effect.runId}));
        return null;
      case 'terminate-leader':
        this.#endDrain?.();
        terminateLeader(effect.run);
        return null;
      case 'kill-session':
        return this.#killSession(effect.run);
      case 'verify-stopped':
        this.#verifyStopped(effect.run);
        return null;
      case 'record':
        this.#options.onJournalResult(this.#options.journal.append(effect.entry));
        return null;
      case 'set-timer':
        this.#timers.set(effect.timer, effect.id, effect.afterMs);
        return null;
      case 'clear-timer':
        this.#timers.clear(effect.timer);
        return null;
    }
  }

  async #preflight(effect: Extract<LifecycleEffect, {type: 'run-preflight'}>): LateResult {
    const {settings, attempt} = effect;
    const {observer, plan, judging} = this.#options;
    const difference = this.#writeAhead.difference();
    const preflight = await runPreflight({...effect, endedPids: this.ownPids, difference}, judging);
    if (this.state.state !== 'preflight' || this.state.settings !== settings) return null;
    plan.keep(preflight.plan);
    this.#judgedKey = preflight.apiKey;
    observer.observe({type: 'preflight', findings: preflight.findings});
    const [finding] = preflight.blockers;
    return () =>
      this.#post(
        finding === undefined ? {type: 'preflight-passed', attempt} : {type: 'preflight-refused', attempt, finding},
      );
  }

  async #spawn(settings: LaunchSettings): LateResult {
    const {world, journal, clock, onJournalResult, modelOnDisk} = this.#options;
    const {intention} = this.state;
    const subject = {
      settings,
      model: modelOnDisk(settings.model),
      crashes: recordedCrashes(this.state),
      intentionId: intention?.id ?? null,
      apiKey: this.#judgedKey,
    };
    const launched = await launchEngine(subject, world, (entry) => onJournalResult(journal.append(entry)), clock);
    return () =>
      this.#post(
        launched.ok ? {type: 'engine-spawned', ...launched.value} : {type: 'spawn-failed', finding: launched.error},
      );
  }

  /** Processes that survive the kill are detected by verify-stopped, which keeps polling. */
  async #killSession(run: RunIdentity): LateResult {
    try {
      await killSession(run);
    } catch (error) {
      const finding = warningOf({
        code: KILL_FAILED,
        message: `The engine's processes could not be killed: ${error instanceof Error ? error.message : String(error)}.`,
        remedy: 'Find remaining processes with gantry gpus, and kill them manually.',
      });
      this.#options.observer.observe({type: 'own-finding', finding});
    }
    return null;
  }

  #verifyStopped(run: RunIdentity): void {
    this.#endVerify?.();
    const {observer, clock} = this.#options;
    const parts = {observer, clock, ownPids: this.ownPids};
    this.#endVerify = verifyStopped(run, parts, (type) => this.#post({type, runId: run.runId}));
  }
}
