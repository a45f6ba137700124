import {z} from 'zod';

/** `auto` leaves the type to the engine. */
export const kvCacheDtypes = ['auto', 'bf16', 'fp8'] as const;
/** The vision tower: `data` complete on every GPU, `weights` divided, `absent` not loaded. */
export const visionModes = ['data', 'weights', 'absent'] as const;

/** The form of a text that is a value on the engine's command line: a leading `-` would make it another option. */
export const argumentForm = {pattern: /^[^-]/, expected: 'non-empty text that does not begin with -'} as const;
/** Text for a command line, an environment or a path: there it would end at a NUL. */
export const processText = z.string().refine((text) => !text.includes('\0'), 'text without a NUL character');
const argument = processText.regex(argumentForm.pattern, argumentForm.expected);

/** Everything that decides how an engine is started, with what each value may be. Sizes in tokens; fractions 0..1. */
export const launchSettingFields = {
  /** Engine folder name. */
  engine: z.string().min(1),
  /** Hugging Face id, a directory, or a GGUF file. */
  model: argument,
  /** Weight format of the checkpoint, e.g. `int4`; `auto` is the format on disk, or the one the vendor publishes. */
  format: argument,
  servedModelName: argument,
  host: argument,
  port: z.int().min(1).max(65_535),
  tensorParallelSize: z.int().positive(),
  /** GPU groups that each hold a part of the layers. */
  pipelineParallelSize: z.int().positive(),
  /** Groups that serve separate requests, each with its own KV cache. */
  dataParallelSize: z.int().positive(),
  /** Tensor-parallel ranks that share one sequence's KV cache between them. */
  decodeContextParallelSize: z.int().positive(),
  /** Each GPU holds complete experts. */
  expertParallel: z.boolean(),
  visionMode: z.enum(visionModes),
  contextLengthTokens: z.int().positive(),
  /** The engine's own memory fraction (vLLM: `--gpu-memory-utilization`). */
  memoryFraction: z.number().positive().max(1),
  kvCacheDtype: z.enum(kvCacheDtypes),
  /** Upper bound of concurrently running requests; null leaves the engine's default. */
  maxRunningRequests: z.int().positive().nullable(),
  /** Passed to the engine unchanged. */
  extraArguments: z.array(processText),
} as const;

/** Values for settings that were saved before these options existed. */
export const plainParallelism = {
  pipelineParallelSize: 1,
  dataParallelSize: 1,
  decodeContextParallelSize: 1,
  expertParallel: false,
  visionMode: 'data',
} as const;

const fields = launchSettingFields;

export const launchSettingsSchema = z.strictObject({
  ...fields,
  pipelineParallelSize: fields.pipelineParallelSize.default(plainParallelism.pipelineParallelSize),
  dataParallelSize: fields.dataParallelSize.default(plainParallelism.dataParallelSize),
  decodeContextParallelSize: fields.decodeContextParallelSize.default(plainParallelism.decodeContextParallelSize),
  expertParallel: fields.expertParallel.default(plainParallelism.expertParallel),
  visionMode: fields.visionMode.default(plainParallelism.visionMode),
});
export type LaunchSettings = z.infer<typeof launchSettingsSchema>;

/** Settings to change in a restart; others stay unchanged. */
export const settingsChangeSchema = z.strictObject(fields).partial();
export type SettingsChange = z.infer<typeof settingsChangeSchema>;

/** The settings with a change applied; a key that is absent or undefined stays as it was. */
export function applySettingsChange(settings: LaunchSettings, change: SettingsChange): LaunchSettings {
  return launchSettingsSchema.parse(withChange(settings, change));
}

/** The same for a change that Gantry has made itself: a search for settings that fit tries hundreds. */
export function withChange(settings: LaunchSettings, change: SettingsChange): LaunchSettings {
  const named = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  return Object.assign({...settings}, named);
}
