import {z} from 'zod';
import {priceBookNames, priceBookSchema} from '../domain/cost/price-book.ts';
import {defaultRestartPolicy, type RestartPolicy} from '../domain/lifecycle/restart-policy.ts';
import {NATIVE_FORMAT} from '../domain/memory/model/planned-model.ts';
import {weightFormats} from '../domain/memory/model/quantization.ts';
import type {LaunchSettings} from '../domain/settings/launch-settings.ts';
import {defaultEngineName} from '../engines/default-engine.ts';
import {engineNames} from '../engines/engine-names.ts';
import {containerClients} from '../engines/launch/container-command.ts';
import {hooksSchema} from './hook-schema.ts';

const MS_PER_SECOND = 1000;
const MS_PER_MINUTE = 60_000;

const text = z.string().min(1);

const nvidiaSmiSchema = z.strictObject({
  path: text
    .default('nvidia-smi')
    .describe('The nvidia-smi to run: a name on PATH, or the path of a program that stands in for it.'),
});

const containerSchema = z.strictObject({
  client: z
    .enum(containerClients)
    .nullable()
    .default(null)
    .describe('Who runs the container: docker or podman; null takes the first of them that has the image.'),
  image: text.describe('The image with its tag, which must be on this host.'),
  arguments: z
    .array(z.string())
    .default([])
    .describe("Words for the client's run command, after Gantry's own, so that they win: a list."),
});

const engineSchema = z.strictObject({
  name: z
    .enum(engineNames)
    .default(defaultEngineName)
    .describe(`The inference engine: ${engineNames.join(', ')}.`),
  executable: text
    .nullable()
    .default(null)
    .describe(
      "The engine's program, a name on PATH, an absolute path or one from ~/; null looks for it on PATH, in Python environments and among the images of docker and podman.",
    ),
  container: containerSchema
    .nullable()
    .default(null)
    .describe('A container image to run the engine from, {client, image, arguments}; it goes before the executable.'),
  model: text
    .default('moonshotai/Kimi-K2.7-Code')
    .describe('The model: a Hugging Face id, or a directory that holds it.'),
  format: text
    .default(NATIVE_FORMAT)
    .describe(
      `How the checkpoint stores its weights: ${weightFormats.join(', ')}; ${NATIVE_FORMAT} is as it is on disk or was published.`,
    ),
  servedModelName: text.default('kimi-k2.7-code').describe('The model name that clients of the endpoint ask for.'),
  host: text.default('127.0.0.1').describe('The address the engine listens on; 127.0.0.1 keeps it on this machine.'),
  port: z.int().min(1).max(65_535).default(8000).describe('The port the engine listens on, 1 to 65535.'),
  tensorParallelSize: z.int().positive().default(8).describe('How many cards share the model.'),
  pipelineParallelSize: z.int().positive().default(1).describe('Groups of cards that have some of the layers each.'),
  dataParallelSize: z
    .int()
    .positive()
    .default(1)
    .describe('Groups that serve requests of their own, each with its own KV cache.'),
  decodeContextParallelSize: z
    .int()
    .positive()
    .default(1)
    .describe("Tensor-parallel ranks that share one sequence's KV cache, which multiplies the tokens it holds."),
  expertParallel: z
    .boolean()
    .default(false)
    .describe('Keep experts whole, some on each card, instead of slicing them.'),
  visionMode: z
    .enum(['data', 'weights', 'absent'])
    .default('data')
    .describe('The vision tower: data (whole on every card), weights (divided) or absent (not loaded).'),
  contextLengthTokens: z
    .int()
    .positive()
    .default(262_144)
    .describe('The longest request in tokens, prompt and answer together.'),
  memoryFraction: z
    .number()
    .positive()
    .max(1)
    .default(0.9)
    .describe(
      "The engine's share of each card's memory, above 0 and up to 1; each engine counts it by its own rule, and some have none.",
    ),
  kvCacheDtype: z
    .enum(['auto', 'bf16', 'fp8'])
    .default('auto')
    .describe('The type of the KV cache: auto, bf16 or fp8, which halves it.'),
  maxRunningRequests: z
    .int()
    .positive()
    .nullable()
    .default(null)
    .describe("The most requests that run at once; null leaves the engine's own default."),
  extraArguments: z
    .array(z.string())
    .default([])
    .describe("Words for the engine's command line, passed on as they are: a list."),
});

