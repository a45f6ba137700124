import {z} from 'zod';
import type {ApiError} from '../../api/commands.ts';
import {eventKinds, MAX_EVENTS} from '../../api/event-schema.ts';
import {gpuSeriesNameSchema, historySeriesNameSchema, historySeriesNames, MAX_HISTORY_MS} from '../../api/history.ts';
import {MAX_PAGE_LINES} from '../../api/log-page.ts';
import {reportKinds} from '../../domain/cost/report/report-kinds.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {MS_PER_HOUR} from '../../shared/units.ts';
import type {HttpError} from './respond.ts';

/** Maximum lines per request. */
export const MAX_TAIL = 5_000;
const DEFAULT_TAIL = 200;
const DEFAULT_EVENTS = 500;

/** The latest time that a date can be. */
const LATEST_MS = 8.64e15;

const pretty = z.string().optional();
/** Nothing is no number, where JavaScript reads a zero. */
const numberText = z
  .string()
  .refine((text) => text.trim() !== '', {error: 'Expected a number'})
  .pipe(z.coerce.number());
const tail = numberText.pipe(z.number().int().min(0).max(MAX_TAIL)).default(DEFAULT_TAIL);

/** Parameters of routes with only `pretty`. */
export const plainQuerySchema = z.strictObject({pretty});

/** Parameters of the log routes. */
export const logQuerySchema = z.strictObject({pretty, tail});

const place = numberText.pipe(z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER)).optional();
/** Longer ones are hardly meant. */
const soughtText = z.string().max(500).default('');

/** Parameters of the pages of the log; at most one of `before`, `after` and `atMs`. */
export const logPageQuerySchema = z
  .strictObject({
    pretty,
    before: place,
    after: place,
    atMs: numberText.pipe(z.number().nonnegative().max(LATEST_MS)).optional(),
    lines: numberText.pipe(z.number().int().positive().max(MAX_PAGE_LINES)).default(DEFAULT_TAIL),
    level: z.enum(['warning', 'error']).nullable().default(null),
    rank: numberText.pipe(z.number().int().nonnegative().max(100_000)).nullable().default(null),
    pattern: soughtText,
    text: soughtText,
  })
  .refine(({before, after, atMs}) => [before, after, atMs].filter((each) => each !== undefined).length <= 1, {
    error: 'Only one of before, after and atMs can be given',
  });

/** Parameters of the history route; without `series`, `gpuSeries` and `requests`, all series of the node. */
export const historyQuerySchema = z
  .strictObject({
    pretty,
    series: z.string().optional(),
    gpuSeries: z.string().optional(),
    gpu: numberText.pipe(z.number().int().nonnegative()).optional(),
    windowMs: numberText.pipe(z.number().int().positive().max(MAX_HISTORY_MS)).default(MS_PER_HOUR),
    untilMs: numberText.pipe(z.number().nonnegative().max(LATEST_MS)).optional(),
    requests: z
      .enum(['true', 'false'])
      .transform((text) => text === 'true')
      .optional(),
  })
  .transform(({series, gpuSeries, ...rest}) => ({
    ...rest,
    series: series?.split(',') ?? (gpuSeries === undefined && rest.requests !== true ? [...historySeriesNames] : []),
    gpuSeries: gpuSeries?.split(',') ?? [],
  }))
  .pipe(
    z.object({
      pretty,
      series: z.array(historySeriesNameSchema),
      gpuSeries: z.array(gpuSeriesNameSchema),
      gpu: z.number().optional(),
      windowMs: z.number(),
      untilMs: z.number().optional(),
      requests: z.boolean().optional(),
    }),
  );

/** Parameters of the costs; without `sinceMs`, all that is booked. */
export const costQuerySchema = z.strictObject({
  pretty,
  sinceMs: numberText.pipe(z.number().nonnegative().max(LATEST_MS)).default(0),
  untilMs: numberText.pipe(z.number().nonnegative().max(LATEST_MS)).optional(),
  by: z.enum(reportKinds).default('day'),
});

/** Parameters of the stream of events; without `sinceMs`, it begins with all existing ones. */
export const eventStreamQuerySchema = z.strictObject({
  pretty,
  sinceMs: numberText.pipe(z.number().nonnegative()).default(0),
  limit: numberText.pipe(z.number().int().positive().max(MAX_EVENTS)).default(DEFAULT_EVENTS),
});

/** Parameters of the events. */
export const eventsQuerySchema = eventStreamQuerySchema.extend({kind: z.enum(eventKinds).optional()});

/** Parses the parameters of a request's URL; an error lists each invalid one and the allowed values. */
export function parseQuery<Schema extends z.ZodType>(schema: Schema, url: URL): Result<z.output<Schema>, HttpError> {
  const parsed = schema.safeParse(Object.fromEntries(url.searchParams));
  if (parsed.success) return ok(parsed.data);
  return err({
    status: 400,
    error: invalid('api.invalid-query', 'The query', parsed.error, 'Correct the named parameter.'),
  });
}

/** An invalid input error with zod's messages and the path of each issue. */
export function invalid(code: string, what: string, error: z.ZodError, remedy: string): ApiError {
  return {code, message: `${what} is not valid:\n${z.prettifyError(error)}`, remedy};
}
