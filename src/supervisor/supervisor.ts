import {hostname} from 'node:os';
import type {Snapshot} from '../api/snapshot.ts';
import type {LifecycleState} from '../domain/lifecycle/lifecycle.ts';
import type {RestartPolicy} from '../domain/lifecycle/restart-policy.ts';
import type {RunIdentity} from '../domain/lifecycle/run-identity.ts';
import type {LaunchSettings} from '../domain/settings/launch-settings.ts';
import {createListeners} from '../shared/listeners.ts';
import {lookUpModel} from '../sources/model-files/look-up-model.ts';
import type {GpuSourceEvent} from '../sources/nvidia-smi/gpu-source-event.ts';
import {ConfigurationInForce} from './configuration/configuration-in-force.ts';
import {type SupervisedLedger, superviseLedger, unwatchedExitMs} from './cost/supervised-ledger.ts';
import {EventLog} from './events/event-log.ts';
import {createGpuIntake} from './gpu-intake.ts';
import {CURES_UNCHECKED} from './launch/cures/offered-cures.ts';
import {type CurrentPlan, createCurrentPlan} from './launch/current-plan.ts';
import {modelEnvironment} from './launch/model-environment.ts';
import {PlanKnowledge} from './launch/plan-knowledge.ts';
import {StartConditions} from './launch/start-conditions.ts';
import {LearnedStarts} from './launch/start-history.ts';
import {createSupervisedWorld} from './launch/world/supervised-world.ts';
import {stampOf} from './loop/clock.ts';
import {EngineController} from './loop/engine-controller.ts';
import {IdleTime} from './loop/idle-time.ts';
import {createCommandRunner} from './loop/run-command.ts';
import {HISTORY_TOPIC, SnapshotRecords} from './loop/snapshot-records.ts';
import {homeDirectory} from './operating-user.ts';
import {readAgents} from './read-agents.ts';
import type {ServerHandlers} from './server/server-handlers.ts';
import {buildSnapshot} from './snapshot/build-snapshot.ts';
import {engineUse} from './snapshot/engine-gpus.ts';
import {observedBy} from './snapshot/observer.ts';
import {createOwnFindings, type OwnFindings} from './snapshot/own-findings.ts';
import {ReportedFindings} from './snapshot/reported-findings.ts';
import {type SupervisorFacts, supervisorFacts} from './snapshot/supervisor-facts.ts';
import {findEnvironments} from './state-dir/find-intention.ts';
import {type AdoptableRun, findEarlierRuns} from './state-dir/journal.ts';
import type {SupervisorOptions, SupervisorParts} from './supervisor-options.ts';
import {createLogHub, type LogHub} from './watch/log-hub.ts';
import {shownUrlOf} from './watch/watched-run.ts';

