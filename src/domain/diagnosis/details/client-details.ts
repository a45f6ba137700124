import {z} from 'zod';

/** Facts of errors between a client and a supervisor. */
export const clientDetailSchemas = {
  /** Null where the answer does not tell. */
  'supervisor.incompatible': z.strictObject({
    snapshotVersion: z.number().nullable(),
    supervisorVersion: z.string().nullable(),
  }),
  /** `effect`: what the supervisor was about to do, by its name in the code. */
  'supervisor.effect-failed': z.strictObject({effect: z.string(), error: z.string()}),
  /** What of the outside data is not read because it ended an earlier supervisor; `untilMs` null for never again. */
  'supervisor.work-skipped': z.strictObject({
    kind: z.enum(['log', 'metrics', 'gpus']),
    subject: z.string(),
    fromBytes: z.number().nullable(),
    toBytes: z.number().nullable(),
    cause: z.enum(['blocked', 'crashed']),
    blockedMs: z.number().nullable(),
    times: z.int().positive(),
    untilMs: z.number().nullable(),
  }),
  /** The process that is the supervisor. */
  'supervisor.already-running': z.strictObject({pid: z.int().positive().nullable()}),
  /** Code of the error with which its file could not be put back. */
  'supervisor.lock-lost': z.strictObject({path: z.string(), reason: z.string()}),
  /** Code of the error with which it cannot listen there, and where it does. */
  'supervisor.socket-lost': z.strictObject({
    path: z.string(),
    reason: z.string(),
    listeningPaths: z.array(z.string()),
  }),
  /**
   * A supervisor that lives and does not answer: stopped by a signal, held by a debugger, blocked in the kernel,
   * computing without a break, or without a socket. `state` is the letter of /proc.
   */
  'supervisor.not-responding': z.strictObject({
    pid: z.int().positive(),
    cause: z.enum(['stopped', 'traced', 'blocked-in-kernel', 'computing', 'not-listening']),
    state: z.string(),
    cores: z.number().nullable(),
    silentMs: z.number(),
  }),
} as const;
