import {z} from 'zod';
import type {BenchPoint} from '../../../domain/bench/bench-point.ts';
import {absent} from '../../../samples/reading.ts';
import {err, ok, type Result} from '../../../shared/result.ts';
import {MS_PER_SECOND} from '../../../shared/units.ts';
import type {OfflineBench, OfflineLoads} from '../../bench/offline-bench.ts';
import {parseJson} from '../../bench/result-fields.ts';

const count = z.int().nonnegative();
const seconds = z.number().nonnegative();

/** One load: `pl` sequences at the same time, each with `pp` prompt and `tg` generated tokens. */
const lineSchema = z.object({
  is_pp_shared: z.union([z.literal(0), z.literal(1)]),
  pp: count,
  tg: count,
  pl: z.int().positive(),
  t_tg: seconds,
  t: z.number().positive(),
});
type Line = z.infer<typeof lineSchema>;

const noRequest = absent('no request was sent');
const noLatency = {p50Ms: noRequest, p90Ms: noRequest, p99Ms: noRequest};

/** llama-batched-bench, as of llama.cpp 0.7. */
export const batchedBench: OfflineBench = {
  name: 'llama-batched-bench',
  options: '--output-format jsonl',
  parse(text) {
    const lines: Line[] = [];
    // What it logs may be in the file as well.
    for (const written of text.split('\n').filter((line) => line.startsWith('{'))) {
      const line = lineOf(written);
      if (!line.ok) return line;
      lines.push(line.value);
    }
    if (lines.length === 0) return err('it has no load');
    const bySize = Map.groupBy(lines, ({pp, tg, is_pp_shared}) => `${pp} ${tg} ${is_pp_shared}`);
    return ok([...bySize.values()].map(loadsOf));
  },
};

function lineOf(text: string): Result<Line, string> {
  const value = parseJson(text);
  if (!value.ok) return value;
  const parsed = lineSchema.safeParse(value.value);
  return parsed.success ? ok(parsed.data) : err(z.prettifyError(parsed.error).split('\n')[0] ?? '');
}

function loadsOf(lines: readonly Line[]): OfflineLoads {
  const [first] = lines;
  return {
    promptTokens: first?.pp ?? 0,
    answerTokens: first?.tg ?? 0,
    sharedRatio: first?.is_pp_shared ?? 0,
    points: lines.map(pointOf),
  };
}

/** All sequences generate in step: one token of each takes as long as that of every other one. */
function pointOf({is_pp_shared, pp, tg, pl, t_tg, t}: Line): BenchPoint {
  const perTokenMs = tg === 0 ? absent('nothing was generated') : (t_tg * MS_PER_SECOND) / tg;
  return {
    concurrency: pl,
    completed: pl,
    failed: 0,
    durationMs: t * MS_PER_SECOND,
    promptTokens: pl * pp,
    // A shared prompt is computed once.
    cachedPromptTokens: is_pp_shared === 1 ? (pl - 1) * pp : 0,
    generatedTokens: pl * tg,
    timeToFirstToken: noLatency,
    timePerOutputToken: {p50Ms: perTokenMs, p90Ms: perTokenMs, p99Ms: perTokenMs},
    endToEnd: noLatency,
  };
}
