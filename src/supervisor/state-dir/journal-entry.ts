import {z} from 'zod';
import {
  intentionOutcomeSchema,
  intentionSchema,
  recordedCrashesSchema,
} from '../../domain/lifecycle/intention/intention.ts';
import {intentionStepSchema} from '../../domain/lifecycle/intention/intention-facts.ts';
import {runIdentitySchema} from '../../domain/lifecycle/run-identity.ts';
import {launchSettingsSchema} from '../../domain/settings/launch-settings.ts';
import {launchRecordSchema} from '../configuration/launch-record.ts';
import {environmentRecordSchema} from '../launch/engine-environment.ts';

/** Version of a journal line; increased when a field changes its meaning or is removed. */
export const JOURNAL_SCHEMA_VERSION = 1;

const moment = {atMs: z.number(), runId: z.string().min(1)};
/** An intention is about no run: it may lead to several, or to none. */
const aboutNoRun = {atMs: z.number(), runId: z.undefined().optional()};
const simulated = z.object({directory: z.string()}).nullable();
const launch = {
  ...moment,
  settings: launchSettingsSchema,
  /** From the installation: some logs never have it. */
  engineVersion: z.string().nullable().default(null),
  /** Executable and arguments. Secrets are in the environment and never here. */
  argv: z.array(z.string()),
  /** What Gantry added to the environment, a secret without its value; left out by older versions. */
  environment: z
    .array(z.object({name: z.string(), value: z.string().nullable()}))
    .optional()
    .catch(undefined),
  /**
   * Where the settings came from; left out by older versions. One in another format counts as left out: the run itself
   * has to be found in any case.
   */
  configured: launchRecordSchema.optional().catch(undefined),
  /** Of these settings until this launch; absent for none. One in another format counts as none, as above. */
  crashes: recordedCrashesSchema.optional().catch(undefined),
  /** Its simulated node; null on the real one. */
  simulated,
  /** Id of the intention that it is started for; left out by older versions. */
  intention: z.string().optional(),
};

/** One event of a run or of an intention: used by a restarted supervisor, and as audit trail. */
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
  z.object({type: z.literal('run-stop-withdrawn'), ...moment}),
  z.object({
    type: z.literal('run-ended'),
    ...moment,
    status: z.number().nullable(),
    wasRequested: z.boolean(),
  }),
  z.object({type: z.literal('run-adopted'), ...moment}),
  z.object({type: z.literal('run-stable'), ...moment}),
  z.object({type: z.literal('run-hung'), ...moment, crashes: recordedCrashesSchema}),
  /** Written before anything is done about it. */
  z.object({
    type: z.literal('intention-begun'),
    ...aboutNoRun,
    intention: intentionSchema,
    bootId: z.string().min(1),
    simulated,
    /**
     * The environment in which the operator requested the start; left out by older versions and for a stop. One in another
     * format counts as left out: the intention is carried on in any case.
     */
    environment: environmentRecordSchema.optional().catch(undefined),
  }),
  /** By the next supervisor. */
  z.object({type: z.literal('intention-continued'), ...aboutNoRun, id: z.string(), step: intentionStepSchema}),
  z.object({type: z.literal('intention-ended'), ...aboutNoRun, id: z.string(), outcome: intentionOutcomeSchema}),
]);
export type JournalEntry = z.infer<typeof journalEntrySchema>;
export type RunLaunchingEntry = Extract<JournalEntry, {type: 'run-launching'}>;
export type RunStartedEntry = Extract<JournalEntry, {type: 'run-started'}>;
