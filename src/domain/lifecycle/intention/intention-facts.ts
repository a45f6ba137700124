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
  /** Nobody was there to carry it on until long after it was due: the engine is left as it is. */
  z.object({kind: z.literal('too-late'), dueAtMs: z.number()}),
  /** The restart policy that is in force now does not allow this automatic restart. */
  z.object({kind: z.literal('not-allowed')}),
  /**
   * The engine exited long ago, while no supervisor ran. `exitedAtMs`: by the record of its exit; otherwise it exited at some
   * time after `seenAtMs`, its last sign of life. Null where unknown, as after a clock that was set.
   */
  z.object({
    kind: z.literal('exited-unwatched'),
    exitedAtMs: z.number().nullable(),
    seenAtMs: z.number().nullable(),
  }),
  /** What was allowed when it was requested is refused now. */
  z.object({kind: z.literal('refused'), code: z.string(), message: z.string()}),
]);
export type GivenUpReason = z.infer<typeof givenUpReasonSchema>;

/** True where an engine that runs is not touched, although its stop may have been requested. */
export function leavesRun({kind}: GivenUpReason): boolean {
  return kind === 'too-late' || kind === 'not-allowed';
}
