import type {BenchLoad, BenchTool} from '../../bench/bench-tool.ts';
import {parseResult, type QuantileFields} from '../../bench/result-fields.ts';
import {warmPrefixTokens} from '../../bench/shared-prefix.ts';

const RESULT_NAME = 'result.json';

/** `vllm bench serve`, as of vLLM 0.32. */
export const benchTools: readonly BenchTool[] = [
  {
    name: 'vllm bench serve',
    place: {kind: 'engine-program'},
    command: (load) => ({arguments: serveArguments(load), resultFile: `${load.directory}/${RESULT_NAME}`}),
    parse: (text, load) =>
      parseResult(text, load, {
        timeToFirstToken: fields('ttft'),
        timePerOutputToken: fields('tpot'),
        endToEnd: fields('e2el'),
      }),
  },
];

function fields(name: string): QuantileFields {
  return [`p50_${name}_ms`, `p90_${name}_ms`, `p99_${name}_ms`];
}

function serveArguments(load: BenchLoad): readonly string[] {
  return [
    ...['bench', 'serve', '--backend', 'openai', '--endpoint', '/v1/completions', '--base-url', load.baseUrl],
    ...['--model', load.model, '--tokenizer', load.tokenizer, '--trust-remote-code', ...datasetArguments(load)],
    ...['--num-prompts', String(load.requests), '--max-concurrency', String(load.concurrency), '--ignore-eos'],
    ...['--seed', String(load.seed), '--percentile-metrics', 'ttft,tpot,itl,e2el', '--metric-percentiles', '50,90,99'],
    ...['--save-result', '--result-dir', load.directory, '--result-filename', RESULT_NAME],
  ];
}

/** With a cached part, all prompts begin with one prefix, which the warm-up has brought into the cache. */
function datasetArguments(load: BenchLoad): readonly string[] {
  const {promptTokens, answerTokens} = load.workload;
  const prefix = warmPrefixTokens(load);
  if (prefix === 0) {
    const sizes = ['--random-input-len', String(promptTokens), '--random-output-len', String(answerTokens)];
    return ['--dataset-name', 'random', ...sizes];
  }
  return [
    ...['--dataset-name', 'prefix_repetition', '--prefix-repetition-num-prefixes', '1'],
    ...['--prefix-repetition-prefix-len', String(prefix)],
    ...['--prefix-repetition-suffix-len', String(promptTokens - prefix)],
    ...['--prefix-repetition-output-len', String(answerTokens), '--num-warmups', '1'],
  ];
}
