import {z} from 'zod';

const rank = z.int().nonnegative();

/** How it was found out which rank is the cause, the strongest evidence first. */
const collectiveVerdicts = [
  'stated',
  'behind',
  'silent',
  'not-in-text',
  'mismatch',
  'none-missing',
  'unknown',
] as const;

/**
 * What a log says of an operation that several ranks have to join. Ranks are those of the whole engine, over all nodes,
 * counted from 0.
 */
const collectiveSchema = z.strictObject({
  /**
   * `stated`: the log itself names the ranks that are missing. `behind`: they had not begun the operation that the others
   * waited in. `silent`: they are in the text and do not say that they waited. `not-in-text`: nothing in the text is of
   * them. `mismatch`: ranks waited in different operations. `none-missing`: every rank had begun it.
   */
  verdict: z.enum(collectiveVerdicts),
  /** Ranks whose log has the cause; with `unknown` and `none-missing` there are none. */
  missingRanks: z.array(rank),
  /** Ranks of which the text has no line, as far as the number of ranks is known. */
  unseenRanks: z.array(rank),
  /** Ranks that reported that they waited too long. */
  waiting: z.array(
    z.strictObject({
      rank,
      /** The process group, by PyTorch's name of it; null where the version does not print it. */
      group: z.string().nullable(),
      /** Number of the operation in its group, and its kind, such as ALLREDUCE. */
      sequence: z.int().nullable(),
      operation: z.string().nullable(),
      waitedMs: z.number().nonnegative().nullable(),
      /** Numbers of the last operation that was begun, and of the last one that ended; -1 for none. */
      lastEnqueued: z.int().nullable(),
      lastCompleted: z.int().nullable(),
    }),
  ),
  /** Ranks of the whole engine; null where the text does not tell. */
  worldSize: z.int().positive().nullable(),
  /** Nodes that share the ranks evenly, in order; null where the text does not tell. */
  nodeCount: z.int().positive().nullable(),
  /** `HOST:PORT` of a peer that closed its connection; null without one. */
  peer: z.string().nullable(),
  /** Ray showed a report of several ranks only once: a rank without one may have had it. */
  isDeduplicated: z.boolean(),
});
export type CollectiveDetails = z.infer<typeof collectiveSchema>;

/** Facts of failures in which ranks wait for each other. */
export const collectiveDetailSchemas = {
  '*.collective-timeout': collectiveSchema,
  '*.nccl': collectiveSchema,
  '*.peer-closed': collectiveSchema,
  '*.rendezvous-failed': collectiveSchema,
  '*.rendezvous-timeout': collectiveSchema,
} as const;
