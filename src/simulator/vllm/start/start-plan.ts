import {kimi} from '../../node/kimi.ts';
import {NOMINAL_START_MS} from '../../node/scenarios.ts';
import {sharedMemoryText} from '../../python/torch-text.ts';
import type {ServeOptions} from '../flags.ts';
import {BEFORE_SNAPSHOT_BYTES, cacheRefusal, gibText} from '../memory-layout.ts';
import {coreFailure, workerFailure} from './failure-steps.ts';
import {cacheTraceback} from './failure-texts.ts';
import {loadSteps} from './load-steps.ts';
import {captureFailure, profileFailure} from './memory-failure-steps.ts';
import {CAPTURE_FAILS_MS, cacheSteps, captureBegin, captureSteps, compileSteps, profileSteps} from './prepare-steps.ts';
import {apiServer, engineCore, logoLines, pythonDict, VLLM_VERSION} from './print-log.ts';
import {hold, log, ranks, type StartContext, type StartStep} from './start-step.ts';

/** The complete start as vLLM logs it, in order; it ends in `ready` or in `fail`. Pure. */
export function planStart(context: StartContext): readonly StartStep[] {
  const steps = [...launchSteps(context), ...workerSteps(context)];
  if (context.isSharedMemoryFull && context.options.tensorParallelSize > 1) {
    return [...steps, ...workerFailure(27_400, 0, sharedMemoryText(), 'init_distributed')];
  }
  const memoryProblem = freeMemoryProblem(context);
  if (memoryProblem !== null) {
    return [...steps, ...workerFailure(29_000, memoryProblem.rank, memoryProblem.text, 'init_device')];
  }
  steps.push(...loadSteps(context));
  if (steps.at(-1)?.action.type === 'fail') return steps;
  const outOfProfile = profileFailure(context);
  if (outOfProfile !== null) return [...steps, ...compileSteps(context), ...outOfProfile];
  steps.push(...compileSteps(context), ...profileSteps(context));
  const refusal = cacheRefusal(context.layout, context.options.decodeContextParallelSize);
  if (refusal !== null) return [...steps, ...coreFailure(331_000, cacheTraceback(refusal))];
  steps.push(...cacheSteps(context));
  const outOfCapture = captureFailure(context, CAPTURE_FAILS_MS);
  if (outOfCapture !== null) return [...steps, ...captureBegin(context), ...outOfCapture];
  return [...steps, ...captureSteps(context), ...serveSteps(context)];
}

/** What the API server logs first, before it binds its port. */
export function openingSteps({model, given}: Pick<ServeOptions, 'model' | 'given'>): readonly StartStep[] {
  const all = [['model_tag', model] as const, ...given, ['model', model] as const].map(
    ([name, value]) => [name.replaceAll('-', '_'), value] as const,
  );
  return [
    ...logoLines(model).map((line) => log(3_000, apiServer, 'api_utils.py:311', line)),
    log(3_000, apiServer, 'api_utils.py:272', `non-default args: ${pythonDict(all)}`),
  ];
}

