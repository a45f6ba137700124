import {homedir, hostname} from 'node:os';
import type {ApiError, Command, CommandReply} from '../api/commands.ts';
import type {Snapshot} from '../api/snapshot.ts';
import type {EarlierStart} from '../domain/lifecycle/earlier-starts.ts';
import type {LifecycleState} from '../domain/lifecycle/lifecycle.ts';
import type {RunIdentity} from '../domain/lifecycle/run-identity.ts';
import type {LaunchSettings} from '../domain/settings/launch-settings.ts';
import {isAbsent} from '../samples/reading.ts';
import type {Result} from '../shared/result.ts';
import {lookUpModel} from '../sources/model-files/look-up-model.ts';
import type {GpuSourceEvent} from '../sources/nvidia-smi/gpu-source.ts';
import {EventLog, type Sender} from './events/event-log.ts';
import {type CurrentPlan, createCurrentPlan} from './launch/current-plan.ts';
import {modelEnvironment} from './launch/model-environment.ts';
import {CURES_UNCHECKED} from './launch/offered-cures.ts';
import {PlanKnowledge} from './launch/plan-knowledge.ts';
import {StartConditions} from './launch/start-conditions.ts';
import {readEarlierStarts, recordStart} from './launch/start-history.ts';
import {createSupervisedWorld} from './launch/world/supervised-world.ts';
import {stampOf} from './loop/clock.ts';
import {stillNeeded} from './loop/engine-commands.ts';
import {EngineController} from './loop/engine-controller.ts';
import {HISTORY_TOPIC, SnapshotRecords} from './loop/snapshot-records.ts';
import type {ServerHandlers} from './server/server-handlers.ts';
import {buildSnapshot} from './snapshot/build-snapshot.ts';
import {createOwnFindings, type OwnFindings} from './snapshot/own-findings.ts';
import {ReportedFindings} from './snapshot/reported-findings.ts';
import {type SupervisorFacts, supervisorFacts} from './snapshot/supervisor-facts.ts';
import {type AdoptableRun, findLastGoodSettings} from './state-dir/journal.ts';
import type {SupervisorOptions, SupervisorParts} from './supervisor-options.ts';
import {createLogHub, type LogHub} from './watch/log-hub.ts';
import {baseUrlOf} from './watch/watch-run.ts';

const SESSION_UNREAD = 'supervisor.session-unread';

