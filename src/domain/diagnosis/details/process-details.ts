import {z} from 'zod';

const pid = z.int().positive();

/** Facts of findings about processes in a text, which may be of another host. */
export const processDetailSchemas = {
  /** Processes in state D that wait for the same thing. `waitsIn`: the function of the kernel; null if the list has none. */
  'host.process-blocked': z.strictObject({
    wait: z.enum(['driver', 'network-file-system', 'disk', 'exit', 'lock', 'pipe', 'sleep', 'unknown']),
    processes: z.array(z.strictObject({pid, name: z.string(), waitsIn: z.string().nullable()})).min(1),
  }),
  /** Threads that wait for the same thing, by their stacks at one moment. */
  'host.stack-waits': z.strictObject({
    wait: z.string(),
    threads: z
      .array(
        z.strictObject({
          pid: pid.nullable(),
          process: z.string().nullable(),
          isMain: z.boolean(),
          /** The call that tells, and its module, library or file. */
          function: z.string().nullable(),
          place: z.string().nullable(),
        }),
      )
      .min(1),
  }),
  /** A server without the processes that hold the model. */
  'host.server-without-workers': z.strictObject({pids: z.array(pid).min(1)}),
  /** Workers without the program that they work for. False where that may be a process that is not in the list. */
  'host.workers-orphaned': z.strictObject({pids: z.array(pid).min(1), isCertain: z.boolean()}),
} as const;
