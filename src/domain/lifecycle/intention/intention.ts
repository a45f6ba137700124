import {z} from 'zod';
import {findingSchema} from '../../diagnosis/finding.ts';
import {launchSettingsSchema} from '../../settings/launch-settings.ts';
import {
  type GivenUpReason,
  givenUpReasonSchema,
  type IntentionStep,
  intentionCauseSchema,
  intentionStepSchema,
  intentionVerbSchema,
} from './intention-facts.ts';

/** Crashes as they are recorded: `RecordedCrashes`. */
export const recordedCrashesSchema = z.object({
  count: z.int().positive(),
  sinceMs: z.number().nullable(),
  lastAtMs: z.number().nullable(),
  cause: findingSchema,
  restarts: z.int().nonnegative(),
});

/**
 * What was decided and is not reached yet, as plain data: recorded before anything is done about it, so that another
 * supervisor can carry it on.
 */
export const intentionSchema = z.object({
  id: z.string().min(1),
  verb: intentionVerbSchema,
  cause: intentionCauseSchema,
  /** The operator's client and terminal: `cli root@pts/0`; null where the policy decided. */
  by: z.string().nullable(),
  requestedAtMs: z.number(),
  /** What to start at its end; null: no engine. */
  start: z
    .object({
      settings: launchSettingsSchema,
      force: z.boolean(),
      /** Settings to use instead if these do not become ready; null for none. */
      rollbackTo: launchSettingsSchema.nullable(),
    })
    .nullable(),
  /** Wall clock: how long running requests may still finish; null without a drain. */
  drainUntilMs: z.number().nullable(),
  /** A start that waits; null for none. */
  backOff: z.object({attempt: z.int(), maxAttempts: z.int(), untilMs: z.number()}).nullable(),
  /** The settings that failed, of a return to the last good ones. */
  rolledBack: z.object({settings: launchSettingsSchema, cause: findingSchema, atMs: z.number()}).nullable(),
  /** Crashes of the engine that the policy answers with it. */
  crashes: recordedCrashesSchema.nullable(),
  /** The unexpected exit that it answers; null for none. */
  exit: z.object({status: z.number().nullable(), atMs: z.number().nullable(), wasRequested: z.boolean()}).nullable(),
});
export type Intention = z.infer<typeof intentionSchema>;

export const intentionOutcomeSchema = z.discriminatedUnion('kind', [
  z.object({kind: z.literal('done')}),
  /** `code` of the finding with the reason; null if there is none. */
  z.object({kind: z.literal('failed'), code: z.string().nullable()}),
  z.object({kind: z.literal('superseded'), by: z.string()}),
  z.object({kind: z.literal('given-up'), step: intentionStepSchema, reason: givenUpReasonSchema}),
]);
export type IntentionOutcome = z.infer<typeof intentionOutcomeSchema>;

/** An intention that was given up: kept until the operator acts. */
export type GivenUp = {
  readonly intention: Intention;
  readonly step: IntentionStep;
  readonly reason: GivenUpReason;
  readonly atMs: number;
};

/** What is recorded of an intention, before the effects of the same transition. */
export type IntentionRecord = {readonly atMs: number} & (
  | {readonly type: 'intention-begun'; readonly intention: Intention}
  | {readonly type: 'intention-continued'; readonly id: string; readonly step: IntentionStep}
  | {readonly type: 'intention-ended'; readonly id: string; readonly outcome: IntentionOutcome}
);
