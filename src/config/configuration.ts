import {z} from 'zod';
import {priceBookNames, priceBookSchema} from '../domain/cost/price-book.ts';
import {defaultRestartPolicy, type RestartPolicy} from '../domain/lifecycle/restart-policy.ts';
import type {LaunchSettings} from '../domain/settings/launch-settings.ts';
import {engineSchema} from './engine-schema.ts';
import {hooksSchema} from './hook-schema.ts';

const MS_PER_SECOND = 1000;
const MS_PER_MINUTE = 60_000;

const text = z.string().min(1);

const nvidiaSmiSchema = z.strictObject({
  path: text
    .default('nvidia-smi')
    .describe('The nvidia-smi to run: a name on PATH, or the path of a program that stands in for it.'),
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
