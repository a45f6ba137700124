import {absent, type Reading} from '../../samples/reading.ts';
import type {Details} from '../diagnosis/details/details.ts';
import type {Finding} from '../diagnosis/finding.ts';
import type {LaunchSettings} from '../settings/launch-settings.ts';
import type {Stall} from '../traffic/forward-progress.ts';
import type {EngineState, StartPhase} from './phases.ts';
import {defaultRestartPolicy, type RestartPolicy} from './restart-policy.ts';
import type {RunIdentity} from './run-identity.ts';

/** What to start, and whether the operator overrides a plan that does not fit. */
export type StartRequest = {
  readonly settings: LaunchSettings;
  readonly force: boolean;
  /** Settings to take instead, once, should these not become ready. */
  readonly rollbackTo?: LaunchSettings | null;
};

/** A start that failed and gave way to the last good settings. */
export type RolledBack = {readonly settings: LaunchSettings; readonly cause: Finding; readonly atMs: number};

/** How the last run ended. */
export type EngineExit = {
  /** As a shell reports it (128 + signal); null when nobody could record it. */
  readonly status: number | null;
  readonly atMs: number;
  readonly wasRequested: boolean;
};

/** Timers the reducer asks for; at most one of each name is alive. */
export type LifecycleTimer = 'drain' | 'terminate' | 'kill' | 'memory' | 'probe' | 'back-off' | 'hang';

/**
 * Everything the lifecycle knows, as plain data. `run` is set from the moment a process exists until its whole session
 * is verified gone, so it outlives the state `ready`; no engine is ever spawned while it is set.
 */
export type LifecycleState = {
  readonly state: EngineState;
  readonly phase: StartPhase | null;
  /** Share of `phase` that is done, 0..1, as the engine's log said. Whole-start progress: start-progress.ts. */
  readonly progressRatio: Reading<number>;
  /** When each phase of this start was entered: the start history's raw material. */
  readonly phaseEnteredAtMs: Partial<Readonly<Record<StartPhase, number>>>;
  readonly settings: LaunchSettings | null;
  /** What to start once the present run is gone. */
  readonly pending: StartRequest | null;
  readonly run: RunIdentity | null;
  readonly readyAtMs: number | null;
  readonly exit: EngineExit | null;
  readonly diagnosis: Finding | null;
  /** Numbers the engine's log stated, by fact name. */
  readonly facts: Readonly<Partial<Record<string, number>>>;
  readonly version: string | null;
  /** The newest settings a run became ready with: what to offer when a restart fails. */
  readonly lastGoodSettings: LaunchSettings | null;
  /** Automatic restart that is being waited for; null in every state but `backing-off`. */
  readonly backOff: {readonly attempt: number; readonly maxAttempts: number; readonly untilMs: number} | null;
  /** The settings that were given up for the present ones; null once somebody has decided anew. */
  readonly rolledBack: RolledBack | null;
  /** Bookkeeping of the reducer; nothing outside it reads this. */
  readonly internal: LifecycleInternal;
};

export type LifecycleInternal = {
  readonly policy: LifecyclePolicy;
  /** Rises with every preflight, so that a late answer of an abandoned one is told apart. */
  readonly attempt: number;
  /** Overrides of the start under way, needed again by an automatic restart. */
  readonly force: boolean;
  /** Settings to fall back to, should the start under way fail. */
  readonly rollbackTo: LaunchSettings | null;
  /** True between the effect `spawn-engine` and its answer: an engine may exist that `run` does not name yet. */
  readonly isSpawning: boolean;
  /** True once a stop of the present run was asked for. */
  readonly isStopRequested: boolean;
  readonly hasExited: boolean;
  readonly isSessionGone: boolean;
  readonly isMemoryFreed: boolean;
  readonly isProbing: boolean;
  readonly consecutiveProbeFailures: number;
  readonly consecutiveRestarts: number;
  readonly nextTimerId: number;
  /** Ids of the timers alive. */
  readonly timerIds: Partial<Readonly<Record<LifecycleTimer, number>>>;
  /** The newest failure the log named: the diagnosis, should the engine exit soon after. */
  readonly logFailure: {readonly finding: Finding; readonly atMs: number} | null;
  /** True when this run was taken over: its phases were read late, so their times say nothing. */
  readonly isAdopted: boolean;
};

