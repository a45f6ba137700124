import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import type {LaunchArgument, LaunchCommand, LaunchHost, LaunchVariable} from '../engine.ts';
import {isVersionAtLeast} from '../launch/engine-version.ts';
import {isKimiK2} from '../launch/kimi-k2.ts';
import {readVllmOptions} from './extra-arguments.ts';

/** The command line and environment of `vllm serve` for these settings, each part with its reason. */
export function buildLaunch(settings: LaunchSettings, launchHost: LaunchHost): LaunchCommand {
  const {model, servedModelName, host, port, extraArguments} = settings;
  return {
    arguments: [
      {argv: ['serve', model], why: 'the model to serve'},
      ...settingArguments(settings),
      {argv: ['--served-model-name', servedModelName], why: 'the name clients ask for'},
      {argv: ['--host', host, '--port', String(port)], why: 'where the API listens'},
      ...defaultArguments(settings, launchHost),
      ...(extraArguments.length === 0 ? [] : [{argv: extraArguments, why: 'from your configuration'}]),
    ],
    environment: environmentOn(launchHost),
    files: [],
  };
}

/** The size settings on the command line. */
export function settingArguments(settings: LaunchSettings): readonly LaunchArgument[] {
  const {kvCacheDtype, maxRunningRequests} = settings;
  return [
    ...parallelArguments(settings),
    {argv: ['--max-model-len', String(settings.contextLengthTokens)], why: 'the longest request that is accepted'},
    {
      argv: ['--gpu-memory-utilization', String(settings.memoryFraction)],
      why: 'fraction of GPU memory, as CUDA reports it, that vLLM may use',
    },
    ...when(kvCacheDtype !== 'auto', {
      argv: ['--kv-cache-dtype', kvCacheDtype === 'bf16' ? 'bfloat16' : 'fp8'],
      why: 'format of the KV cache',
    }),
    ...when(maxRunningRequests !== null, {
      argv: ['--max-num-seqs', String(maxRunningRequests)],
      why: 'max. requests in one batch',
    }),
  ];
}

function parallelArguments(settings: LaunchSettings): readonly LaunchArgument[] {
  const {pipelineParallelSize, dataParallelSize, decodeContextParallelSize} = settings;
  return [
    {
      argv: ['--tensor-parallel-size', String(settings.tensorParallelSize)],
      why: 'one shard of the weights per GPU',
    },
    ...when(pipelineParallelSize > 1, {
      argv: ['--pipeline-parallel-size', String(pipelineParallelSize)],
      why: 'GPU groups that each hold a part of the layers',
    }),
    ...when(dataParallelSize > 1, {
      argv: ['--data-parallel-size', String(dataParallelSize)],
      why: 'GPU groups, each with its own requests and KV cache',
    }),
    ...when(decodeContextParallelSize > 1, {
      argv: ['--decode-context-parallel-size', String(decodeContextParallelSize)],
      why: 'GPUs that share one KV cache',
    }),
    ...when(settings.expertParallel, {argv: ['--enable-expert-parallel'], why: 'each GPU holds complete experts'}),
    ...when(settings.visionMode === 'absent', {argv: ['--language-model-only'], why: 'no vision tower'}),
  ];
}

/** Arguments that Gantry adds by default; an extra argument overrides them. */
function defaultArguments(settings: LaunchSettings, {version}: LaunchHost): readonly LaunchArgument[] {
  const given = new Set(readVllmOptions(settings.extraArguments).map((option) => option.name));
  const isGiven = (name: string): boolean => given.has(name) || given.has(name.replace(/^--/, '--no-'));
  const added = [quietArgument(version), ...(isKimiK2(settings) ? kimiArguments(settings) : [])];
  return added.filter(({argv}) => !isGiven(argv[0] ?? ''));
}

/** Paths can be excluded since 0.16 (vllm-project/vllm#30011); before, the access log is all or nothing. */
function quietArgument(version: string | null): LaunchArgument {
  return version === null || isVersionAtLeast(version, [0, 16])
    ? {
        argv: ['--disable-access-log-for-endpoints', '/health,/metrics'],
        why: 'Gantry polls every second; keep its requests out of the log',
      }
    : {argv: ['--disable-uvicorn-access-log'], why: 'Gantry polls every second and would fill the log'};
}

/** Arguments in every vLLM recipe of a Kimi K2 model (K2.5, K2.6 and K2.7-Code). */
function kimiArguments({visionMode}: LaunchSettings): readonly LaunchArgument[] {
  return [
    {argv: ['--trust-remote-code'], why: 'the model has its own configuration and tokenizer code'},
    {argv: ['--enable-auto-tool-choice'], why: 'needed for tool calls'},
    {argv: ['--tool-call-parser', 'kimi_k2'], why: 'without the parser, tool calls are returned as text'},
    {
      argv: ['--reasoning-parser', 'kimi_k2'],
      why: 'the model always reasons; this separates the reasoning from the answer',
    },
    ...when(visionMode === 'data', {
      argv: ['--mm-encoder-tp-mode', 'data'],
      why: 'the vision tower is too small to be worth sharding',
    }),
    ...when(visionMode === 'weights', {
      argv: ['--mm-encoder-tp-mode', 'weights'],
      why: 'the vision tower is split over the GPUs',
    }),
  ];
}

function when(isWanted: boolean, argument: LaunchArgument): readonly LaunchArgument[] {
  return isWanted ? [argument] : [];
}

function environmentOn({apiKey, isModelOnDisk}: LaunchHost): readonly LaunchVariable[] {
  return [
    {name: 'VLLM_NO_USAGE_STATS', value: '1', why: 'no telemetry', isSecret: false},
    {name: 'VLLM_DO_NOT_TRACK', value: '1', why: 'no telemetry', isSecret: false},
    {name: 'DO_NOT_TRACK', value: '1', why: 'no telemetry', isSecret: false},
    {
      // The default of 600 s is too short to load half a terabyte of weights (vLLM envs.py). The value must not change
      // between starts: it is part of the key of vLLM's compile cache.
      name: 'VLLM_ENGINE_READY_TIMEOUT_S',
      value: '3600',
      why: 'a model of this size takes longer to load than the default timeout of vLLM',
      isSecret: false,
    },
    {name: 'NO_COLOR', value: '1', why: 'the log goes to a file', isSecret: false},
    ...(isModelOnDisk
      ? [
          {
            name: 'HF_HUB_OFFLINE',
            value: '1',
            why: 'the model is on this disk; do not contact the hub',
            isSecret: false,
          },
        ]
      : []),
    ...(apiKey === null
      ? []
      : [{name: 'VLLM_API_KEY', value: apiKey, why: 'the API key, never on the command line', isSecret: true}]),
  ];
}
