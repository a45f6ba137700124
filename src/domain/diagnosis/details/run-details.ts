import {z} from 'zod';
import {
  givenUpReasonSchema,
  intentionCauseSchema,
  intentionStepSchema,
  intentionVerbSchema,
} from '../../lifecycle/intention/intention-facts.ts';
import {startPhaseSchema} from '../../lifecycle/phases.ts';
import {launchSettingsSchema} from '../../settings/launch-settings.ts';

/** It may have begun before the engine was watched: the time is a lower bound. */
const isAtLeast = z.literal(true).optional();

const stall = z.strictObject({
  isAtLeast,
  stalledMs: z.number().nonnegative(),
  runningRequests: z.number().nonnegative(),
  waitingRequests: z.number().nonnegative(),
});

const settingValueSchema = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]);
/** One setting in two versions, by its key. */
export const settingDifferenceSchema = z.strictObject({
  key: launchSettingsSchema.keyof(),
  current: settingValueSchema,
  requested: settingValueSchema,
});
export type SettingDifference = z.infer<typeof settingDifferenceSchema>;

const differences = z.strictObject({differences: z.array(settingDifferenceSchema)});

/** Processes of the engine that do not run: stopped by a signal, and held by a debugger. */
const heldPids = {stoppedPids: z.array(z.int()), tracedPids: z.array(z.int())};

/** Where the engine listens. */
const listening = z.strictObject({addresses: z.array(z.string()), port: z.int()});

/** What was decided, by whom and when, and how far it had come. */
const intention = {
  verb: intentionVerbSchema,
  cause: intentionCauseSchema,
  by: z.string().nullable(),
  requestedAtMs: z.number(),
  step: intentionStepSchema,
};

/** Facts of findings about a run. */
export const runDetailSchemas = {
  'engine.also-running': z.strictObject({
    runId: z.string(),
    pid: z.int(),
    /** `unknown`: no record says with which settings it was started; `moved`: its state directory is elsewhere now. */
    reason: z.enum(['another-is-managed', 'unknown', 'moved']),
    /** Null where no record has them. */
    model: z.string().nullable(),
    port: z.int().nullable(),
    /** Where its files are; null where that is unknown. */
    stateDir: z.string().nullable(),
  }),
  'engine.open-to-network': listening,
  'engine.key-guards-partly': listening,
  'engine.no-progress': stall,
  /** `kind`: how the output is broken; `sample`: what is repeated; `answer`: its beginning. */
  'engine.output-collapsed': z.strictObject({
    kind: z.enum(['repeated', 'not-a-number', 'undecodable']),
    sample: z.string(),
    answer: z.string(),
  }),
  'engine.records-missing': z.strictObject({
    runId: z.string(),
    pid: z.int(),
    /** The first of journal, run directory and processes that had its settings. */
    source: z.enum(['journal', 'run-directory', 'processes']),
    missing: z.array(z.enum(['journal', 'run-record', 'run-directory', 'log', 'birth', 'key'])),
    logPath: z.string(),
  }),
  'lifecycle.crash-loop': z.strictObject({
    crashes: z.int().positive(),
    /** Of the first and the last crash, epoch ms; null at an unknown time. */
    sinceMs: z.number().nullable(),
    lastAtMs: z.number().nullable(),
    /** Epoch ms; null while no restart is scheduled. */
    nextRestartAtMs: z.number().nullable(),
    /** The finding about the last crash, which is not listed next to this one. */
    cause: z.strictObject({code: z.string(), details: z.record(z.string(), z.json()).optional()}),
  }),
  'lifecycle.engine-exited': z.strictObject({
    /** As a shell reports it (128 + signal); null when it could not be recorded. */
    status: z.int().nullable(),
    signal: z.int().nullable(),
    /** Of the start; null for an engine that was serving. */
    phase: startPhaseSchema.nullable(),
  }),
  /** `waitedMs`: since the first of the requests that timed out; `phase`: of the start. */
  'lifecycle.first-token-awaited': z.strictObject({
    timeouts: z.int().positive(),
    timeoutMs: z.number().positive(),
    waitedMs: z.number().nonnegative(),
    phase: startPhaseSchema.nullable(),
  }),
  'lifecycle.intention-continued': z.strictObject(intention),
  /** `command` repeats it. */
  'lifecycle.intention-given-up': z.strictObject({...intention, reason: givenUpReasonSchema, command: z.string()}),
  'lifecycle.last-good-settings': differences,
  /** When it was reported. */
  'lifecycle.not-answering': z.strictObject({unansweredMs: z.number().nonnegative(), isAtLeast, ...heldPids}),
  /** Null for an engine that fails to answer without a step of it being missed. */
  'lifecycle.not-generating': z.strictObject({stall: stall.nullable(), ...heldPids}),
  'lifecycle.other-settings': differences,
  'lifecycle.processes-remain': z.strictObject({
    /** Empty if they were not listed. */
    processes: z.array(
      z.strictObject({
        pid: z.int(),
        /** On all GPUs; null where the driver does not list processes. */
        gpuBytes: z.number().nonnegative().nullable(),
      }),
    ),
  }),
  'lifecycle.rolled-back': differences,
  'lifecycle.start-slow': z.strictObject({
    phase: startPhaseSchema,
    elapsedMs: z.number().nonnegative(),
    slowestMs: z.number().nonnegative(),
    earlierStarts: z.int().positive(),
  }),
  'host.out-of-memory': z.strictObject({
    pid: z.int(),
    name: z.string(),
    residentBytes: z.number().nonnegative().nullable(),
    /** A process of the engine, as far as its processes were seen. */
    isOwn: z.boolean(),
    /** `group`: the memory limit of a container or unit; `host`: the host itself had none left. */
    limit: z.enum(['group', 'host']),
  }),
} as const;
