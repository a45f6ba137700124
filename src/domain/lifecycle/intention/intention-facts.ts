import {z} from 'zod';

export const intentionVerbSchema = z.enum(['start', 'stop', 'restart']);

/** Who decided: an operator, or the policy after a crash, a hang or a failed restart with a rollback. */
export const intentionCauseSchema = z.enum(['operator', 'crash', 'hang', 'rollback']);

/** How far it had come when a supervisor took it over. */
export const intentionStepSchema = z.enum(['draining', 'stopping', 'waiting', 'checking', 'starting']);
export type IntentionStep = z.infer<typeof intentionStepSchema>;

/** Why it was not carried on. */
export const givenUpReasonSchema = z.discriminatedUnion('kind', [
  /** The node was rebooted before the engine was launched. */
  z.object({kind: z.literal('rebooted')}),
  /** So many supervisors ended in this step of it, one after the other. */
  z.object({kind: z.literal('supervisors-ended'), supervisors: z.int().positive()}),
  /** What was allowed when it was requested is refused now. */
  z.object({kind: z.literal('refused'), code: z.string(), message: z.string()}),
]);
export type GivenUpReason = z.infer<typeof givenUpReasonSchema>;