/** How long the lifecycle waits, and how often it restarts an engine that ended unasked. */
export type LifecyclePolicy = {
  /** Between SIGTERM to the leader and SIGKILL to the session. */
  readonly terminateGraceMs: number;
  /** Between SIGKILL and giving up on processes the kernel does not end. */
  readonly killGraceMs: number;
  /** Between the last process and giving up on GPU memory that is not handed back. */
  readonly memoryGraceMs: number;
  /** Between two readiness probes while starting. */
  readonly startProbeIntervalMs: number;
  /** Between two readiness probes of a run that was ready and is in doubt. */
  readonly degradedProbeIntervalMs: number;
  readonly restart: RestartPolicy;
};

/** An outside happening or a request. Every one carries the wall-clock time it was seen at. */
export type LifecycleEvent = {readonly atMs: number} & (
  | {readonly type: 'start-requested'; readonly settings: LaunchSettings; readonly force: boolean}
  | {readonly type: 'stop-requested'; readonly drainMs: number}
  | {
      readonly type: 'restart-requested';
      readonly settings: LaunchSettings;
      readonly drainMs: number;
      readonly force: boolean;
      /** Take the last good settings again, should these not become ready. */
      readonly rollback?: boolean;
    }
  /** `attempt` is the one of the effect `run-preflight`. */
  | {readonly type: 'preflight-passed'; readonly attempt: number}
  | {readonly type: 'preflight-refused'; readonly attempt: number; readonly finding: Finding}
  /** `version`: as the installation says it, until the log does. */
  | {readonly type: 'engine-spawned'; readonly run: RunIdentity; readonly version?: string | null}
  | {readonly type: 'spawn-failed'; readonly finding: Finding}
  /** A run of an earlier supervisor was found alive. `readyAtMs` is null when it never was ready. */
  | {
      readonly type: 'engine-adopted';
      readonly run: RunIdentity;
      readonly settings: LaunchSettings;
      readonly readyAtMs: number | null;
      readonly version?: string | null;
      /** True when its stop had been asked for already: it is carried on. */
      readonly isStopRequested?: boolean;
    }
  | RunEvent
  | {readonly type: 'timer-fired'; readonly timer: LifecycleTimer; readonly id: number}
);

/** What happened to one run; ignored when the run is not the present one any more. */
export type RunEvent = {readonly runId: string} & (
  | {readonly type: 'log-phase'; readonly phase: StartPhase}
  /** `ratio` is the share of this phase. */
  | {readonly type: 'log-progress'; readonly phase: StartPhase; readonly ratio: number}
  | {readonly type: 'log-fact'; readonly name: string; readonly value: number}
  | {readonly type: 'log-version'; readonly version: string}
  | {readonly type: 'log-failure'; readonly finding: Finding}
  /** The engine generated a real token. */
  | {readonly type: 'probe-succeeded'}
  /** `finding`: the engine did answer, and what it answered wants the operator, in a start too. */
  /** `answer`: what came of it, in one sentence. */
  | {readonly type: 'probe-failed'; readonly answer: string; readonly finding?: Finding}
  /** Requests are running and no token was generated for too long; and the end of that. */
  | {readonly type: 'progress-stalled'; readonly stall: Stall; readonly evidence?: string}
  | {readonly type: 'progress-resumed'}
  | {readonly type: 'drained'}
  /** The engine's own process ended; its workers may live on. */
  | {readonly type: 'engine-exited'; readonly status: number | null}
  /** Every process of the run's session is verified gone. */
  | {readonly type: 'processes-gone'}
  /** The cards' memory is as free as before the run, or nobody can tell. */
  | {readonly type: 'memory-freed'}
);

