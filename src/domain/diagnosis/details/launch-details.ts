import {z} from 'zod';
import {settingsChangeSchema} from '../../settings/launch-settings.ts';

const shortage = z.strictObject({
  /** What is missing of every card. */
  shortageBytesPerGpu: z.number().nonnegative(),
  neededBytesPerGpu: z.number().nonnegative(),
  availableBytesPerGpu: z.number(),
});

const disk = z.strictObject({
  path: z.string(),
  neededBytes: z.number().nonnegative(),
  freeBytes: z.number().nonnegative(),
});

/** One way to make a launch possible. */
const cure = z.strictObject({settingsChange: settingsChangeSchema, text: z.string()});

const portInUse = z.strictObject({
  host: z.string(),
  port: z.int(),
  /** Who holds it; null where this user may not see it. */
  pid: z.int().nullable(),
  command: z.string().nullable(),
});

/** Facts of findings about a launch: what it lacks, and what would help. */
export const launchDetailSchemas = {
  'memory.kv-cache-too-small': shortage,
  'memory.weights-do-not-fit': shortage,
  /** Every cure that the plan knows, the least costly first. */
  'preflight.does-not-fit': z.strictObject({
    /** Of every card; null where not memory but the combination of settings forbids the launch. */
    shortageBytesPerGpu: z.number().nonnegative().nullable(),
    cures: z.array(cure),
  }),
  /** Where the key is: a variable or a file. Never the key. */
  'preflight.api-key-unusable': z.strictObject({source: z.string()}),
  'preflight.api-key-weak': z.strictObject({source: z.string(), host: z.string()}),
  'preflight.key-guards-partly': z.strictObject({host: z.string(), port: z.int()}),
  'preflight.open-to-network': z.strictObject({host: z.string(), port: z.int()}),
  /** Names of variables, sorted. Never their values. */
  'preflight.environment-differs': z.strictObject({
    gpuVariables: z.array(z.string()),
    otherVariables: z.array(z.string()),
  }),
  'engine.environment-differs': z.strictObject({
    /** Whose environment differs, and from which one. */
    start: z.enum(['requested', 'automatic', 'adopted']),
    variables: z.array(z.string()),
    /** Those of them that select GPUs. */
    gpuVariables: z.array(z.string()),
  }),
  'preflight.disk-low': disk,
  'preflight.disk-too-small': disk,
  'preflight.gpu-memory-taken': z.strictObject({
    neededBytesPerGpu: z.number().nonnegative(),
    cards: z.array(
      z.strictObject({
        index: z.int().nonnegative(),
        freeBytes: z.number().nonnegative(),
        holders: z.array(
          z.strictObject({pid: z.int(), name: z.string(), usedBytes: z.number().nonnegative().nullable()}),
        ),
      }),
    ),
  }),
  'preflight.limit-low': z.strictObject({
    limit: z.enum(['nofile', 'nproc']),
    present: z.number().nonnegative(),
    wanted: z.number().nonnegative(),
  }),
  'preflight.model-incomplete': z.strictObject({path: z.string(), missingFiles: z.array(z.string())}),
  'engine.port-in-use': portInUse,
  'preflight.port-in-use': portInUse,
  'preflight.port-unusable': z.strictObject({host: z.string(), port: z.int(), systemCode: z.string()}),
  'preflight.shared-memory-small': z.strictObject({sizeBytes: z.number().nonnegative(), cardCount: z.int().positive()}),
  'preflight.socket-path-too-long': z.strictObject({
    /** Which environment variable chose the directory. */
    variable: z.string(),
    directory: z.string(),
    pathBytes: z.int().positive(),
    mostBytes: z.int().positive(),
  }),
  /** The name of the check that could not be made. */
  'preflight.unchecked': z.strictObject({check: z.string()}),
} as const;
