import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import type {LaunchArgument, LaunchCommand, LaunchFile, LaunchHost, LaunchVariable} from '../engine.ts';
import {isVersionAtLeast} from '../launch/engine-version.ts';
import {isKimiK2} from '../launch/kimi-k2.ts';
import {readSglangOptions} from './extra-arguments.ts';

/**
 * The command line and environment of `sglang serve` for these settings, each part with its reason. The model is an
 * option, not the argument after `serve`: without `serve` the same arguments work for `sglang.launch_server`.
 */
export function buildLaunch(settings: LaunchSettings, launchHost: LaunchHost): LaunchCommand {
  const {model, servedModelName, host, port, extraArguments} = settings;
  const file = keyFile(launchHost);
  return {
    arguments: [
      {argv: ['serve', '--model-path', model], why: 'the model to serve'},
      ...settingArguments(settings),
      {argv: ['--served-model-name', servedModelName], why: 'the name clients ask for'},
      {argv: ['--host', host, '--port', String(port)], why: 'where the API listens'},
      {argv: ['--enable-metrics'], why: 'SGLang has no metrics without it'},
      ...defaultArguments(settings, launchHost),
      ...(file === null
        ? []
        : [{argv: ['--config', file.path], why: 'the API key, in a file that other users cannot read'}]),
      ...(extraArguments.length === 0 ? [] : [{argv: extraArguments, why: 'from your configuration'}]),
    ],
    environment: environmentOn(launchHost),
    files: file === null ? [] : [file],
  };
}

/** The size settings on the command line. */
export function settingArguments(settings: LaunchSettings): readonly LaunchArgument[] {
  const {kvCacheDtype, maxRunningRequests} = settings;
  return [
    ...parallelArguments(settings),
    {argv: ['--context-length', String(settings.contextLengthTokens)], why: 'the longest request that is accepted'},
    {
      argv: ['--mem-fraction-static', String(settings.memoryFraction)],
      why: 'weights and KV cache as a fraction of what is free on each GPU after initialization',
    },
    ...when(kvCacheDtype !== 'auto', {
      argv: ['--kv-cache-dtype', kvCacheDtype === 'bf16' ? 'bf16' : 'fp8_e4m3'],
      why: 'format of the KV cache',
    }),
    ...when(maxRunningRequests !== null, {
      argv: ['--max-running-requests', String(maxRunningRequests)],
      why: 'max. requests in one batch',
    }),
  ];
}

function parallelArguments(settings: LaunchSettings): readonly LaunchArgument[] {
  const {tensorParallelSize, pipelineParallelSize, dataParallelSize, decodeContextParallelSize} = settings;
  return [
    {argv: ['--tp', String(tensorParallelSize)], why: 'one shard of the weights per GPU'},
    ...when(pipelineParallelSize > 1, {
      argv: ['--pp-size', String(pipelineParallelSize)],
      why: 'GPU groups that each hold a part of the layers',
    }),
    ...when(dataParallelSize > 1, {
      argv: ['--dp-size', String(dataParallelSize), '--enable-dp-attention'],
      why: 'groups of the same GPUs, each with its own requests and KV cache; attention is not split within a group',
    }),
    ...when(decodeContextParallelSize > 1, {
      argv: ['--dcp-size', String(decodeContextParallelSize)],
      why: 'GPUs that share one KV cache (SGLang 0.5.16 or newer for Kimi K2.5 to K2.7)',
    }),
    ...when(settings.expertParallel, {
      argv: ['--ep-size', String(tensorParallelSize)],
      why: 'each GPU holds complete experts',
    }),
  ];
}

/** Arguments that Gantry adds by default; an extra argument overrides them. */
function defaultArguments(settings: LaunchSettings, {version}: LaunchHost): readonly LaunchArgument[] {
  const given = new Set(readSglangOptions(settings.extraArguments).map((option) => option.name));
  const isQuietKnown = version === null || isVersionAtLeast(version, [0, 5, 8]);
  const added = [
    ...when(isQuietKnown, quietArgument),
    // Only this backend can share an MLA KV cache between GPUs (sgl-project/sglang pull request 31514).
    ...when(settings.decodeContextParallelSize > 1, {
      argv: ['--attention-backend', 'flashinfer'],
      why: 'the attention backend that can share one KV cache between GPUs',
    }),
    ...(isKimiK2(settings) ? kimiArguments : []),
  ];
  return added.filter(({argv}) => !given.has(argv[0] ?? ''));
}

const quietArgument: LaunchArgument = {
  argv: ['--uvicorn-access-log-exclude-prefixes', '/health', '/metrics'],
  why: 'Gantry polls every second; keep its requests out of the log',
};

/** Arguments that SGLang's cookbook lists for Kimi K2.5, K2.6 and K2.7-Code. */
const kimiArguments: readonly LaunchArgument[] = [
  {argv: ['--trust-remote-code'], why: 'the model has its own configuration and tokenizer code'},
  {argv: ['--tool-call-parser', 'kimi_k2'], why: 'without the parser, tool calls are returned as text'},
  {
    argv: ['--reasoning-parser', 'kimi_k2'],
    why: 'the model always reasons; this separates the reasoning from the answer',
  },
];

function when(isWanted: boolean, argument: LaunchArgument): readonly LaunchArgument[] {
  return isWanted ? [argument] : [];
}

/** SGLang reads its key from the command line or a configuration file, not from a variable. */
function keyFile({apiKey, runDirectory}: LaunchHost): LaunchFile | null {
  if (apiKey === null) return null;
  return {
    path: `${runDirectory}/api-key.yaml`,
    // A JSON string is a valid YAML string.
    contents: `# Written by Gantry for one run of SGLang: its API key.\napi-key: ${JSON.stringify(apiKey)}\n`,
    why: 'the API key; on the command line every user of this host could read it',
    secret: apiKey,
  };
}

function environmentOn({isModelOnDisk}: LaunchHost): readonly LaunchVariable[] {
  const plain = (name: string, why: string): LaunchVariable => ({name, value: '1', why, isSecret: false});
  return [
    plain('DO_NOT_TRACK', 'no telemetry'),
    plain('HF_HUB_DISABLE_TELEMETRY', 'no telemetry from the hub library'),
    plain('NO_COLOR', 'the log goes to a file'),
    ...(isModelOnDisk ? [plain('HF_HUB_OFFLINE', 'the model is on this disk; do not contact the hub')] : []),
  ];
}
