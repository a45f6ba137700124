import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import type {LaunchArgument, LaunchCommand, LaunchHost, LaunchVariable} from '../engine.ts';
import {isKimiK2} from '../launch/kimi-k2.ts';
import {readLlamaOptions} from './extra-arguments.ts';

/** Concurrent requests if the settings leave it to the engine: llama-server's default (`n_parallel` auto). */
export const OWN_SLOTS = 4;

/** The command line and environment of `llama-server` for these settings, each part with its reason. */
export function buildLaunch(settings: LaunchSettings, launchHost: LaunchHost): LaunchCommand {
  const {servedModelName, host, port, extraArguments} = settings;
  return {
    arguments: [
      modelArgument(settings),
      ...settingArguments(settings),
      {argv: ['--alias', servedModelName], why: 'the name clients ask for'},
      {argv: ['--host', host, '--port', String(port)], why: 'where the API listens'},
      ...defaultArguments(settings),
      ...(extraArguments.length === 0 ? [] : [{argv: extraArguments, why: 'from your configuration'}]),
    ],
    environment: environmentOn(launchHost),
    files: [],
  };
}

/** A file, recognized by its name or the start of its path; of a split set the first file, which names the others. */
export function isModelFile(model: string): boolean {
  return model.toLowerCase().endsWith('.gguf') || /^[./~]/.test(model);
}

/** A repository holds several quantizations: the setting selects one if the model's name does not. */
function modelArgument({model, format}: LaunchSettings): LaunchArgument {
  return isModelFile(model)
    ? {argv: ['--model', model], why: 'the model to serve (first file of a split set)'}
    : {
        argv: ['--hf-repo', model.includes(':') || format === 'auto' ? model : `${model}:${format}`],
        why: 'the GGUF repository, with the quantization after the colon',
      };
}

/** The size settings on the command line. llama.cpp has no memory fraction: it takes what it needs. */
export function settingArguments(settings: LaunchSettings): readonly LaunchArgument[] {
  const {contextLengthTokens, maxRunningRequests, tensorParallelSize} = settings;
  return [
    {
      argv: ['--ctx-size', String(contextLengthTokens)],
      why: 'KV cache size in tokens: shared by the running requests, and the limit for one',
    },
    {
      argv: ['--parallel', String(maxRunningRequests ?? OWN_SLOTS), '--kv-unified'],
      why: 'concurrent requests sharing one cache; otherwise each gets only a part of the context',
    },
    ...(tensorParallelSize > 1
      ? [
          {
            argv: ['--split-mode', 'layer', '--tensor-split', Array(tensorParallelSize).fill(1).join(',')],
            why: 'whole layers split evenly over the GPUs, as planned',
          },
        ]
      : [{argv: ['--split-mode', 'none'], why: 'everything on one GPU'}]),
    ...cacheTypeArguments(settings),
  ];
}

/** Latent attention stores no separate V cache; elsewhere a quantized V cache needs flash attention. */
function cacheTypeArguments(settings: LaunchSettings): readonly LaunchArgument[] {
  if (settings.kvCacheDtype !== 'fp8') return [];
  const why = 'about half the bytes per cached token: llama.cpp has no FP8 cache, q8_0 is the closest';
  if (isKimiK2(settings)) return [{argv: ['--cache-type-k', 'q8_0'], why}];
  return [{argv: ['--cache-type-k', 'q8_0', '--cache-type-v', 'q8_0', '--flash-attn', 'on'], why}];
}

/** Arguments that Gantry adds by default; an extra argument overrides them. */
function defaultArguments({extraArguments}: LaunchSettings): readonly LaunchArgument[] {
  const given = new Set(readLlamaOptions(extraArguments).map(({name}) => name));
  return defaults.filter(({argv}) => !given.has(argv[0] ?? ''));
}

const defaults: readonly LaunchArgument[] = [
  {argv: ['--n-gpu-layers', '999'], why: 'all layers on GPUs; a lower number leaves some in host memory'},
  {argv: ['--metrics'], why: 'llama-server has no metrics without it'},
  {argv: ['--log-verbosity', '4'], why: 'the default log has neither phases nor sizes'},
  {argv: ['--jinja'], why: "the model's own chat template, needed for tool calls"},
];

function environmentOn({apiKey}: LaunchHost): readonly LaunchVariable[] {
  return [
    {name: 'NO_COLOR', value: '1', why: 'the log goes to a file', isSecret: false},
    ...(apiKey === null
      ? []
      : [{name: 'LLAMA_API_KEY', value: apiKey, why: 'the API key, never on the command line', isSecret: true}]),
  ];
}
