import {z} from 'zod';
import {shownValueSchema} from '../../domain/configuration/configured-value.ts';
import {settingOriginsSchema} from '../../domain/configuration/launch-base.ts';
import {valueOriginSchema} from '../../domain/configuration/value-origin.ts';
import {launchSettingsSchema} from '../../domain/settings/launch-settings.ts';

/** A value of the configuration that a run was started with. */
const usedValueSchema = z.object({
  key: z.string(),
  value: shownValueSchema,
  /** Of the whole value, which may contain secrets; left out where only an older version has recorded one. */
  digest: z.string().optional(),
  origin: valueOriginSchema,
});

/** What is recorded of a launch. */
export const launchRecordSchema = z.object({
  /** Where its settings came from. */
  origins: settingOriginsSchema,
  /** What the configuration said when they were chosen; left out by older versions. */
  configured: launchSettingsSchema.optional(),
  /** Where its engine was looked for. */
  installation: z.array(usedValueSchema),
});
export type LaunchRecord = z.infer<typeof launchRecordSchema>;