/** One supervisor: controller, observations, subscribers, and the decision to exit. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #parts: SupervisorParts;
  readonly #engine: EngineController;
  readonly #log: LogHub = createLogHub();
  readonly #events: EventLog;
  readonly #listeners = new Set<(snapshot: Snapshot) => void>();
  readonly #leaving = Promise.withResolvers<null>();
  readonly #facts: SupervisorFacts;
  readonly #records: SnapshotRecords;
  readonly #knowledge: PlanKnowledge;
  readonly #plan: CurrentPlan;
  readonly #reported: ReportedFindings;
  readonly #own: OwnFindings;
  readonly #conditions: StartConditions;
  #earlierStarts: readonly EarlierStart[];
  #sequence = 0;
  #snapshot: Snapshot | null = null;
  #idleSinceMonotonicMs: number;

  constructor(options: SupervisorOptions, parts: SupervisorParts) {
    this.#options = options;
    this.#parts = parts;
    this.#own = createOwnFindings(parts.observer.observe);
    this.#facts = supervisorFacts(options, {pid: process.pid, hostname: hostname(), startedAtMs: parts.clock.nowMs()});
    this.#idleSinceMonotonicMs = parts.clock.monotonicMs();
    this.#earlierStarts = readEarlierStarts(parts.history);
    this.#events = new EventLog({...parts, onTrouble: (error) => this.#own.add(error, HISTORY_TOPIC)});
    this.#records = new SnapshotRecords({...parts, ...options.world, prices: options.prices, own: this.#own});
    this.#knowledge = new PlanKnowledge(parts.history, (model) =>
      lookUpModel(model, modelEnvironment({variables: options.environment, homeDirectory: homedir()})),
    );
    this.#plan = createCurrentPlan(parts.observer.get, this.#knowledge);
    const judging = createSupervisedWorld(options, parts.observer, this.#knowledge, parts.clock);
    this.#engine = new EngineController({
      ...options,
      ...parts,
      world: {
        ...options.world,
        directories: options.directories,
        environment: options.environment,
        findInstallation: judging.findInstallation,
      },
      judging,
      plan: this.#plan,
      observer: {
        get: parts.observer.get,
        observe: (observation) => {
          this.#log.observe(observation);
          parts.observer.observe(observation);
        },
      },
      lastGoodSettings: findLastGoodSettings(parts.entries, options.world.simulated),
      modelOnDisk: (model) => this.#knowledge.onDisk(model),
      onJournalResult: (result) => this.#onJournalResult(result),
      onStateChange: (state, before) => this.#onStateChange(state, before),
    });
    this.#conditions = new StartConditions({
      ...parts,
      knowledge: this.#knowledge,
      world: judging,
      settings: () => this.#settings,
      plan: this.#plan.get,
      // A plan that was made without the files is made again.
      onModelRead: (settings) => {
        if (this.#engine.state.run === null) this.#plan.renew(settings);
      },
    });
    this.#reported = new ReportedFindings({
      ...parts,
      ...options,
      preview: (...asked) => this.#engine.commands.preview(...asked),
      onChange: () => this.#broadcast(),
      onTrouble: (error) => this.#own.add(error),
      onTroubleOver: () => this.#own.resolve(CURES_UNCHECKED),
    });
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => this.#leave(`received ${signal}`));
    // A manually started supervisor outlives its terminal.
    process.on('SIGHUP', () => undefined);
  }

  /** Handlers of the API server. */
  get handlers(): ServerHandlers {
    const {history, clock} = this.#parts;
    return {
      getSnapshot: () => this.#snapshot ?? this.#takeSnapshot(),
      subscribeSnapshots: (listener) => {
        this.#listeners.add(listener);
        return () => {
          this.#listeners.delete(listener);
        };
      },
      runCommand: (command, sender) => this.#runCommand(command, sender),
      preview: (request) => this.#engine.commands.preview(request),
      getEvents: (query) => this.#events.read(query),
      subscribeEvents: (listener) => this.#events.subscribe(listener),
      getLog: this.#log.tail,
      subscribeLog: this.#log.subscribe,
      getHistory: (series, windowMs) => history.readSeries(series, clock.nowMs() - windowMs, clock.nowMs()),
    };
  }

  onGpuEvent(event: GpuSourceEvent): void {
    const {observer} = this.#parts;
    if (event.type === 'processes') {
      void this.#onGpuProcesses(event);
      return;
    }
    observer.observe({type: 'gpus', event});
    // Real GPUs override everything a plan assumed before they were read.
    if (event.type !== 'inventory') return;
    // While an engine runs, its plan stays the one it was started with.
    if (this.#engine.state.run === null || isAbsent(this.#plan.get())) this.#plan.renew(this.#settings);
    void this.#conditions.checkModel();
  }

  /** A worker must not be reported as a foreign process: not a new one, and not one that is being ended. */
  async #onGpuProcesses(event: Extract<GpuSourceEvent, {type: 'processes'}>): Promise<void> {
    let {processes} = event;
    try {
      processes = await this.#engine.attributed(processes);
      this.#own.resolve(SESSION_UNREAD);
    } catch (error) {
      const message = `The engine's processes cannot be listed: ${error instanceof Error ? error.message : String(error)}.`;
      this.#own.add({code: SESSION_UNREAD, message, remedy: 'Check that /proc is mounted.'});
    }
    this.#parts.observer.observe({type: 'gpus', event: {...event, processes}});
  }

  get recordEvent(): EventLog['record'] {
    return (event) => this.#events.record(event);
  }

  /** From now on the API answers. */
  onServing(): void {
    this.#events.onStarted(this.#options.version);
  }

  adopt(found: AdoptableRun): void {
    this.#events.during('adoption', () => this.#engine.adopt(found));
  }

  /** The managed run; null for none. */
  get run(): RunIdentity | null {
    return this.#engine.state.run;
  }

  /** Every second: a snapshot for all clients, a row of history, and the idle check. */
  tick(): Snapshot {
    const {clock, observer} = this.#parts;
    const {findingThresholds: thresholds} = this.#options;
    observer.observe({type: 'moment', lifecycle: this.#engine.state, plan: this.#plan.get(), thresholds});
    const snapshot = this.#broadcast();
    this.#knowledge.measure(this.#engine.state, this.#parts.observer.get().gpuFrame?.gpus ?? [], snapshot.takenAtMs);
    this.#events.onSnapshot(snapshot);
    void this.#conditions.checkHost();
    this.#records.add(snapshot, this.#parts.observer.get().metrics);
    if (!this.#isIdle() || this.#listeners.size > 0) this.#idleSinceMonotonicMs = clock.monotonicMs();
    else if (clock.monotonicMs() - this.#idleSinceMonotonicMs >= this.#options.idleExitMs) this.#leave('idle');
    return snapshot;
  }

  waitUntilLeaving(): Promise<null> {
    return this.#leaving.promise;
  }

  /** Stops watching. The engine keeps running. */
  close(): void {
    this.#engine.close();
  }

  #leave(reason: string): void {
    this.#events.onLeaving(reason, this.#engine.state);
    this.#leaving.resolve(null);
  }

  #isIdle(): boolean {
    const {state, run} = this.#engine.state;
    return run === null && (state === 'stopped' || state === 'failed');
  }

  async #runCommand(command: Command, sender: Sender): Promise<CommandReply> {
    const tell = (reply: CommandReply): CommandReply => {
      this.#events.onCommand(command, reply, sender, this.run?.runId ?? null);
      return reply;
    };
    if (command.type !== 'shutdown') {
      const {commands} = this.#engine;
      return commands.handle(command, {
        perform: () => this.#events.during('command', () => commands.run(command), tell),
        refuse: (error) => tell({accepted: false, error}),
      });
    }
    if (!this.#isIdle()) return tell({accepted: false, error: stillNeeded(this.#engine.state)});
    // The reply goes out first.
    setImmediate(() => this.#leave('shutdown requested'));
    return tell({accepted: true, message: 'The supervisor exits.'});
  }

  #onStateChange(state: LifecycleState, before: LifecycleState): void {
    // The next start is planned on the current GPUs.
    if (state.run === null && before.run !== null) {
      this.#plan.renew(this.#settings);
    }
    this.#events.onStateChange(state, before);
    if (state.state === before.state) return;
    if (before.state === 'starting' && (state.state === 'ready' || state.state === 'failed'))
      this.#learn(state, before);
    if (state.state === 'ready' && before.state === 'starting') {
      recordStart(this.#parts.history, state);
      this.#earlierStarts = readEarlierStarts(this.#parts.history);
    }
    // Reported immediately, not at the next tick; but never within a transition.
    queueMicrotask(() => this.#broadcast());
  }

  /** The outcome of a start is stored, also of a failed one that logged its memory. */
  #learn(state: LifecycleState, before: LifecycleState): void {
    const plan = this.#plan.get();
    const run = state.run ?? before.run;
    if (isAbsent(plan)) return;
    this.#knowledge.record({...state, run}, plan, this.#parts.clock.nowMs());
  }

  #onJournalResult(result: Result<null, ApiError>): void {
    if (!result.ok) this.#own.add(result.error);
    else this.#own.resolve('journal.unusable');
  }

  /** Of the engine that runs, or would be started. */
  get #settings(): LaunchSettings {
    return this.#engine.state.settings ?? this.#options.configuredSettings;
  }

  #broadcast(): Snapshot {
    const snapshot = this.#takeSnapshot();
    for (const listener of this.#listeners) listener(snapshot);
    return snapshot;
  }

  #takeSnapshot(): Snapshot {
    const {clock, observer} = this.#parts;
    const lifecycle = this.#engine.state;
    this.#sequence += 1;
    const snapshot = buildSnapshot({
      facts: this.#facts,
      sequence: this.#sequence,
      now: stampOf(clock),
      lifecycle,
      seen: observer.get(),
      plan: this.#plan.get(),
      ownPids: this.#engine.ownPids,
      modelFinding: this.#conditions.modelFinding(),
      thresholds: this.#options.findingThresholds,
      earlierStarts: this.#earlierStarts,
      logPath: this.#engine.logPath,
      endpoint: lifecycle.run === null || lifecycle.settings === null ? null : `${baseUrlOf(lifecycle.settings)}/v1`,
    });
    this.#snapshot = {...snapshot, findings: this.#reported.of(snapshot, lifecycle)};
    return this.#snapshot;
  }
}
