import {z} from 'zod';

/** The most lines of a page. */
export const MAX_PAGE_LINES = 1_000;

/** Which lines of the whole log, from its file, are read. Places are bytes since the run's first one. */
export type LogPageQuery = {
  /** The lines before this place, the last ones first; without `before`, `after` and `atMs`, those at the end. */
  readonly before?: number | undefined;
  /** The lines from this place on. */
  readonly after?: number | undefined;
  /** The lines from this time on, epoch ms, by the times in the log. */
  readonly atMs?: number | undefined;
  readonly lines: number;
  readonly level: 'warning' | 'error' | null;
  readonly rank: number | null;
  readonly pattern: string;
  readonly text: string;
};

/**
 * `GET /v1/log/page`: lines that pass the filter, in the order of the log. At most `lines` of them, and at most what can be read in a
 * moment: what was looked through, whether it had such lines or not, is from `fromBytes` to `toBytes`; the next page begins there.
 */
export const logPageSchema = z.object({
  runId: z.string().nullable(),
  lines: z.array(z.object({offsetBytes: z.number(), text: z.string()})),
  fromBytes: z.number(),
  toBytes: z.number(),
  /** The log that is kept: from the oldest place to the newest. */
  startBytes: z.number(),
  endBytes: z.number(),
});
export type LogPage = z.infer<typeof logPageSchema>;
