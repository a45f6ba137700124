import {z} from 'zod';
import {launchSettingsSchema} from '../../domain/lifecycle/launch-settings.ts';
import {runIdentitySchema} from '../../domain/lifecycle/run-identity.ts';

/** Version of a journal line; raised when a field changes its meaning or goes. */
export const JOURNAL_SCHEMA_VERSION = 1;

const moment = {atMs: z.number(), runId: z.string().min(1)};

/** One thing that happened to a run: the memory of a supervisor that restarts, and the audit trail. */
export const journalEntrySchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('run-started'),
    ...moment,
    settings: launchSettingsSchema,
    /** Executable and words. Secrets travel in the environment and are never here. */
    argv: z.array(z.string()),
    run: runIdentitySchema,
    /** The simulated node it runs on; null on the real one. */
    simulated: z.object({directory: z.string()}).nullable(),
  }),
  z.object({type: z.literal('run-ready'), ...moment}),
  z.object({type: z.literal('run-stop-requested'), ...moment}),
  z.object({
    type: z.literal('run-ended'),
    ...moment,
    status: z.number().nullable(),
    wasRequested: z.boolean(),
  }),
  z.object({type: z.literal('run-adopted'), ...moment}),
]);
export type JournalEntry = z.infer<typeof journalEntrySchema>;
export type RunStartedEntry = Extract<JournalEntry, {type: 'run-started'}>;
