import type {Reading} from '../../samples/reading.ts';
import type {Details} from '../diagnosis/details/details.ts';
import type {Finding} from '../diagnosis/finding.ts';
import type {LaunchSettings} from '../settings/launch-settings.ts';
import type {Stall} from '../traffic/forward-progress.ts';
import type {GivenUp, Intention, IntentionRecord} from './intention/intention.ts';
import type {GivenUpReason, IntentionStep} from './intention/intention-facts.ts';
import type {HangEvidence, Unanswered} from './lifecycle-findings.ts';
import type {EngineState, KeptState, StartPhase} from './phases.ts';
import type {ProbeFailure, StartTimeouts} from './probe-events.ts';
import type {LifecyclePolicy, RestartPolicy} from './restart-policy.ts';
import type {PastExit, RunIdentity} from './run-identity.ts';

/** What to start, and whether the operator overrides refused checks. */
export type StartRequest = {
  readonly settings: LaunchSettings;
  readonly force: boolean;
  /** Settings to use instead, once, if these do not become ready. */
  readonly rollbackTo?: LaunchSettings | null;
  /** True for a start without a command, with settings that have served before. */
  readonly isAutomatic?: boolean;
};

/** A start that failed and was replaced by the last good settings. */
export type RolledBack = {readonly settings: LaunchSettings; readonly cause: Finding; readonly atMs: number};

/** How the last run exited; `atMs` is null at an unknown time, which nobody watched and nothing recorded. */
export type EngineExit = {
  /** As a shell reports it (128 + signal); null when it could not be recorded. */
  readonly status: number | null;
  readonly atMs: number | null;
  readonly wasRequested: boolean;
};

/** Timers that the reducer sets; at most one of each name is active. */
export type LifecycleTimer = 'drain' | 'terminate' | 'kill' | 'memory' | 'probe' | 'back-off' | 'hang' | 'stable';

/**
 * Unexpected exits, and hangs that were ended by a restart, with the same settings. Kept until a run has served for
 * `restart.stableAfterMs`, or until the operator stops the engine or starts it with other settings. A time is null where it is unknown.
 */
export type Crashes = {
  readonly count: number;
  readonly sinceMs: number | null;
  readonly lastAtMs: number | null;
  /** Of the newest one. */
  readonly cause: Finding;
};

/** Crashes as they are recorded, with the automatic restarts in a row that answered them. */
export type RecordedCrashes = Crashes & {readonly restarts: number};

/**
 * The complete lifecycle state, as plain data. `run` is set from the moment a process exists until its whole session
 * is verified gone, so it outlives the state `ready`; no engine is spawned while it is set.
 */
export type LifecycleState = {
  readonly state: EngineState;
  /** When this state was entered, epoch ms; null if that is unknown. */
  readonly stateSinceMs: number | null;
  readonly phase: StartPhase | null;
  /** Completed fraction of `phase`, 0..1, from the engine's log. Whole-start progress: start-progress.ts. */
  readonly progressRatio: Reading<number>;
  /** When each phase of this start was entered: the start history's raw material. */
  readonly phaseEnteredAtMs: Partial<Readonly<Record<StartPhase, number>>>;
  readonly settings: LaunchSettings | null;
  /** What to start once the current run is gone. */
  readonly pending: StartRequest | null;
  readonly run: RunIdentity | null;
  /** When the newest run began, epoch ms, also after its end; null if none is known. */
  readonly lastStartedAtMs: number | null;
  readonly readyAtMs: number | null;
  readonly exit: EngineExit | null;
  readonly diagnosis: Finding | null;
  /** Numbers from the engine's log, by fact name. */
  readonly facts: Readonly<Partial<Record<string, number>>>;
  readonly version: string | null;
  /** The newest settings with which a run became ready: offered when a restart fails. */
  readonly lastGoodSettings: LaunchSettings | null;
  /** The scheduled automatic restart; null in every state except `backing-off`. */
  readonly backOff: {readonly attempt: number; readonly maxAttempts: number; readonly untilMs: number} | null;
  /** When the present or the last drain ends at the latest; null before the first. */
  readonly drainUntilMs: number | null;
  /** The settings that were replaced by the current ones; null after the next command. */
  readonly rolledBack: RolledBack | null;
  /** Null while these settings have not crashed, or have been stable since. */
  readonly crashes: Crashes | null;
  /** What was decided and is not reached yet; null once it is, or has failed. */
  readonly intention: Intention | null;
  /** In which step the present supervisor took over `intention`; null for one of its own. */
  readonly continuedStep: IntentionStep | null;
  /** The intention that was not carried on; null after the next command. */
  readonly givenUp: GivenUp | null;
  /** Internal to the reducer; not read elsewhere. */
  readonly internal: LifecycleInternal;
};

