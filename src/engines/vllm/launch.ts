import type {LaunchSettings} from '../../domain/lifecycle/launch-settings.ts';
import type {LaunchArgument, LaunchCommand, LaunchVariable} from '../engine.ts';

/** The command line and environment of `vllm serve` for these settings, each part with its reason. */
export function buildLaunch(settings: LaunchSettings): LaunchCommand {
  return {
    executable: 'vllm',
    arguments: [
      {words: ['serve', settings.model], why: 'the model to serve'},
      ...sizeArguments(settings),
      {words: ['--served-model-name', settings.servedModelName], why: 'the name clients ask for'},
      {words: ['--host', settings.host, '--port', String(settings.port)], why: 'where the API listens'},
      {
        words: ['--disable-access-log-for-endpoints', '/health,/metrics'],
        why: 'Gantry asks every second; the log is for what clients do',
      },
      ...(isKimi(settings.model) ? kimiArguments : []),
      ...(settings.extraArguments.length === 0
        ? []
        : [{words: settings.extraArguments, why: 'from your configuration'}]),
    ],
    environment,
  };
}

function sizeArguments(settings: LaunchSettings): readonly LaunchArgument[] {
  const {kvCacheDtype, maxRunningRequests} = settings;
  return [
    {
      words: ['--tensor-parallel-size', String(settings.tensorParallelSize)],
      why: 'one shard of the weights on each card',
    },
    {words: ['--max-model-len', String(settings.contextLengthTokens)], why: 'the longest request that is admitted'},
    {
      words: ['--gpu-memory-utilization', String(settings.memoryFraction)],
      why: 'the share of what CUDA sees of each card that vLLM may take',
    },
    ...(kvCacheDtype === 'auto'
      ? []
      : [{words: ['--kv-cache-dtype', kvCacheDtype === 'bf16' ? 'bfloat16' : 'fp8'], why: 'bytes of a cached token'}]),
    ...(maxRunningRequests === null
      ? []
      : [{words: ['--max-num-seqs', String(maxRunningRequests)], why: 'most requests in one batch'}]),
  ];
}

function isKimi(model: string): boolean {
  return /kimi/i.test(model);
}

/** What every vLLM recipe of a Kimi K2 model carries (facts: recipes of K2.5, K2.6 and K2.7-Code). */
const kimiArguments: readonly LaunchArgument[] = [
  {words: ['--trust-remote-code'], why: 'the model brings its own configuration and tokenizer'},
  {
    words: ['--tool-call-parser', 'kimi_k2', '--enable-auto-tool-choice'],
    why: 'agents call tools; without the parser the calls come as text',
  },
  {words: ['--reasoning-parser', 'kimi_k2'], why: 'the model always thinks; this keeps the thinking apart'},
  {words: ['--mm-encoder-tp-mode', 'data'], why: 'the vision tower is too small to be worth sharding'},
];

const environment: readonly LaunchVariable[] = [
  {name: 'VLLM_NO_USAGE_STATS', value: '1', why: 'no telemetry', isSecret: false},
  {name: 'DO_NOT_TRACK', value: '1', why: 'no telemetry', isSecret: false},
  {name: 'NO_COLOR', value: '1', why: 'the log goes to a file', isSecret: false},
];
