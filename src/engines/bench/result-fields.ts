import {z} from 'zod';
import type {BenchPoint, LatencyQuantiles} from '../../domain/bench/bench-point.ts';
import {absent} from '../../samples/reading.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {MS_PER_SECOND} from '../../shared/units.ts';
import type {AskedLoad} from './bench-tool.ts';

const count = z.int().nonnegative();

/** What results of the engines' own tools have in common. */
const sharedFields = z.object({
  duration: z.number().positive(),
  completed: count,
  failed: count.optional(),
  total_input_tokens: count,
  total_output_tokens: count,
});
const anyNumbers = z.record(z.string(), z.unknown());

/** Names of the fields with p50, p90 and p99, milliseconds. */
export type QuantileFields = readonly [p50: string, p90: string, p99: string];

/** The figures of one result as JSON: counts, and the latencies under the names that the tool gives them. */
export function parseResult(
  text: string,
  {concurrency, requests}: AskedLoad,
  names: {
    readonly timeToFirstToken: QuantileFields;
    readonly timePerOutputToken: QuantileFields;
    readonly endToEnd: QuantileFields;
  },
): Result<BenchPoint, string> {
  const value = parseJson(text);
  if (!value.ok) return value;
  const parsed = sharedFields.safeParse(value.value);
  const fields = anyNumbers.safeParse(value.value);
  if (!parsed.success || !fields.success) return err(problemOf(parsed.error));
  const {duration, completed, failed, total_input_tokens, total_output_tokens} = parsed.data;
  const quantiles = ([p50, p90, p99]: QuantileFields): LatencyQuantiles => ({
    p50Ms: milliseconds(fields.data[p50]),
    p90Ms: milliseconds(fields.data[p90]),
    p99Ms: milliseconds(fields.data[p99]),
  });
  return ok({
    concurrency,
    completed,
    failed: failed ?? Math.max(0, requests - completed),
    durationMs: duration * MS_PER_SECOND,
    promptTokens: total_input_tokens,
    cachedPromptTokens: absent('the tool does not say it'),
    generatedTokens: total_output_tokens,
    timeToFirstToken: quantiles(names.timeToFirstToken),
    timePerOutputToken: quantiles(names.timePerOutputToken),
    endToEnd: quantiles(names.endToEnd),
  });
}

/** The first field that is not as it has to be, and why. */
export function problemOf(error: z.ZodError | undefined): string {
  const [issue] = error?.issues ?? [];
  if (issue === undefined) return 'it has no fields';
  return issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`;
}

/** JSON as Python writes it: its NaN and Infinity, which JSON does not have, are null. */
export function parseJson(text: string): Result<unknown, string> {
  try {
    return ok(JSON.parse(withNulls(text)));
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
}

function withNulls(text: string): string {
  let isString = false;
  const parts = text.split('"').map((part) => {
    const written = isString ? part : part.replaceAll(/-?Infinity|NaN/g, 'null');
    if (!isString || !endsEscaped(part)) isString = !isString;
    return written;
  });
  return parts.join('"');
}

/** True if a quote after this part of a string belongs to it. */
function endsEscaped(part: string): boolean {
  let last = part.length;
  while (part[last - 1] === '\\') last -= 1;
  return (part.length - last) % 2 === 1;
}

function milliseconds(value: unknown): LatencyQuantiles['p50Ms'] {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : absent('not in the result');
}
