import {z} from 'zod';
import {engineAccessSchema} from '../domain/diagnosis/serving/engine-access.ts';
import {engineStateSchema, startPhaseSchema} from '../domain/lifecycle/phases.ts';
import {usualStartSchema} from '../domain/lifecycle/starts/earlier-starts.ts';
import {comingPhaseSchema, startedPhaseSchema} from '../domain/lifecycle/starts/start-ledger.ts';
import {launchSettingsSchema} from '../domain/settings/launch-settings.ts';
import {progressSchema} from '../domain/traffic/forward-progress.ts';
import {readingSchema} from './reading-schema.ts';

const numberReading = readingSchema(z.number());
const textReading = readingSchema(z.string());

const engineExitSchema = z.object({
  /** Exit status as a shell reports it (128 + signal); null when it could not be recorded. */
  status: z.number().nullable(),
  /** Epoch ms; null at an unknown time, if nobody watched and nothing recorded it. */
  atMs: z.number().nullable(),
  /** True when Gantry requested the stop. */
  wasRequested: z.boolean(),
});

/** A process of the engine on this host. */
const engineProcessSchema = z.object({
  pid: z.number(),
  parentPid: z.number(),
  /** Its title, or the program and the first word after it. */
  name: z.string(),
  /** One letter of /proc: `R` running, `S` sleeping, `D` waiting in the kernel. */
  state: z.string(),
  /** Memory of the host. */
  residentBytes: z.number(),
  startedAtMs: z.number(),
  /** The program of Gantry that records how the engine exits. */
  isShim: z.boolean(),
});
export type EngineProcess = z.infer<typeof engineProcessSchema>;

/** The engine of a node: state, start, settings, processes. */
export const engineViewSchema = z.object({
  /** Engine name (`vllm`), null while none is known. */
  name: z.string().nullable(),
  version: textReading,
  state: engineStateSchema,
  /** When it was entered, also by an earlier supervisor; null if unknown, absent in snapshots of an older Gantry. */
  stateSinceMs: z.number().nullable().optional(),
  phase: startPhaseSchema.nullable(),
  /** How long the HTTP server of a serving engine has responded to nothing, ms; null while it responds. At least: maybe longer. */
  unansweredMs: z.number().nullable(),
  isUnansweredAtLeast: z.literal(true).optional(),
  /** Completed fraction of the whole start, 0..1. */
  progressRatio: numberReading,
  /** Time until ready, from this node's own comparable starts. */
  etaMs: numberReading,
  /** Without comparable starts: time until the bytes of the current phase are read, by the rate of this start. */
  phaseEta: readingSchema(z.object({ms: z.number(), bytesPerSecond: z.number()})),
  /** How long the next start takes on this node, by earlier ones with its engine and model. */
  usualStart: readingSchema(usualStartSchema),
  runId: z.string().nullable(),
  pid: z.number().nullable(),
  startedAtMs: z.number().nullable(),
  readyAtMs: z.number().nullable(),
  /** `http://host:port/v1`, null while none is known. */
  endpoint: z.string().nullable(),
  /** Who can use it, by what listens; null while that is unknown. Not in snapshots of an older Gantry. */
  access: engineAccessSchema.nullable().optional(),
  logPath: z.string().nullable(),
  settings: launchSettingsSchema.nullable(),
  /**
   * The command that started it, as words for a shell, in groups of an option and its values; the first group is its
   * environment and the program. Secrets are masked. Null without a run, and where that was not recorded.
   */
  command: z.array(z.array(z.string())).nullable(),
  /** The phases of this start, or of the last one, in the order in which they came; empty where they were not seen. */
  startPhases: z.array(startedPhaseSchema),
  /** The phases that this start has before it, by comparable starts. Not in snapshots of an older Gantry. */
  comingPhases: z.array(comingPhaseSchema).optional(),
  /**
   * How far the present phase is by the engine's log, 0..1, and for one that reads the weights their size, bytes. Not in
   * snapshots of an older Gantry.
   */
  phaseProgress: z.object({ratio: numberReading, totalBytes: numberReading}).optional(),
  /** Its processes, the oldest first. */
  processes: readingSchema(z.array(engineProcessSchema)),
  exit: engineExitSchema.nullable(),
  /** The scheduled automatic restart; null if none. */
  backOff: z.object({attempt: z.number(), maxAttempts: z.number(), untilMs: z.number()}).nullable(),
  /** When the running drain ends at the latest; null in every state except `draining`. */
  drainUntilMs: z.number().nullable(),
  /** The newest settings with which an engine became ready; null before the first. */
  lastGoodSettings: launchSettingsSchema.nullable(),
  /** The last /health result as text. Never decides alone. */
  health: textReading,
  /** Whether its progress counters increase. */
  progress: progressSchema,
  /** Display name: `vLLM`; null while no engine is known. */
  displayName: z.string().nullable(),
  /** Numbers from the engine's log, by fact name; bytes, tokens or seconds per the name. */
  facts: z.record(z.string(), z.number()),
});
