import type {BenchLoad, BenchTool} from '../../bench/bench-tool.ts';
import {parseResult, type QuantileFields} from '../../bench/result-fields.ts';

const RESULT_NAME = 'result.jsonl';

/** SGLang's serving benchmark, under the name that all versions know. */
export const benchTools: readonly BenchTool[] = [
  {
    name: 'sglang.bench_serving',
    place: {kind: 'python-module', module: 'sglang.bench_serving'},
    command: (load) => ({arguments: servingArguments(load), resultFile: `${load.directory}/${RESULT_NAME}`}),
    // One line is appended for each run.
    parse: (text, {concurrency}) =>
      parseResult(text.trimEnd().split('\n').at(-1) ?? '', concurrency, {
        timeToFirstToken: fields('ttft'),
        timePerOutputToken: fields('tpot'),
        endToEnd: fields('e2e_latency'),
      }),
  },
];

function fields(name: string): QuantileFields {
  return [`median_${name}_ms`, `p90_${name}_ms`, `p99_${name}_ms`];
}

function servingArguments(load: BenchLoad): readonly string[] {
  return [
    ...['--backend', 'sglang-oai', '--base-url', load.baseUrl, '--model', load.model, '--tokenizer', load.tokenizer],
    ...datasetArguments(load),
    ...['--num-prompts', String(load.requests), '--max-concurrency', String(load.concurrency)],
    ...['--warmup-requests', '1', '--seed', String(load.seed), '--disable-tqdm'],
    ...['--output-file', `${load.directory}/${RESULT_NAME}`],
  ];
}

/** `random` would download conversations; `random-ids` does not. With a cached part, all prompts are of one group. */
function datasetArguments({
  requests,
  workload: {promptTokens, answerTokens, cachedRatio},
}: BenchLoad): readonly string[] {
  const prefix = Math.min(promptTokens - 1, Math.round(promptTokens * cachedRatio));
  if (prefix <= 0) {
    const sizes = ['--random-input-len', String(promptTokens), '--random-output-len', String(answerTokens)];
    return ['--dataset-name', 'random-ids', ...sizes, '--random-range-ratio', '1'];
  }
  return [
    ...['--dataset-name', 'generated-shared-prefix', '--gsp-num-groups', '1'],
    ...['--gsp-prompts-per-group', String(requests), '--gsp-system-prompt-len', String(prefix)],
    ...['--gsp-question-len', String(promptTokens - prefix), '--gsp-output-len', String(answerTokens)],
  ];
}
