import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import type {LaunchArgument, LaunchCommand, LaunchFile, LaunchHost, LaunchVariable} from '../engine.ts';
import {isVersionAtLeast} from '../launch/engine-version.ts';
import {isKimiK2} from '../launch/kimi-k2.ts';
import {readSglangOptions} from './extra-arguments.ts';

/**
 * The command line and environment of `sglang serve` for these settings, each part with its reason. The model is an
 * option and not the word after `serve`, so that the same words without `serve` suit `sglang.launch_server`.
 */
export function buildLaunch(settings: LaunchSettings, launchHost: LaunchHost): LaunchCommand {
  const {model, servedModelName, host, port, extraArguments} = settings;
  const file = keyFile(launchHost);
  return {
    arguments: [
      {words: ['serve', '--model-path', model], why: 'the model to serve'},
      ...settingArguments(settings),
      {words: ['--served-model-name', servedModelName], why: 'the name clients ask for'},
      {words: ['--host', host, '--port', String(port)], why: 'where the API listens'},
      {words: ['--enable-metrics'], why: 'SGLang shows no metrics without it'},
      ...defaultArguments(settings, launchHost),
      ...(file === null
        ? []
        : [{words: ['--config', file.path], why: 'the key of the API, out of everybody\u2019s sight'}]),
      ...(extraArguments.length === 0 ? [] : [{words: extraArguments, why: 'from your configuration'}]),
    ],
    environment: environmentOn(launchHost),
    files: file === null ? [] : [file],
  };
}

/** What the sizes among the settings say on the command line. */
export function settingArguments(settings: LaunchSettings): readonly LaunchArgument[] {
  const {kvCacheDtype, maxRunningRequests} = settings;
  return [
    ...parallelArguments(settings),
    {words: ['--context-length', String(settings.contextLengthTokens)], why: 'the longest request that is admitted'},
    {
      words: ['--mem-fraction-static', String(settings.memoryFraction)],
      why: 'weights and KV cache as a share of what is free on each card after start-up',
    },
    ...when(kvCacheDtype !== 'auto', {
      words: ['--kv-cache-dtype', kvCacheDtype === 'bf16' ? 'bf16' : 'fp8_e4m3'],
      why: 'bytes of a cached token',
    }),
    ...when(maxRunningRequests !== null, {
      words: ['--max-running-requests', String(maxRunningRequests)],
      why: 'most requests in one batch',
    }),
  ];
}

function parallelArguments(settings: LaunchSettings): readonly LaunchArgument[] {
  const {tensorParallelSize, pipelineParallelSize, dataParallelSize, decodeContextParallelSize} = settings;
  return [
    {words: ['--tp', String(tensorParallelSize)], why: 'one shard of the weights on each card'},
    ...when(pipelineParallelSize > 1, {
      words: ['--pp-size', String(pipelineParallelSize)],
      why: 'groups of cards with some of the layers each',
    }),
    ...when(dataParallelSize > 1, {
      words: ['--dp-size', String(dataParallelSize), '--enable-dp-attention'],
      why: 'groups of the same cards with requests and a KV cache of their own; attention is whole in each group',
    }),
    ...when(decodeContextParallelSize > 1, {
      words: ['--dcp-size', String(decodeContextParallelSize)],
      why: 'cards that share one KV cache (SGLang 0.5.16 or newer for Kimi K2.5 to K2.7)',
    }),
    ...when(settings.expertParallel, {
      words: ['--ep-size', String(tensorParallelSize)],
      why: 'whole experts on each card',
    }),
  ];
}

/** What Gantry adds of its own accord; an extra argument that says otherwise takes its place. */
function defaultArguments(settings: LaunchSettings, {version}: LaunchHost): readonly LaunchArgument[] {
  const given = new Set(readSglangOptions(settings.extraArguments).map((option) => option.name));
  const isQuietKnown = version === null || isVersionAtLeast(version, [0, 5, 8]);
  const added = [
    ...when(isQuietKnown, quietArgument),
    // MLA shares a KV cache between cards through this backend alone (sgl-project/sglang pull request 31514).
    ...when(settings.decodeContextParallelSize > 1, {
      words: ['--attention-backend', 'flashinfer'],
      why: 'the attention backend that can share one KV cache between cards',
    }),
    ...(isKimiK2(settings) ? kimiArguments : []),
  ];
  return added.filter(({words}) => !given.has(words[0] ?? ''));
}

const quietArgument: LaunchArgument = {
  words: ['--uvicorn-access-log-exclude-prefixes', '/health', '/metrics'],
  why: 'Gantry asks every second; the log is for what clients do',
};

/** What SGLang's cookbook has for Kimi K2.5, K2.6 and K2.7-Code. */
const kimiArguments: readonly LaunchArgument[] = [
  {words: ['--trust-remote-code'], why: 'the model brings its own configuration and tokenizer'},
  {words: ['--tool-call-parser', 'kimi_k2'], why: 'without the parser, tool calls come as text'},
  {words: ['--reasoning-parser', 'kimi_k2'], why: 'the model always thinks; this keeps the thinking apart'},
];

function when(isWanted: boolean, argument: LaunchArgument): readonly LaunchArgument[] {
  return isWanted ? [argument] : [];
}

/** SGLang reads its key from the command line or from a configuration file, and from no variable. */
function keyFile({apiKey, runDirectory}: LaunchHost): LaunchFile | null {
  if (apiKey === null) return null;
  return {
    path: `${runDirectory}/sglang-key.yaml`,
    // A string of JSON is one of YAML.
    contents: `# Written by Gantry for one run of SGLang: the key of its API.\napi-key: ${JSON.stringify(apiKey)}\n`,
    why: 'the key of the API: on the command line every user of this host could read it',
  };
}

function environmentOn({isModelOnDisk}: LaunchHost): readonly LaunchVariable[] {
  const plain = (name: string, why: string): LaunchVariable => ({name, value: '1', why, isSecret: false});
  return [
    plain('DO_NOT_TRACK', 'no telemetry'),
    plain('HF_HUB_DISABLE_TELEMETRY', 'no telemetry from the library of the hub either'),
    plain('NO_COLOR', 'the log goes to a file'),
    ...(isModelOnDisk ? [plain('HF_HUB_OFFLINE', 'the model is on this disk: nothing is asked of the hub')] : []),
  ];
}
