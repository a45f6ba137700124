import type {BenchLoad, BenchTool} from '../../bench/bench-tool.ts';
import {parseResult, type QuantileFields} from '../../bench/result-fields.ts';
import {warmPrefixTokens} from '../../bench/shared-prefix.ts';

const RESULT_NAME = 'result.jsonl';

/** SGLang's serving benchmark, as of 0.5.23, which warns of the name that all earlier versions have. */
export const benchTools: readonly BenchTool[] = [
  servingBenchmark('sglang.benchmark.serving', false),
  servingBenchmark('sglang.bench_serving', true),
];

function servingBenchmark(module: string, isInEveryVersion: boolean): BenchTool {
  return {
    name: module,
    place: {kind: 'python-module', module, isInEveryVersion},
    command: (load) => ({
      arguments: servingArguments(load),
      resultFile: `${load.directory}/${RESULT_NAME}`,
      // It keeps the prompts of each seed.
      leftovers: {directory: '.cache/sglang/benchmark', prefix: `gen_shared_prefix_${load.seed}_`},
    }),
    // One line is appended for each run.
    parse: (text, load) =>
      parseResult(text.trimEnd().split('\n').at(-1) ?? '', load, {
        timeToFirstToken: fields('ttft'),
        timePerOutputToken: fields('tpot'),
        endToEnd: fields('e2e_latency'),
      }),
  };
}

function fields(name: string): QuantileFields {
  return [`median_${name}_ms`, `p90_${name}_ms`, `p99_${name}_ms`];
}

/** Prompts are sent as tokens, which only its own API takes: as text, random tokens become several times as many. */
function servingArguments(load: BenchLoad): readonly string[] {
  return [
    ...['--backend', 'sglang', '--tokenize-prompt', '--base-url', load.baseUrl],
    ...['--model', load.model, '--tokenizer', load.tokenizer, ...datasetArguments(load)],
    ...['--num-prompts', String(load.requests), '--max-concurrency', String(load.concurrency)],
    ...['--seed', String(load.seed), '--output-file', `${load.directory}/${RESULT_NAME}`],
  ];
}

/**
 * `random` would download conversations; `random-ids` does not. With a cached part, all prompts are of one group, and the warm-up
 * has brought what they share into the cache; without, it would be the only thing there.
 */
function datasetArguments(load: BenchLoad): readonly string[] {
  const {promptTokens, answerTokens} = load.workload;
  const prefix = warmPrefixTokens(load);
  if (prefix === 0) {
    const sizes = ['--random-input-len', String(promptTokens), '--random-output-len', String(answerTokens)];
    return ['--dataset-name', 'random-ids', ...sizes, '--random-range-ratio', '1', '--warmup-requests', '0'];
  }
  return [
    ...['--dataset-name', 'generated-shared-prefix', '--gsp-num-groups', '1'],
    ...['--gsp-prompts-per-group', String(load.requests), '--gsp-system-prompt-len', String(prefix)],
    ...['--gsp-question-len', String(promptTokens - prefix), '--gsp-output-len', String(answerTokens)],
    ...['--warmup-requests', '1'],
  ];
}