const costSchema = z.strictObject({
  nodeUsdPerHour: z
    .number()
    .nonnegative()
    .nullable()
    .default(null)
    .describe('What this node costs in USD an hour, all cards together; null when it is not known.'),
  priceBook: z
    .union([z.enum(priceBookNames), priceBookSchema])
    .default('moonshot')
    .describe(`The metered API to compare with: ${priceBookNames.join(', ')}, or prices of your own with their date.`),
});

const supervisorSchema = z.strictObject({
  idleExitMinutes: z
    .number()
    .positive()
    .default(15)
    .describe('How long the supervisor stays without an engine to look after, in minutes.'),
});

const restartSchema = z.strictObject({
  automatic: z
    .boolean()
    .default(true)
    .describe('Start an engine again that ended unasked after it had served; false leaves it down.'),
  maxInARow: z
    .int()
    .nonnegative()
    .default(defaultRestartPolicy.maxRestarts)
    .describe('Automatic restarts in a row before the engine stays down.'),
  firstDelaySeconds: z
    .number()
    .positive()
    .default(defaultRestartPolicy.firstDelayMs / MS_PER_SECOND)
    .describe('The wait before the first automatic restart, in seconds; each further one waits twice as long.'),
  maxDelaySeconds: z
    .number()
    .positive()
    .default(defaultRestartPolicy.maxDelayMs / MS_PER_SECOND)
    .describe('The longest wait before an automatic restart, in seconds.'),
  stableMinutes: z
    .number()
    .positive()
    .default(defaultRestartPolicy.stableAfterMs / MS_PER_MINUTE)
    .describe('An engine that served this long begins the count of restarts anew, in minutes.'),
  hangMinutes: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .describe(
      'How long an engine may make no step while requests run before it is restarted, in minutes; null only reports it.',
    ),
});

const engineLogSchema = z.strictObject({
  maxMegabytes: z
    .number()
    .positive()
    .default(256)
    .describe('How large the log of a run may grow before it is moved aside, in MiB.'),
  keepFiles: z.int().nonnegative().max(100).default(2).describe('How many older parts of the log are kept beside it.'),
});

const consoleSchema = z.strictObject({
  layout: text.default('overview').describe('The layout that the console opens with.'),
});

/** The sections of the configuration. Every value in them has a default, so that an empty file is a whole one. */
export const sectionSchemas = {
  nvidiaSmi: nvidiaSmiSchema,
  engine: engineSchema,
  cost: costSchema,
  restart: restartSchema,
  engineLog: engineLogSchema,
  supervisor: supervisorSchema,
  console: consoleSchema,
} as const;

/** The configuration: `gantry.yaml`, then the environment, then flags. */
export const configurationSchema = z.strictObject({
  nvidiaSmi: nvidiaSmiSchema.prefault({}).describe('How the cards are read.'),
  engine: engineSchema.prefault({}).describe('The inference engine and how it is started.'),
  cost: costSchema.prefault({}).describe('What the node costs and what it is compared with.'),
  restart: restartSchema.prefault({}).describe('What is done about an engine that ended, or hangs, unasked.'),
  engineLog: engineLogSchema.prefault({}).describe("The engine's log, kept from filling the disk."),
  supervisor: supervisorSchema.prefault({}).describe('The process that looks after the engine.'),
  console: consoleSchema.prefault({}).describe('The console.'),
  hooks: hooksSchema,
});
export type Configuration = z.infer<typeof configurationSchema>;
/** A configuration in part, as a file or flags give it. */
export type ConfigurationInput = z.input<typeof configurationSchema>;

/** How the configured engine is started. */
export function toLaunchSettings({engine}: Configuration): LaunchSettings {
  const {name, executable: _, container: __, ...settings} = engine;
  return {engine: name, ...settings};
}

/** What is done about an engine that ended, or hangs, unasked. */
export function toRestartPolicy({restart}: Configuration): RestartPolicy {
  return {
    isAutomatic: restart.automatic,
    firstDelayMs: restart.firstDelaySeconds * MS_PER_SECOND,
    maxDelayMs: restart.maxDelaySeconds * MS_PER_SECOND,
    maxRestarts: restart.maxInARow,
    stableAfterMs: restart.stableMinutes * MS_PER_MINUTE,
    hangRestartAfterMs: restart.hangMinutes === null ? null : restart.hangMinutes * MS_PER_MINUTE,
  };
}

/** What runs when events happen. */
export function toHooks({hooks}: Configuration) {
  return hooks.map(({timeoutSeconds, ...hook}) => ({...hook, timeoutMs: timeoutSeconds * MS_PER_SECOND}));
}

/** Where the configuration says that its engine is. */
export function toEngineChoice({engine: {name, executable, container}}: Configuration) {
  return {engine: name, executable, container};
}
