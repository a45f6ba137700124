import {z} from 'zod';
import {type LaunchSettings, launchSettingsSchema} from '../../domain/lifecycle/launch-settings.ts';
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

/** A run that the journal does not know the end of. Whether it still lives, only its processes tell. */
export type AdoptableRun = {
  readonly run: RunStartedEntry['run'];
  readonly settings: LaunchSettings;
  /** Null when it never was ready. */
  readonly readyAtMs: number | null;
  /** True when a stop had been asked for: to be carried on. */
  readonly isStopRequested: boolean;
  readonly simulated: RunStartedEntry['simulated'];
};

/** The newest run, unless its end is recorded. */
export function findAdoptableRun(entries: readonly JournalEntry[]): AdoptableRun | null {
  const started = entries.findLast((entry) => entry.type === 'run-started');
  if (started === undefined) return null;
  const ofRun = entries.filter((entry) => entry.runId === started.runId);
  if (ofRun.some((entry) => entry.type === 'run-ended')) return null;
  return {
    run: started.run,
    settings: started.settings,
    readyAtMs: ofRun.find((entry) => entry.type === 'run-ready')?.atMs ?? null,
    isStopRequested: ofRun.some((entry) => entry.type === 'run-stop-requested'),
    simulated: started.simulated,
  };
}

/** The settings of the newest run that became ready. */
export function findLastGoodSettings(entries: readonly JournalEntry[]): LaunchSettings | null {
  const ready = new Set(entries.filter((entry) => entry.type === 'run-ready').map((entry) => entry.runId));
  return (
    entries.filter((entry) => entry.type === 'run-started').findLast((entry) => ready.has(entry.runId))?.settings ?? null
  );
}
