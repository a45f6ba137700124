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
      {words: ['serve', model], why: 'the model to serve'},
      ...settingArguments(settings),
      {words: ['--served-model-name', servedModelName], why: 'the name clients ask for'},
      {words: ['--host', host, '--port', String(port)], why: 'where the API listens'},
      ...defaultArguments(settings, launchHost),
      ...(extraArguments.length === 0 ? [] : [{words: extraArguments, why: 'from your configuration'}]),
    ],
    environment: environmentOn(launchHost),
    files: [],
  };
}

/** What the sizes among the settings say on the command line. */
export function settingArguments(settings: LaunchSettings): readonly LaunchArgument[] {
  const {kvCacheDtype, maxRunningRequests} = settings;
  return [
    ...parallelArguments(settings),
    {words: ['--max-model-len', String(settings.contextLengthTokens)], why: 'the longest request that is admitted'},
    {
      words: ['--gpu-memory-utilization', String(settings.memoryFraction)],
      why: 'the share of what CUDA sees of each card that vLLM may take',
    },
    ...when(kvCacheDtype !== 'auto', {
      words: ['--kv-cache-dtype', kvCacheDtype === 'bf16' ? 'bfloat16' : 'fp8'],
      why: 'bytes of a cached token',
    }),
    ...when(maxRunningRequests !== null, {
      words: ['--max-num-seqs', String(maxRunningRequests)],
      why: 'most requests in one batch',
    }),
  ];
}

function parallelArguments(settings: LaunchSettings): readonly LaunchArgument[] {
  const {pipelineParallelSize, dataParallelSize, decodeContextParallelSize} = settings;
  return [
    {
      words: ['--tensor-parallel-size', String(settings.tensorParallelSize)],
      why: 'one shard of the weights on each card',
    },
    ...when(pipelineParallelSize > 1, {
      words: ['--pipeline-parallel-size', String(pipelineParallelSize)],
      why: 'groups of cards with some of the layers each',
    }),
    ...when(dataParallelSize > 1, {
      words: ['--data-parallel-size', String(dataParallelSize)],
      why: 'groups of cards with requests and a KV cache of their own',
    }),
    ...when(decodeContextParallelSize > 1, {
      words: ['--decode-context-parallel-size', String(decodeContextParallelSize)],
      why: 'cards that share one KV cache',
    }),
    ...when(settings.expertParallel, {words: ['--enable-expert-parallel'], why: 'whole experts on each card'}),
    ...when(settings.visionMode === 'absent', {words: ['--language-model-only'], why: 'no vision tower'}),
  ];
}

/** What Gantry adds of its own accord; an extra argument that says otherwise takes its place. */
function defaultArguments(settings: LaunchSettings, {version}: LaunchHost): readonly LaunchArgument[] {
  const given = new Set(readVllmOptions(settings.extraArguments).map((option) => option.name));
  const isGiven = (name: string): boolean => given.has(name) || given.has(name.replace(/^--/, '--no-'));
  const added = [quietArgument(version), ...(isKimiK2(settings) ? kimiArguments(settings) : [])];
  return added.filter(({words}) => !isGiven(words[0] ?? ''));
}

/** Single paths can be left out since 0.16 (vllm-project/vllm#30011); before it, all of the access log or nothing. */
function quietArgument(version: string | null): LaunchArgument {
  return version === null || isVersionAtLeast(version, [0, 16])
    ? {
        words: ['--disable-access-log-for-endpoints', '/health,/metrics'],
        why: 'Gantry asks every second; the log is for what clients do',
      }
    : {words: ['--disable-uvicorn-access-log'], why: 'Gantry asks every second, and would fill the log'};
}

/** What every vLLM recipe of a Kimi K2 model carries (recipes of K2.5, K2.6 and K2.7-Code). */
function kimiArguments({visionMode}: LaunchSettings): readonly LaunchArgument[] {
  return [
    {words: ['--trust-remote-code'], why: 'the model brings its own configuration and tokenizer'},
    {words: ['--enable-auto-tool-choice'], why: 'agents call tools'},
    {words: ['--tool-call-parser', 'kimi_k2'], why: 'without the parser, tool calls come as text'},
    {words: ['--reasoning-parser', 'kimi_k2'], why: 'the model always thinks; this keeps the thinking apart'},
    ...when(visionMode === 'data', {
      words: ['--mm-encoder-tp-mode', 'data'],
      why: 'the vision tower is too small to be worth sharding',
    }),
    ...when(visionMode === 'weights', {
      words: ['--mm-encoder-tp-mode', 'weights'],
      why: 'the vision tower is divided among the cards',
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
      // Its default of 600 s ends a start of half a terabyte of weights in the middle (vLLM envs.py). Never another
      // value from start to start: it is part of the key of vLLM's compile cache.
      name: 'VLLM_ENGINE_READY_TIMEOUT_S',
      value: '3600',
      why: 'a model of this size takes longer to load than vLLM waits by itself',
      isSecret: false,
    },
    {name: 'NO_COLOR', value: '1', why: 'the log goes to a file', isSecret: false},
    ...(isModelOnDisk
      ? [
          {
            name: 'HF_HUB_OFFLINE',
            value: '1',
            why: 'the model is on this disk: nothing is asked of the hub',
            isSecret: false,
          },
        ]
      : []),
    ...(apiKey === null
      ? []
      : [{name: 'VLLM_API_KEY', value: apiKey, why: 'the key of the API, never on the command line', isSecret: true}]),
  ];
}
