import {z} from 'zod';
import {defaultRestartPolicy, type RestartPolicy} from '../domain/lifecycle/restart-policy.ts';
import {type LaunchSettings, processText} from '../domain/settings/launch-settings.ts';
import {themeChoices} from '../shared/appearance/theme-choices.ts';
import {MS_PER_MINUTE, MS_PER_SECOND} from '../shared/units.ts';
import {engineSchema} from './schema/engine-schema.ts';
import {findingsSchema} from './schema/findings-schema.ts';
import {hooksSchema} from './schema/hook-schema.ts';
import {metricsSchema} from './schema/metrics-schema.ts';
import {nodeCostSchema} from './schema/node-cost-schema.ts';
import {targetsSchema} from './schema/targets-schema.ts';

const text = processText.min(1);

const nvidiaSmiSchema = z.strictObject({
  path: text.default('nvidia-smi').describe('The nvidia-smi to run: a name on PATH, or the path of a wrapper script.'),
});

const supervisorSchema = z.strictObject({
  idleExitMinutes: z
    .number()
    .positive()
    .default(2)
    .describe('How long the supervisor keeps running without an engine and without anyone who follows it, in minutes.'),
});

const restartSchema = z.strictObject({
  automatic: z
    .boolean()
    .default(true)
    .describe('Restart an engine that exits unexpectedly after it has served; false leaves it down.'),
  maxInARow: z
    .int()
    .nonnegative()
    .default(defaultRestartPolicy.maxRestarts)
    .describe('Consecutive automatic restarts before the engine stays down.'),
  firstDelaySeconds: z
    .number()
    .positive()
    .default(defaultRestartPolicy.firstDelayMs / MS_PER_SECOND)
    .describe('Delay before the first automatic restart, in seconds; doubled for each further one.'),
  maxDelaySeconds: z
    .number()
    .positive()
    .default(defaultRestartPolicy.maxDelayMs / MS_PER_SECOND)
    .describe('Maximum delay before an automatic restart, in seconds.'),
  stableMinutes: z
    .number()
    .positive()
    .default(defaultRestartPolicy.stableAfterMs / MS_PER_MINUTE)
    .describe('Serving time after which the restart count is reset, in minutes.'),
  hangMinutes: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .describe(
      'How long a degraded engine may make no step while requests run, or answer nothing, before it is restarted, in minutes; null only reports it.',
    ),
});

const engineLogSchema = z.strictObject({
  maxMegabytes: z
    .number()
    .positive()
    .default(256)
    .describe('Maximum size of the log of a run before it is rotated, in MiB.'),
  keepFiles: z.int().nonnegative().max(100).default(2).describe('Number of rotated log files to keep.'),
});

/** More characters than the longest name of a key. */
const LONGEST_KEY = 20;
/** More keys than anyone gives one action. */
const MOST_KEYS = 12;

const consoleSchema = z.strictObject({
  layout: text.default('overview').describe('The initial layout of the console.'),
  keys: z
    .record(z.string(), z.array(text.max(LONGEST_KEY)).max(MOST_KEYS))
    .default({})
    .describe(
      'Other keys for actions of the console, by their names in docs/keys.md, each a list: {engine.stop: [X, Ctrl+X]}. An empty list leaves an action to the palette.',
    ),
  mouse: z
    .boolean()
    .default(false)
    .describe(
      'True: in the console, the wheel of the mouse scrolls and a click chooses. Most terminals then select text only with Shift held.',
    ),
  theme: z
    .enum(themeChoices)
    .default('auto')
    .describe(
      'The colors of the console and of what commands print. auto: light where COLORFGBG says that the background is, else dark; without colors where NO_COLOR is set.',
    ),
});

/** The sections of the configuration. Every value has a default, so an empty file is valid. */
export const sectionSchemas = {
  nvidiaSmi: nvidiaSmiSchema,
  engine: engineSchema,
  cost: nodeCostSchema,
  restart: restartSchema,
  engineLog: engineLogSchema,
  findings: findingsSchema,
  targets: targetsSchema,
  metrics: metricsSchema,
  supervisor: supervisorSchema,
  console: consoleSchema,
} as const;

/** The configuration: `gantry.yaml`, then the environment, then flags. */
export const configurationSchema = z.strictObject({
  nvidiaSmi: nvidiaSmiSchema.prefault({}).describe('How GPUs are read.'),
  engine: engineSchema.prefault({}).describe('The inference engine and how it is started.'),
  cost: nodeCostSchema.prefault({}).describe('Cost of the node, and the API to compare with.'),
  restart: restartSchema.prefault({}).describe('What to do when an engine exits unexpectedly or hangs.'),
  engineLog: engineLogSchema.prefault({}).describe("Rotation of the engine's log."),
  findings: findingsSchema.prefault({}).describe('When problems of a serving engine are reported.'),
  targets: targetsSchema
    .prefault({})
    .describe('How long requests may take: what the Latency screen compares with. Reports nothing.'),
  metrics: metricsSchema.prefault({}).describe("Gantry's own metrics."),
  supervisor: supervisorSchema.prefault({}).describe('The process that manages the engine.'),
  console: consoleSchema.prefault({}).describe('The console.'),
  hooks: hooksSchema,
});
export type Configuration = z.infer<typeof configurationSchema>;
/** A partial configuration, from a file or flags. */
export type ConfigurationInput = z.input<typeof configurationSchema>;

/** Launch settings of the configured engine. */
export function toLaunchSettings({engine}: Configuration): LaunchSettings {
  const {name, executable: _, container: __, ...settings} = engine;
  return {engine: name, ...settings};
}

/** What to do when an engine exits unexpectedly or hangs. */
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

/** The engine's location according to the configuration. */
export function toEngineChoice({engine: {name, executable, container}}: Configuration) {
  return {engine: name, executable, container};
}

/** The JSON Schema of `gantry.yaml`, for editors; the text of docs/configuration.schema.json. */
export function configurationJsonSchemaText(): string {
  const schema = z.toJSONSchema(configurationSchema, {io: 'input'});
  return `${JSON.stringify({...schema, title: 'Gantry configuration'}, null, 2)}\n`;
}
