import {z} from 'zod';
import {effectSchema, shownValueSchema} from '../domain/configuration/configured-value.ts';
import {valueOriginSchema} from '../domain/configuration/value-origin.ts';

/** One key of the configuration. Secrets are masked; of a list of hooks only its events are shown. */
export const configurationRowSchema = z.object({
  /** `cost.nodeUsdPerHour` */
  key: z.string(),
  /** In force now; for a setting of the engine that of the running one, else of its next start. */
  value: shownValueSchema,
  origin: valueOriginSchema,
  /** What the configuration says, where that is not in force; null where it is. */
  configured: z.object({value: shownValueSchema, origin: valueOriginSchema}).nullable(),
  /** True if the next start of the engine uses another value than `value`. */
  isPending: z.boolean(),
  /** What the file says where the environment, a flag, a command or a fix comes before it; null otherwise. */
  overridden: z.object({value: shownValueSchema, place: z.string()}).nullable(),
  /** When an edit of the file takes effect. */
  effect: effectSchema,
});
export type ConfigurationRow = z.infer<typeof configurationRowSchema>;

/** The configuration of a supervisor: every key, with where its value came from. */
export const configurationViewSchema = z.object({
  /** The file that is watched; it need not exist. */
  file: z.string(),
  /** False while the file cannot be used: then its last valid version is in force. */
  isInForce: z.boolean(),
  values: z.array(configurationRowSchema),
});
export type ConfigurationView = z.infer<typeof configurationViewSchema>;