/** One supervisor: controller, observations, subscribers, and the decision to exit. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #parts: SupervisorParts;
  readonly #engine: EngineController;
  readonly #log: LogHub = createLogHub();
  readonly #events: EventLog;
  /** The configuration in force. */
  readonly configuration: ConfigurationInForce;
  readonly #runCommand: ServerHandlers['runCommand'];
  /** Takes what the source of the GPUs reports. */
  readonly onGpuEvent: (event: GpuSourceEvent) => void;
  readonly #listeners = createListeners<[Snapshot]>();
  readonly #leaving = Promise.withResolvers<null>();
  readonly #self: Pick<SupervisorFacts, 'pid' | 'hostname' | 'startedAtMs'>;
  readonly #idle: IdleTime;
  readonly #records: SnapshotRecords;
  readonly #ledger: SupervisedLedger;
  readonly #knowledge: PlanKnowledge;
  readonly #plan: CurrentPlan;
  readonly #reported: ReportedFindings;
  readonly #own: OwnFindings;
  readonly #conditions: StartConditions;
  readonly #starts: LearnedStarts;
  #sequence = 0;
  #snapshot: Snapshot | null = null;

  constructor(options: SupervisorOptions, parts: SupervisorParts) {
    this.#options = options;
    this.#parts = parts;
    const {clock, observer} = parts;
    this.#own = createOwnFindings(observer.observe);
    this.#self = {pid: process.pid, hostname: hostname(), startedAtMs: clock.nowMs()};
    this.#idle = new IdleTime(clock.monotonicMs());
    this.#events = new EventLog({...parts, onTrouble: (error) => this.#own.add(error, HISTORY_TOPIC)});
    const state = (): LifecycleState => this.#engine.state;
    this.configuration = new ConfigurationInForce(options.configuration, {...parts, record: this.recordEvent, state});
    const [configured, {nextSettings}] = [() => this.configuration.current, this.configuration];
    this.#records = new SnapshotRecords({...parts, configured, own: this.#own});
    const ownParts = {own: this.#own, lifecycle: state, record: this.recordEvent};
    this.#ledger = superviseLedger({...options, ...parts, ...ownParts, configured});
    this.#knowledge = new PlanKnowledge(parts.history, (model) =>
      lookUpModel(model, modelEnvironment({variables: options.environment, homeDirectory: homeDirectory()})),
    );
    this.#plan = createCurrentPlan(parts.observer.get, this.#knowledge);
    this.#starts = new LearnedStarts({...parts, knowledge: this.#knowledge, plan: this.#plan});
    const judging = createSupervisedWorld({...options, configured}, parts.observer, this.#knowledge, parts.clock);
    this.#engine = new EngineController({
      ...options,
      ...parts,
      world: {
        ...options.world,
        directories: options.directories,
        environment: options.environment,
        findInstallation: judging.findInstallation,
        recordOf: this.configuration.beginLaunch,
      },
      nextSettings,
      configured,
      judging,
      plan: this.#plan,
      // What was counted is kept before anything of it is shown, or sent to the engine.
      observer: observedBy(observer, [this.#log, observer, this.#ledger, parts.bench]),
      environments: findEnvironments(parts.entries),
      earlierRuns: findEarlierRuns(parts.entries, options.world.simulated),
      modelOnDisk: (model) => this.#knowledge.onDisk(model),
      recallRun: (...run) => this.#records.recallRun(...run),
      onJournalResult: (result) => (result.ok ? this.#own.resolve('journal.unusable') : this.#own.add(result.error)),
      onStateChange: (state, before) => this.#onStateChange(state, before),
    });
    this.#conditions = new StartConditions({
      ...parts,
      knowledge: this.#knowledge,
      world: judging,
      settings: () => this.#settings,
      plan: this.#plan.get,
      onRead: (settings) => this.#onModelRead(settings),
    });
    this.#reported = new ReportedFindings({
      ...parts,
      earlier: this.#events.openFindings(),
      nextSettings,
      preview: (...asked) => this.#engine.commands.preview(...asked),
      onChange: () => this.#broadcast(),
      onTrouble: (error) => this.#own.add(error),
      onTroubleOver: () => this.#own.resolve(CURES_UNCHECKED),
    });
    this.configuration.subscribe(({restartPolicy}) => this.#onConfiguration(restartPolicy));
    this.#runCommand = this.#createCommandRunner();
    this.onGpuEvent = this.#createGpuIntake();
  }

  /** A plan that was made without the model is made again. */
  #onModelRead(settings: LaunchSettings): void {
    if (this.#engine.state.run === null) this.#plan.renew(settings);
    else this.#plan.readopt();
  }

  #createGpuIntake(): Supervisor['onGpuEvent'] {
    return createGpuIntake({
      ...{engine: this.#engine, own: this.#own, plan: this.#plan, conditions: this.#conditions},
      observer: this.#parts.observer,
      settings: () => this.#settings,
    });
  }

  #createCommandRunner(): ServerHandlers['runCommand'] {
    return createCommandRunner({
      engine: this.#engine,
      events: this.#events,
      configuration: this.configuration,
      findings: () => this.#snapshot?.findings ?? [],
      isIdle: () => this.#isIdle(),
      leave: (reason) => this.leave(reason),
    });
  }

  /** Handlers of the API server. */
  get handlers(): Omit<ServerHandlers, 'getMetrics' | 'getCost'> {
    const {history, clock} = this.#parts;
    return {
      getSnapshot: () => this.#snapshot ?? this.#takeSnapshot(),
      configurationStamp: () => this.configuration.fileStamp(),
      subscribeSnapshots: this.#listeners.subscribe,
      runCommand: this.#runCommand,
      preview: async (request) => {
        await this.configuration.check();
        if (await readAgents(this.#options, this.#parts.observer)) this.#broadcast();
        return this.#engine.commands.preview(request);
      },
      getEvents: (query) => this.#events.read(query),
      subscribeEvents: (listener) => this.#events.subscribe(listener),
      ...this.#log.handlers,
      ...this.#parts.bench.handlers,
      getHistory: (query) => history.readHistory(query, clock.nowMs(), this.configuration.current.latencyTargets),
    };
  }

  /** Records an event for all clients and the history, as `EventLog.record` does. */
  get recordEvent(): EventLog['record'] {
    return (event) => this.#events.record(event);
  }

  /** From now on the API answers. */
  onServing(): void {
    this.#events.onStarted(this.#options.version);
  }

  /** Takes over what an earlier supervisor left: its engine, if there is one, and its unfinished commands. */
  takeOver(found: AdoptableRun | null): void {
    const run = found === null ? null : this.#records.withState(found);
    this.#events.during('adoption', () => this.#engine.takeOver(run, this.#parts.entries));
    this.#ledger.keeper.takeOver(unwatchedExitMs(this.run, this.#parts.clock.nowMs()));
    this.#events.onTakenOver(this.#engine.state);
  }

  /** The run whose processes exist, or may still exist; null for none. */
  get run(): RunIdentity | null {
    return this.#engine.state.run;
  }

  /** Every second: a snapshot for all clients, which is returned, a row of history, and the idle check. */
  tick(): Snapshot {
    const {clock, observer} = this.#parts;
    const {findingThresholds: thresholds} = this.configuration.current;
    observer.observe({type: 'moment', lifecycle: this.#engine.state, plan: this.#plan.get(), thresholds});
    this.#ledger.keeper.tick();
    const snapshot = this.#broadcast();
    this.#knowledge.measure(this.#engine.state, engineUse(observer.get(), this.#plan.get()), snapshot.takenAtMs);
    this.#events.onSnapshot(snapshot);
    void this.#conditions.checkHost();
    this.#records.add(snapshot, observer.get(), this.#engine.state);
    const isNeeded = !this.#isIdle() || this.#listeners.count() > 0;
    if (this.#idle.isOver(isNeeded, clock.monotonicMs(), this.configuration.current.idleExitMs)) this.leave('idle');
    return snapshot;
  }

  /** Resolves when it is to exit: on request, or because it is idle. */
  waitUntilLeaving(): Promise<null> {
    return this.#leaving.promise;
  }

  /** Stops watching. The engine keeps running. */
  close(): void {
    this.#ledger.keeper.close();
    this.configuration.close();
    this.#engine.close();
  }

  #onConfiguration(restartPolicy: RestartPolicy): void {
    this.#engine.changePolicy(restartPolicy);
    // The plan of the next start follows the configuration; that of a running engine stays.
    if (this.#engine.state.run === null) this.#plan.renew(this.#settings);
    this.#broadcast();
  }

  /** Has the supervisor exit, with `reason` as an event; the engine keeps running. */
  leave(reason: string): void {
    this.#events.onExiting(reason, this.#engine.state);
    this.#leaving.resolve(null);
  }

  #isIdle(): boolean {
    const {state, run} = this.#engine.state;
    return run === null && (state === 'stopped' || state === 'failed');
  }

  #onStateChange(state: LifecycleState, before: LifecycleState): void {
    this.#ledger.keeper.changed();
    if (this.#knowledge.noteRun(state)) this.#plan.onVersion();
    // What a start teaches is compared with its own plan; the next start is planned on the current GPUs.
    this.#starts.onStateChange(state, before);
    if (state.run === null && before.run !== null) this.#plan.renew(this.configuration.plannedSettings(state));
    this.#events.onStateChange(state, before);
    if (state.state === before.state) return;
    this.#parts.history.writeSoon();
    // Reported immediately, not at the next tick; but never within a transition.
    queueMicrotask(() => this.#broadcast());
  }

  /** Of the engine that runs, or would be started. */
  get #settings(): LaunchSettings {
    return this.configuration.plannedSettings(this.#engine.state);
  }

  #broadcast(): Snapshot {
    const snapshot = this.#takeSnapshot();
    this.#listeners.notify(snapshot);
    return snapshot;
  }

  #takeSnapshot(): Snapshot {
    const {clock, observer} = this.#parts;
    const lifecycle = this.#engine.state;
    const {current} = this.configuration;
    const now = stampOf(clock);
    const snapshot = buildSnapshot({
      facts: supervisorFacts(this.#options, current, this.#self),
      sequence: ++this.#sequence,
      now,
      lifecycle,
      seen: observer.get(),
      plan: this.#plan.get(),
      configuration: this.configuration.describe(lifecycle),
      cost: this.#ledger.money.view(lifecycle),
      ownPids: this.#engine.ownPids,
      modelFinding: this.#conditions.modelFinding(),
      thresholds: current.findingThresholds,
      targets: current.latencyTargets,
      earlierStarts: this.#starts.earlier,
      command: this.#parts.commands.of(lifecycle.run?.runId ?? null),
      logPath: this.#engine.logPath,
      endpoint: lifecycle.run === null || lifecycle.settings === null ? null : `${shownUrlOf(lifecycle.settings)}/v1`,
    });
    this.#snapshot = {...snapshot, findings: this.#reported.of(snapshot, lifecycle)};
    return this.#snapshot;
  }
}
