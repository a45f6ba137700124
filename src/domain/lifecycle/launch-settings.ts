import {z} from 'zod';

/** Everything that decides how an engine is started. Sizes in tokens; fractions 0..1. */
export const launchSettingsSchema = z.strictObject({
  /** Engine folder name: `vllm` for now. */
  engine: z.string().min(1),
  /** Hugging Face id or a directory. */
  model: z.string().min(1),
  /** Weight format of the checkpoint, e.g. `int4`. */
  format: z.string().min(1),
  servedModelName: z.string().min(1),
  host: z.string().min(1),
  port: z.int().min(1).max(65535),
  tensorParallelSize: z.int().positive(),
  contextLengthTokens: z.int().positive(),
  /** The engine's own memory fraction (vLLM: `--gpu-memory-utilization`). */
  memoryFraction: z.number().positive().max(1),
  kvCacheDtype: z.enum(['auto', 'bf16', 'fp8']),
  /** Upper bound of concurrently running requests; null leaves the engine's default. */
  maxRunningRequests: z.int().positive().nullable(),
  /** Passed to the engine as they are. */
  extraArguments: z.array(z.string()),
});
export type LaunchSettings = z.infer<typeof launchSettingsSchema>;

/** Some settings to change in a restart; what is not named stays. */
export const settingsChangeSchema = launchSettingsSchema.partial().strict();
export type SettingsChange = z.infer<typeof settingsChangeSchema>;

/** The settings with a change applied; a key that is absent or undefined stays as it was. */
export function applySettingsChange(settings: LaunchSettings, change: SettingsChange): LaunchSettings {
  const named = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  return launchSettingsSchema.parse({...settings, ...named});
}