export type LifecycleInternal = {
  readonly policy: LifecyclePolicy;
  /** Increases with every preflight, so that a late answer of an abandoned one is recognized. */
  readonly attempt: number;
  /** Overrides of the current start, needed again by an automatic restart. */
  readonly force: boolean;
  /** Settings to fall back to if the current start fails. */
  readonly rollbackTo: LaunchSettings | null;
  /** True between the effect `spawn-engine` and its answer: an engine may exist that `run` does not name yet. */
  readonly isSpawning: boolean;
  /** True once a stop of the current run was requested. */
  readonly isStopRequested: boolean;
  readonly hasExited: boolean;
  readonly isSessionGone: boolean;
  /** Processes of the run were still there some time after SIGKILL. */
  readonly hasSurvivedKill: boolean;
  readonly isMemoryFreed: boolean;
  readonly isProbing: boolean;
  readonly consecutiveProbeFailures: number;
  /** Probes in a row that the engine answered, but not with a generated token. */
  readonly consecutiveWrongAnswers: number;
  /** Probes in a row that were answered with broken text. */
  readonly consecutiveBrokenOutputs: number;
  /** Null unless the newest probe of this start waited in vain for its first token. */
  readonly startTimeouts: StartTimeouts | null;
  /** Reported broken text, kept until a valid answer; its finding is unknown for an adopted run. */
  readonly brokenOutput: {readonly finding: Finding | null} | null;
  /** It became ready by tokens for others, before a probe had its turn: no valid text of it was seen yet. */
  readonly isTextUnchecked: boolean;
  readonly consecutiveRestarts: number;
  readonly nextTimerId: number;
  /** Number of intentions so far: two of one millisecond have different ids. */
  readonly intentions: number;
  /** Ids of the active timers. */
  readonly timerIds: Partial<Readonly<Record<LifecycleTimer, number>>>;
  /** The newest failure in the log: the diagnosis if the engine exits soon after. */
  readonly logFailure: {readonly finding: Finding; readonly atMs: number} | null;
  /** The state in which an earlier supervisor has left an adopted run, until that is confirmed or disproved. */
  readonly keptState: KeptState | null;
  /** True when this run was adopted: its phases were read late, so their times are not meaningful. */
  readonly isAdopted: boolean;
};

/** An outside event or a request. Each has the wall-clock time at which it was seen. */
export type LifecycleEvent = {readonly atMs: number} /** `by`: who asked, of every verb. */ & (
  | {readonly type: 'start-requested'; readonly settings: LaunchSettings; readonly force: boolean; readonly by?: string}
  | {readonly type: 'stop-requested'; readonly drainMs: number; readonly by?: string}
  | {
      readonly type: 'restart-requested';
      readonly by?: string;
      readonly settings: LaunchSettings;
      readonly drainMs: number;
      readonly force: boolean;
      /** Return to the last good settings if these do not become ready. */
      readonly rollback?: boolean;
    }
  /** `attempt` is the one of the effect `run-preflight`. */
  | {readonly type: 'preflight-passed'; readonly attempt: number}
  | {readonly type: 'preflight-refused'; readonly attempt: number; readonly finding: Finding}
  /** `version`: from the installation, until the log reports one. */
  | {readonly type: 'engine-spawned'; readonly run: RunIdentity; readonly version?: string | null}
  | {readonly type: 'spawn-failed'; readonly finding: Finding}
  /** A run of an earlier supervisor was found running. `readyAtMs` is null when it was never ready. */
  | {
      readonly type: 'engine-adopted';
      readonly run: RunIdentity;
      readonly settings: LaunchSettings;
      readonly readyAtMs: number | null;
      readonly version?: string | null;
      /** True when its stop was already requested: the stop continues. */
      readonly isStopRequested?: boolean;
      /** The state in which an earlier supervisor has left it. */
      readonly keptState?: KeptState | null;
      /** True when it has generated only broken text so far. */
      readonly isOutputBroken?: boolean;
      /** True when it generated for others, and its text was never checked. */
      readonly isTextUnchecked?: boolean;
      /** Of these settings before this run, or hangs of this run. */
      readonly crashes?: RecordedCrashes | null;
      /** True when failed checks were overridden for it: an automatic restart does so again. */
      readonly isForced?: boolean;
      /** The settings that it replaced because they failed; null or absent if it did not. */
      readonly rolledBack?: RolledBack | null;
    }
  /**
   * An intention of an earlier supervisor is carried on, after its run was adopted, if there is one. `isRunOfIt`: that
   * run was started for it, and is not the one to be stopped first.
   */
  | {
      readonly type: 'intention-resumed';
      readonly intention: Intention;
      readonly step: IntentionStep;
      readonly isRunOfIt: boolean;
    }
  /** `isRecorded`: by an earlier supervisor; this one only reports it. */
  | {
      readonly type: 'intention-given-up';
      readonly intention: Intention;
      readonly step: IntentionStep;
      readonly reason: GivenUpReason;
      readonly isRecorded: boolean;
    }
  /** The operator has changed what is done about failures. */
  | {readonly type: 'policy-changed'; readonly policy: RestartPolicy}
  | RunEvent
  | {readonly type: 'timer-fired'; readonly timer: LifecycleTimer; readonly id: number}
);

