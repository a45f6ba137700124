import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import type {LaunchArgument, LaunchCommand, LaunchHost, LaunchVariable} from '../engine.ts';
import {isKimiK2} from '../launch/kimi-k2.ts';
import {readLlamaOptions} from './extra-arguments.ts';

/** Requests at once where the settings leave it to the engine: llama-server's own choice (`n_parallel` auto). */
export const OWN_SLOTS = 4;

/** The command line and environment of `llama-server` for these settings, each part with its reason. */
export function buildLaunch(settings: LaunchSettings, launchHost: LaunchHost): LaunchCommand {
  const {servedModelName, host, port, extraArguments} = settings;
  return {
    arguments: [
      modelArgument(settings),
      ...settingArguments(settings),
      {words: ['--alias', servedModelName], why: 'the name clients ask for'},
      {words: ['--host', host, '--port', String(port)], why: 'where the API listens'},
      ...defaultArguments(settings),
      ...(extraArguments.length === 0 ? [] : [{words: extraArguments, why: 'from your configuration'}]),
    ],
    environment: environmentOn(launchHost),
    files: [],
  };
}

/** A file, by what it is called or how its path begins; of a split set its first file, which names the others. */
export function isModelFile(model: string): boolean {
  return model.toLowerCase().endsWith('.gguf') || /^[./~]/.test(model);
}

/** A repository holds several quantizations: the setting says which, where the model's name does not. */
function modelArgument({model, format}: LaunchSettings): LaunchArgument {
  return isModelFile(model)
    ? {words: ['--model', model], why: 'the model to serve; of a split set, the first file'}
    : {
        words: ['--hf-repo', model.includes(':') || format === 'auto' ? model : `${model}:${format}`],
        why: 'the repository of GGUF files, and after a colon the quantization',
      };
}

/** What the sizes among the settings say on the command line. llama.cpp has no memory fraction: it takes what it needs. */
export function settingArguments(settings: LaunchSettings): readonly LaunchArgument[] {
  const {contextLengthTokens, maxRunningRequests, tensorParallelSize} = settings;
  return [
    {
      words: ['--ctx-size', String(contextLengthTokens)],
      why: 'the KV cache in tokens: what the running requests share, and the longest of them',
    },
    {
      words: ['--parallel', String(maxRunningRequests ?? OWN_SLOTS), '--kv-unified'],
      why: 'requests at once, sharing one cache: without that each would have only its part of the context',
    },
    ...(tensorParallelSize > 1
      ? [
          {
            words: ['--split-mode', 'layer', '--tensor-split', Array(tensorParallelSize).fill(1).join(',')],
            why: 'whole layers dealt evenly to the cards, as the plan has it',
          },
        ]
      : [{words: ['--split-mode', 'none'], why: 'everything on one card'}]),
    ...cacheTypeArguments(settings),
  ];
}

/** Latent attention keeps no value of its own; elsewhere a quantized value needs flash attention. */
function cacheTypeArguments(settings: LaunchSettings): readonly LaunchArgument[] {
  if (settings.kvCacheDtype !== 'fp8') return [];
  const why = 'about half the bytes of a cached token: llama.cpp has no FP8 cache, and q8_0 is its nearest';
  if (isKimiK2(settings)) return [{words: ['--cache-type-k', 'q8_0'], why}];
  return [{words: ['--cache-type-k', 'q8_0', '--cache-type-v', 'q8_0', '--flash-attn', 'on'], why}];
}

/** What Gantry adds of its own accord; an extra argument that says otherwise takes its place. */
function defaultArguments({extraArguments}: LaunchSettings): readonly LaunchArgument[] {
  const given = new Set(readLlamaOptions(extraArguments).map(({name}) => name));
  return defaults.filter(({words}) => !given.has(words[0] ?? ''));
}

const defaults: readonly LaunchArgument[] = [
  {words: ['--n-gpu-layers', '999'], why: 'every layer on a card; fewer leave some in host memory'},
  {words: ['--metrics'], why: 'llama-server shows no metrics without it'},
  {words: ['--log-verbosity', '4'], why: 'at its own verbosity the log tells neither phases nor sizes'},
  {words: ['--jinja'], why: "the model's own chat template, which tool calls need"},
];

function environmentOn({apiKey}: LaunchHost): readonly LaunchVariable[] {
  return [
    {name: 'NO_COLOR', value: '1', why: 'the log goes to a file', isSecret: false},
    ...(apiKey === null
      ? []
      : [{name: 'LLAMA_API_KEY', value: apiKey, why: 'the key of the API, never on the command line', isSecret: true}]),
  ];
}