function launchSteps({options, layout}: StartContext): readonly StartStep[] {
  return [
    ...openingSteps(options),
    log(6_000, apiServer, 'model.py:627', `Resolved architecture: ${kimi.architecture}`),
    log(6_200, apiServer, 'model.py:1793', `Using max model len ${layout.maxModelLen}`),
    ...(options.kvCacheDtype.startsWith('fp8')
      ? [
          log(
            6_300,
            apiServer,
            'cache.py:268',
            'Using fp8 data type to store kv cache. It reduces the GPU memory footprint and boosts the performance. Meanwhile, it may cause accuracy drop without a proper scaling factor.',
          ),
        ]
      : []),
    log(
      6_400,
      apiServer,
      'scheduler.py:248',
      `Chunked prefill is enabled with max_num_batched_tokens=${options.maxNumBatchedTokens}.`,
    ),
    log(6_500, apiServer, 'vllm.py:1049', 'Asynchronous scheduling is enabled.'),
    {atMs: 12_000, action: {type: 'spawn-core'}},
    log(
      16_000,
      engineCore,
      'core.py:122',
      `Initializing a V1 LLM engine (v${VLLM_VERSION}) with config: model='${options.model}', speculative_config=None, tokenizer='${options.model}', skip_tokenizer_init=False, tokenizer_mode=auto, revision=None, trust_remote_code=${options.trustsRemoteCode ? 'True' : 'False'}, dtype=torch.bfloat16, max_seq_len=${layout.maxModelLen}, load_format=auto, tensor_parallel_size=${options.tensorParallelSize}, pipeline_parallel_size=1, data_parallel_size=1, quantization=compressed-tensors, kv_cache_dtype=${options.kvCacheDtype}, served_model_name=${options.servedModelNames[0] ?? options.model}, enable_prefix_caching=${options.isPrefixCachingEnabled ? 'True' : 'False'}, enable_chunked_prefill=True`,
    ),
  ];
}

function workerSteps(context: StartContext): readonly StartStep[] {
  const size = context.options.tensorParallelSize;
  return [
    ...ranks(context).map((rank) =>
      log(
        22_000 + rank * 350,
        {role: 'Worker', rank, isRanked: false},
        'parallel_state.py:1619',
        `world_size=${size} rank=${rank} local_rank=${rank} distributed_init_method=tcp://127.0.0.1:43517 backend=nccl`,
      ),
    ),
    log(27_000, {role: 'Worker', rank: 0, isRanked: false}, 'pynccl.py:113', 'vLLM is using nccl==2.28.9'),
    hold(27_500, 'context'),
    ...ranks(context).map((rank) =>
      log(
        28_000 + rank * 20,
        {role: 'Worker', rank, isRanked: false},
        'parallel_state.py:1957',
        `rank ${rank} in world size ${size} is assigned as DP rank 0, PP rank 0, PCP rank 0, TP rank ${rank}, EP rank N/A, EPLB rank N/A`,
      ),
    ),
  ];
}

/** The check of vllm/v1/worker/utils.py: what is free now must cover the complete fraction. */
function freeMemoryProblem({options, layout, heldByOthersBytes}: StartContext): {rank: number; text: string} | null {
  for (let rank = 0; rank < options.tensorParallelSize; rank += 1) {
    const freeBytes = layout.totalBytes - (heldByOthersBytes[rank] ?? 0) - BEFORE_SNAPSHOT_BYTES;
    if (freeBytes >= layout.requestedBytes) continue;
    const text = `ValueError: Free memory on device cuda:${rank} (${gibText(freeBytes)}/${gibText(layout.totalBytes)} GiB) on startup is less than desired GPU memory utilization (${options.gpuMemoryUtilization}, ${gibText(layout.requestedBytes)} GiB). Decrease GPU memory utilization or reduce GPU memory used by other processes.`;
    return {rank, text};
  }
  return null;
}

function serveSteps({options, routes}: StartContext): readonly StartStep[] {
  const print = (atMs: number, text: string): StartStep => ({
    atMs,
    action: {type: 'print', from: apiServer, stream: 'stdout', text: `INFO:     ${text}`},
  });
  return [
    log(353_000, apiServer, 'api_server.py:618', "Supported tasks: ['generate']"),
    ...(options.hasAutoToolChoice
      ? [log(354_000, apiServer, 'parser_manager.py:209', '"auto" tool choice has been enabled.')]
      : []),
    log(
      356_000,
      apiServer,
      'api_server.py:623',
      `Starting vLLM server on http://${options.host ?? '0.0.0.0'}:${options.port}`,
    ),
    log(356_000, apiServer, 'launcher.py:37', 'Available routes are:'),
    ...routes.map((route) => log(356_000, apiServer, 'launcher.py:46', route)),
    print(357_000, 'Started server process [{pid}]'),
    print(357_000, 'Waiting for application startup.'),
    {atMs: NOMINAL_START_MS, action: {type: 'ready'}},
  ];
}
