import {z} from 'zod';
import {findingSchema} from '../../domain/diagnosis/finding.ts';
import {runIdentitySchema} from '../../domain/lifecycle/run-identity.ts';
import {launchSettingsSchema} from '../../domain/settings/launch-settings.ts';
import {launchRecordSchema} from '../configuration/launch-record.ts';

/** Version of a journal line; increased when a field changes its meaning or is removed. */
export const JOURNAL_SCHEMA_VERSION = 1;

const crashesSchema = z.object({
  count: z.int().positive(),
  sinceMs: z.number(),
  lastAtMs: z.number(),
  cause: findingSchema,
  restarts: z.int().nonnegative(),
});

const moment = {atMs: z.number(), runId: z.string().min(1)};
const launch = {
  ...moment,
  settings: launchSettingsSchema,
  /** From the installation: some logs never have it. */
  engineVersion: z.string().nullable().default(null),
  /** Executable and arguments. Secrets are in the environment and never here. */
  argv: z.array(z.string()),
  /**
   * Where the settings came from; left out by older versions. One in another format counts as left out: the run itself
   * has to be found in any case.
   */
  configured: launchRecordSchema.optional().catch(undefined),
  /** Of these settings until this launch; absent for none. One in another format counts as none, as above. */
  crashes: crashesSchema.optional().catch(undefined),
  /** Its simulated node; null on the real one. */
  simulated: z.object({directory: z.string()}).nullable(),
};

/** One event of a run: used by a restarted supervisor, and as audit trail. */
export const journalEntrySchema = z.discriminatedUnion('type', [
  /** Written before the launch: if the supervisor exits during it, the next one finds the engine with this. */
  z.object({
    type: z.literal('run-launching'),
    ...launch,
    /** The run's directory, absolute. */
    directory: z.string().min(1),
    bootId: z.string().min(1),
  }),
  z.object({type: z.literal('launch-failed'), ...moment}),
  z.object({type: z.literal('run-started'), ...launch, run: runIdentitySchema}),
  z.object({
    type: z.literal('run-ready'),
    ...moment,
    /** It generated, but only text that nobody can use. */
    isOutputBroken: z.literal(true).optional(),
    /** It generated, and its text was not checked yet. */
    isTextUnchecked: z.literal(true).optional(),
  }),
  z.object({type: z.literal('run-stop-requested'), ...moment}),
  z.object({
    type: z.literal('run-ended'),
    ...moment,
    status: z.number().nullable(),
    wasRequested: z.boolean(),
  }),
  z.object({type: z.literal('run-adopted'), ...moment}),
  z.object({type: z.literal('run-stable'), ...moment}),
  z.object({type: z.literal('run-hung'), ...moment, crashes: crashesSchema}),
]);
export type JournalEntry = z.infer<typeof journalEntrySchema>;
export type RunLaunchingEntry = Extract<JournalEntry, {type: 'run-launching'}>;
export type RunStartedEntry = Extract<JournalEntry, {type: 'run-started'}>;