/** What the supervisor should do; it answers with events. */
export type LifecycleEffect =
  | {
      readonly type: 'run-preflight';
      readonly attempt: number;
      readonly settings: LaunchSettings;
      readonly force: boolean;
    }
  | {readonly type: 'spawn-engine'; readonly settings: LaunchSettings}
  /** Ask the engine for one token, once; answer `probe-succeeded` or `probe-failed`. */
  | {readonly type: 'probe-readiness'; readonly runId: string}
  /** Watch running and waiting requests; answer `drained` at zero. The deadline is a timer of the reducer's. */
  | {readonly type: 'wait-for-drain'; readonly runId: string; readonly deadlineAtMs: number}
  /** SIGTERM to the engine's pid alone: to the group, it would break the engine's own orderly end. */
  | {readonly type: 'terminate-leader'; readonly run: RunIdentity}
  /** SIGKILL to every process of the run. */
  | {readonly type: 'kill-session'; readonly run: RunIdentity}
  /**
   * Poll until the session is gone (`processes-gone`) and then until its GPU memory is free (`memory-freed`), without a
   * limit: limits are timers of the reducer's. Asked again for the same run, it takes the place of the poll before.
   */
  | {readonly type: 'verify-stopped'; readonly run: RunIdentity}
  | {readonly type: 'record'; readonly entry: LifecycleRecord}
  /** Replaces a timer of the same name. `timer-fired` gives name and id back. */
  | {readonly type: 'set-timer'; readonly timer: LifecycleTimer; readonly id: number; readonly afterMs: number}
  | {readonly type: 'clear-timer'; readonly timer: LifecycleTimer};

/** What the journal keeps of the lifecycle. `run-started` is written by whoever spawns: it alone knows the command. */
export type LifecycleRecord = {readonly atMs: number; readonly runId: string} & (
  | {readonly type: 'run-ready'}
  | {readonly type: 'run-stop-requested'}
  | {readonly type: 'run-ended'; readonly status: number | null; readonly wasRequested: boolean}
  | {readonly type: 'run-adopted'}
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
  /** For a verb: one sentence saying what was begun, or that there was nothing to do. */
  readonly message?: string;
  /** Present when a verb was refused; state and effects are then as before and empty. */
  readonly refusal?: Refusal;
};

/** vLLM and SGLang end within seconds when idle; SGLang drains without a limit of its own, so Gantry sets one. */
export const defaultLifecyclePolicy: LifecyclePolicy = {
  terminateGraceMs: 30_000,
  killGraceMs: 20_000,
  memoryGraceMs: 60_000,
  startProbeIntervalMs: 1_000,
  degradedProbeIntervalMs: 5_000,
  restart: defaultRestartPolicy,
};

/** A lifecycle that knows no engine. `lastGoodSettings` comes from the journal of earlier runs. */
export function initialLifecycleState(
  options: {readonly lastGoodSettings?: LaunchSettings | null; readonly policy?: Partial<LifecyclePolicy>} = {},
): LifecycleState {
  return {
    state: 'stopped',
    phase: null,
    progressRatio: absent('the engine is not starting'),
    phaseEnteredAtMs: {},
    settings: null,
    pending: null,
    run: null,
    readyAtMs: null,
    exit: null,
    diagnosis: null,
    facts: {},
    version: null,
    lastGoodSettings: options.lastGoodSettings ?? null,
    backOff: null,
    rolledBack: null,
    internal: {
      policy: {...defaultLifecyclePolicy, ...options.policy},
      attempt: 0,
      force: false,
      rollbackTo: null,
      isSpawning: false,
      isStopRequested: false,
      hasExited: false,
      isSessionGone: false,
      isMemoryFreed: false,
      isProbing: false,
      consecutiveProbeFailures: 0,
      consecutiveRestarts: 0,
      nextTimerId: 1,
      timerIds: {},
      logFailure: null,
      isAdopted: false,
    },
  };
}