/** What happened to one run; ignored when it is no longer the current run. */
export type RunEvent = {readonly runId: string} & (
  | {readonly type: 'log-phase'; readonly phase: StartPhase}
  /** `ratio` is the completed fraction of this phase. */
  | {readonly type: 'log-progress'; readonly phase: StartPhase; readonly ratio: number}
  | {readonly type: 'log-fact'; readonly name: string; readonly value: number}
  | {readonly type: 'log-version'; readonly version: string}
  | {readonly type: 'log-failure'; readonly finding: Finding}
  /** The engine generated a real token. */
  | {readonly type: 'probe-succeeded'}
  | ({readonly type: 'probe-failed'} & ProbeFailure)
  /** Requests are running and no token was generated for too long; and the recovery from that. */
  | ({readonly type: 'progress-stalled'; readonly stall: Stall} & Partial<HangEvidence>)
  | {readonly type: 'progress-resumed'}
  /** A serving engine has not given its metrics for some time: does it still generate? */
  | {readonly type: 'metrics-silent'}
  /** The HTTP server of a serving engine responds to nothing; and the end of that. */
  | ({readonly type: 'server-silent'} & Unanswered & Partial<HangEvidence>)
  | {readonly type: 'server-answers'}
  | {readonly type: 'drained'}
  /** The engine's own process exited; its workers may still run. */
  | {readonly type: 'engine-exited'; readonly status: number | null; readonly past?: PastExit | null}
  /** Every process of the run's session is verified gone. */
  | {readonly type: 'processes-gone'}
  /** GPU memory is as free as before the run, or cannot be measured. */
  | {readonly type: 'memory-freed'}
);

/** What the supervisor should do; it answers with events. */
export type LifecycleEffect =
  | {
      readonly type: 'run-preflight';
      readonly attempt: number;
      readonly settings: LaunchSettings;
      readonly force: boolean;
      /** See `StartRequest`. */
      readonly isAutomatic: boolean;
    }
  | {readonly type: 'spawn-engine'; readonly settings: LaunchSettings}
  /** Request one token from the engine, once; answer `probe-succeeded` or `probe-failed`. */
  | {readonly type: 'probe-readiness'; readonly runId: string}
  /** Watch running and waiting requests; answer `drained` at zero. The deadline is a timer of the reducer's. */
  | {readonly type: 'wait-for-drain'; readonly runId: string; readonly deadlineAtMs: number}
  /** SIGTERM only to the engine's pid: sent to the group, it would break the engine's own clean shutdown. */
  | {readonly type: 'terminate-leader'; readonly run: RunIdentity}
  /** SIGKILL to every process of the run. */
  | {readonly type: 'kill-session'; readonly run: RunIdentity}
  /**
   * Poll until the session is gone (`processes-gone`) and then until its GPU memory is free (`memory-freed`), without a
   * limit: limits are timers of the reducer. A second request for the same run replaces the earlier poll.
   */
  | {readonly type: 'verify-stopped'; readonly run: RunIdentity}
  | {readonly type: 'record'; readonly entry: LifecycleRecord}
  /** Replaces a timer of the same name. `timer-fired` returns name and id. */
  | {readonly type: 'set-timer'; readonly timer: LifecycleTimer; readonly id: number; readonly afterMs: number}
  | {readonly type: 'clear-timer'; readonly timer: LifecycleTimer};

/**
 * Lifecycle records in the journal. `run-started` is written by the code that spawns: only it knows the command.
 * `run-ready` has a mark while no valid text was seen (unusable, or not checked yet), and is recorded again without it.
 */
export type LifecycleRecord = {readonly atMs: number; readonly runId: string} & (
  | {readonly type: 'run-ready'; readonly isOutputBroken?: true; readonly isTextUnchecked?: true}
  | {readonly type: 'run-stop-requested'}
  /** The stop is not carried on: the engine may serve. */
  | {readonly type: 'run-stop-withdrawn'}
  | {readonly type: 'run-ended'; readonly status: number | null; readonly wasRequested: boolean}
  | {readonly type: 'run-adopted'}
  /** It has served for long enough: the crashes before it are forgotten. */
  | {readonly type: 'run-stable'}
  /** It hangs, and is not restarted any more. */
  | {readonly type: 'run-hung'; readonly crashes: RecordedCrashes}
);

/** Why a verb was not accepted: plain data, the shape of every API error. */
export type Refusal = {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  readonly details?: Details | undefined;
};

export type Transition = {
  readonly state: LifecycleState;
  readonly effects: readonly LifecycleEffect[];
  /** To be recorded before the effects; absent for none. */
  readonly intentions?: readonly IntentionRecord[];
  /** For a verb: one sentence saying what was started, or that there is nothing to do. */
  readonly message?: string;
  /** Set when a verb was refused; the state is then unchanged and effects are empty. */
  readonly refusal?: Refusal;
};
