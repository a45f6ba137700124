import {z} from 'zod';

/**
 * Identifies one engine process, also if the pid is reused: pid, process start time and boot id together. A pid alone
 * proves nothing.
 */
export const runIdentitySchema = z.strictObject({
  runId: z.string().min(1),
  /** The engine's own pid, not the shim's that records its exit status. */
  pid: z.int().positive(),
  /** Session (and process group) of the engine and its workers: the shim's pid. */
  sessionId: z.int().positive(),
  /** Field 22 of /proc/<pid>/stat, clock ticks since boot; text, because it can exceed a safe integer. */
  startTimeTicks: z.string().regex(/^\d+$/u),
  /** /proc/sys/kernel/random/boot_id: the same pid and ticks after a reboot are another process. */
  bootId: z.string().min(1),
  startedAtMs: z.number(),
  /** The run's own directory, absolute: log, pid, exit status. The engine's working directory. */
  directory: z.string().min(1),
});
export type RunIdentity = z.infer<typeof runIdentitySchema>;

/** An engine that had exited before it was watched; epoch ms. */
export type PastExit = {
  /** When it exited, by the record of its exit; null if there is none. */
  readonly exitedAtMs: number | null;
  /** Its last sign of life; null if none is known. */
  readonly seenAtMs: number | null;
  /** When its exit could be answered first: after a reboot without a record of the exit, the boot. */
  readonly dueAtMs: number;
};
