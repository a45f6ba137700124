import {z} from 'zod';
import {settingDifferenceSchema} from '../domain/diagnosis/details/run-details.ts';
import {findingSchema} from '../domain/diagnosis/finding.ts';
import {memoryPlanSchema} from '../domain/memory/plan/memory-plan.ts';
import {checkSchema} from '../domain/preflight/check.ts';
import {launchSettingsSchema} from '../domain/settings/launch-settings.ts';
import {restartCommandSchema, startCommandSchema} from './commands.ts';
import {readingSchema} from './reading-schema.ts';

/** Version of the preview document; increased when a field changes its meaning or is removed. */
export const PREVIEW_SCHEMA_VERSION = 1;

/** What to preview: the command as it would be sent. */
export const previewRequestSchema = z.strictObject({
  command: z.discriminatedUnion('type', [startCommandSchema, restartCommandSchema]),
  /** GPUs to plan for instead of this node's, e.g. `8xH200`; then only checks that need no host are made. */
  gpus: z.string().nullable().default(null),
});
export type PreviewRequest = z.infer<typeof previewRequestSchema>;
export type PreviewRequestInput = z.input<typeof previewRequestSchema>;

const explainedSchema = z.object({argv: z.array(z.string()), why: z.string()});

/** The process that a start would create, with secrets masked. */
export const previewLaunchSchema = z.object({
  /** Display name: `vLLM`. */
  engine: z.string(),
  version: z.string().nullable(),
  /** Where the engine is installed; if it is not, the command is shown as if it were on PATH. */
  installation: z.string(),
  isInstalled: z.boolean(),
  executable: z.string(),
  /** The arguments in groups, each with its reason. */
  arguments: z.array(explainedSchema),
  environment: z.array(z.object({name: z.string(), value: z.string(), why: z.string(), isSecret: z.boolean()})),
  /** Files written before the start, readable only by this user. */
  files: z.array(z.object({path: z.string(), contents: z.string(), why: z.string()})),
  /** Lines to paste into a POSIX shell. */
  command: z.array(z.string()),
});
export type PreviewLaunch = z.infer<typeof previewLaunchSchema>;

/** What a command would do, judged in the same way as the command itself. Starts and stops nothing. */
export const previewSchema = z.object({
  schemaVersion: z.literal(PREVIEW_SCHEMA_VERSION),
  /** Settings of the engine that would be stopped first; null if there is none. */
  before: launchSettingsSchema.nullable(),
  /** Settings of the start. */
  settings: launchSettingsSchema,
  /** Settings that the command does not name: the configuration has changed since the last launch. */
  fromConfiguration: z.array(settingDifferenceSchema).default([]),
  plan: readingSchema(memoryPlanSchema),
  checks: z.array(checkSchema),
  /** Why the command would be refused; empty if it would be accepted. */
  blockers: z.array(findingSchema),
  /** Null for an unknown engine. */
  launch: previewLaunchSchema.nullable(),
  /** Further notes, one sentence each. */
  remarks: z.array(z.string()),
});
export type Preview = z.infer<typeof previewSchema>;
