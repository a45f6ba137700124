import {z} from 'zod';
import type {LatencyQuantiles} from '../../domain/bench/bench-point.ts';
import {absent} from '../../samples/reading.ts';
import {err, ok} from '../../shared/result.ts';
import {MS_PER_SECOND} from '../../shared/units.ts';
import type {BenchLoad, BenchTool} from './bench-tool.ts';
import {parseJson, problemOf} from './result-fields.ts';
import {prefixTokens} from './shared-prefix.ts';

const RESULT_NAME = 'result.json';
const CONFIG_NAME = 'config.json';

const number = z.number().nonnegative();
const percentiles = z.object({p50: number, p90: number, p99: number});
const distribution = z.object({successful: z.object({total_sum: number, percentiles})});
const resultSchema = z.object({
  benchmarks: z
    .array(
      z.object({
        duration: z.number().positive(),
        metrics: z.object({
          request_totals: z.object({successful: z.int().nonnegative(), errored: z.int().nonnegative()}),
          prompt_token_count: distribution,
          output_token_count: distribution,
          time_to_first_token_ms: distribution,
          // Its time_per_output_token_ms has the time to the first token in it.
          inter_token_latency_ms: distribution,
          request_latency: distribution,
        }),
      }),
    )
    .min(1),
});

/** guidellm, as of 0.8, which loads any server with this API. */
export const guidellm: BenchTool = {
  name: 'guidellm',
  place: {kind: 'program', program: 'guidellm'},
  command: (load) => ({
    arguments: runArguments(load),
    resultFile: `${load.directory}/${RESULT_NAME}`,
    secretFile: {path: `${load.directory}/${CONFIG_NAME}`, contents: (apiKey) => configText(load, apiKey)},
  }),
  parse(text, {concurrency}) {
    const value = parseJson(text);
    if (!value.ok) return value;
    const parsed = resultSchema.safeParse(value.value);
    if (!parsed.success) return err(problemOf(parsed.error));
    const [first] = parsed.data.benchmarks;
    if (first === undefined) return err('it has no benchmark');
    const {metrics} = first;
    return ok({
      concurrency,
      completed: metrics.request_totals.successful,
      failed: metrics.request_totals.errored,
      durationMs: first.duration * MS_PER_SECOND,
      promptTokens: Math.round(metrics.prompt_token_count.successful.total_sum),
      cachedPromptTokens: absent('the tool does not say it'),
      generatedTokens: Math.round(metrics.output_token_count.successful.total_sum),
      timeToFirstToken: quantiles(metrics.time_to_first_token_ms, 1),
      timePerOutputToken: quantiles(metrics.inter_token_latency_ms, 1),
      endToEnd: quantiles(metrics.request_latency, MS_PER_SECOND),
    });
  },
};

function quantiles({successful}: z.infer<typeof distribution>, msPerUnit: number): LatencyQuantiles {
  const {p50, p90, p99} = successful.percentiles;
  return {p50Ms: p50 * msPerUnit, p90Ms: p90 * msPerUnit, p99Ms: p99 * msPerUnit};
}

function runArguments({concurrency, requests, tokenizer, seed, directory}: BenchLoad): readonly string[] {
  return [
    ...['run', '--config', `${directory}/${CONFIG_NAME}`, '--profile', `kind=concurrent,streams=${concurrency}`],
    ...['--constraint', `kind=max_requests,count=${requests}`],
    ...['--tokenizer', `kind=huggingface_auto,model=${tokenizer}`],
    ...['--output', `kind=json,path=${directory}/${RESULT_NAME}`, '--metrics', 'kind=generative,sample_size=1'],
    ...['--seed', `kind=static,value=${seed}`, '--disable-console-interactive'],
  ];
}

/** The key is in a file of this user only: on the command line all users could read it. */
function configText(load: BenchLoad, apiKey: string | null): string {
  const {baseUrl, model, workload} = load;
  const {promptTokens, answerTokens} = workload;
  const prefix = prefixTokens(load);
  const buckets = {prefix_buckets: [{bucket_weight: 100, prefix_count: 1, prefix_tokens: prefix}]};
  return JSON.stringify({
    spec: {
      backend: {
        ...{kind: 'openai_http', target: baseUrl, model, request_format: '/v1/completions'},
        ...(apiKey === null ? {} : {api_key: apiKey}),
      },
      data: [
        {
          ...{kind: 'synthetic_text', prompt_tokens: promptTokens - prefix, output_tokens: answerTokens},
          ...(prefix > 0 ? buckets : {}),
        },
      ],
    },
  });
}
