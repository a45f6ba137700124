import {BYTES_PER_GIB} from '../../../shared/units.ts';
import {NOMINAL_START_MS} from '../../node/scenarios.ts';
import type {ServeOptions} from '../flags.ts';
import {BEFORE_SNAPSHOT_BYTES, cacheRefusal, gibText, type MemoryLayout} from '../memory.ts';
import {kimi} from '../model.ts';
import {
  cacheTraceback,
  outOfMemoryText,
  workerInitTraceback,
  workerTraceback,
} from './failure-texts.ts';
import {apiServer, engineCore, logoLines, pythonDict, type Speaker, VLLM_VERSION, withCommas, worker} from './log-lines.ts';
import {captureProgress, shardProgress} from './progress-bars.ts';

/** Something that happens during a start, `atMs` after it began at speed 1. */
export type StartStep = {readonly atMs: number; readonly action: StartAction};
export type StartAction =
  | {readonly type: 'log'; readonly from: Speaker; readonly level: 'INFO' | 'WARNING' | 'ERROR'; readonly place: string; readonly text: string}
  /** Text without a log head; `end` is what closes it. */
  | {readonly type: 'print'; readonly from: Speaker; readonly stream: 'stdout' | 'stderr'; readonly text: string}
  /** A progress bar that redraws itself on one line of stderr. */
  | {readonly type: 'redraw'; readonly from: Speaker; readonly text: string; readonly isFirst: boolean; readonly isLast: boolean}
  | {readonly type: 'spawn-core'}
  | {readonly type: 'hold-memory'; readonly stage: 'context' | 'weights' | 'serving'; readonly ratio: number}
  | {readonly type: 'fail'}
  | {readonly type: 'ready'};

/** What a start depends on. Bytes that others hold are by card; what the worker itself takes comes on top. */
export type StartContext = {
  readonly options: ServeOptions;
  readonly layout: MemoryLayout;
  readonly speed: number;
  readonly heldByOthersBytes: readonly number[];
  /** The shard at which a scenario lets the memory run out; null when only real arithmetic decides. */
  readonly failsAtShard: number | null;
  readonly routes: readonly string[];
};

const LOAD_FROM_MS = 38_000;
const LOAD_MS = 230_000;
const CAPTURE_FROM_MS = 334_000;
const PIECEWISE = {name: 'mixed prefill-decode, PIECEWISE', total: 51, ms: 9_000};
const FULL = {name: 'decode, FULL', total: 35, ms: 6_500};

/** The whole start as vLLM tells it, in order; it ends in `ready` or in `fail`. Pure. */
export function planStart(context: StartContext): readonly StartStep[] {
  const steps = [...launchSteps(context), ...workerSteps(context)];
  const memoryProblem = freeMemoryProblem(context);
  if (memoryProblem !== null) {
    return [...steps, ...workerFailure(29_000, memoryProblem.rank, memoryProblem.text, 'init_device')];
  }
  steps.push(...loadSteps(context));
  if (steps.at(-1)?.action.type === 'fail') return steps;
  steps.push(...compileSteps(context));
  const refusal = cacheRefusal(context.layout, context.options.decodeContextParallelSize);
  if (refusal !== null) return [...steps, ...coreFailure(331_000, cacheTraceback(refusal))];
  return [...steps, ...cacheSteps(context), ...captureSteps(context), ...serveSteps(context)];
}

function log(atMs: number, from: Speaker, place: string, text: string, level: 'INFO' | 'WARNING' | 'ERROR' = 'INFO'): StartStep {
  return {atMs, action: {type: 'log', from, level, place, text}};
}

function hold(atMs: number, stage: 'context' | 'weights' | 'serving', ratio = 1): StartStep {
  return {atMs, action: {type: 'hold-memory', stage, ratio}};
}

/** Seconds as this start really takes them: what the log says agrees with its own time stamps. */
function seconds(context: StartContext, nominalMs: number): number {
  return nominalMs / 1000 / context.speed;
}

function ranks({options}: StartContext): readonly number[] {
  return Array.from({length: options.tensorParallelSize}, (_, rank) => rank);
}

function launchSteps({options, layout}: StartContext): readonly StartStep[] {
  const given = [['model_tag', options.model] as const, ...options.given, ['model', options.model] as const].map(
    ([name, value]) => [name.replaceAll('-', '_'), value] as const,
  );
  return [
    ...logoLines(options.model).map((line) => log(3_000, apiServer, 'api_utils.py:311', line)),
    log(3_000, apiServer, 'api_utils.py:272', `non-default args: ${pythonDict(given)}`),
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
    log(6_400, apiServer, 'scheduler.py:248', `Chunked prefill is enabled with max_num_batched_tokens=${options.maxNumBatchedTokens}.`),
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

/** The check of vllm/v1/worker/utils.py: what is free now must cover the whole fraction. */
function freeMemoryProblem({options, layout, heldByOthersBytes}: StartContext): {rank: number; text: string} | null {
  for (let rank = 0; rank < options.tensorParallelSize; rank += 1) {
    const freeBytes = layout.totalBytes - (heldByOthersBytes[rank] ?? 0) - BEFORE_SNAPSHOT_BYTES;
    if (freeBytes >= layout.requestedBytes) continue;
    const text = `ValueError: Free memory on device cuda:${rank} (${gibText(freeBytes)}/${gibText(layout.totalBytes)} GiB) on startup is less than desired GPU memory utilization (${options.gpuMemoryUtilization}, ${gibText(layout.requestedBytes)} GiB). Decrease GPU memory utilization or reduce GPU memory used by other processes.`;
    return {rank, text};
  }
  return null;
}

function loadSteps(context: StartContext): readonly StartStep[] {
  const {options, layout} = context;
  const steps: StartStep[] = [
    log(30_000, worker(0), 'gpu_model_runner.py:5419', `Starting to load model ${options.model}...`),
    log(31_000, worker(0), 'cuda.py:482', "Using FLASH_ATTN_MLA attention backend out of potential backends: ['FLASH_ATTN_MLA', 'FLASHMLA', 'FLASHINFER_MLA', 'TRITON_MLA']."),
    log(31_200, worker(0), 'compressed_tensors_moe.py:166', 'Using CompressedTensorsWNA16MarlinMoEMethod'),
    log(36_000, worker(0), 'weight_utils.py:858', `Filesystem type for checkpoints: EXT4. Checkpoint size: ${gibText(kimi.checkpointBytes)} GiB. Available RAM: 1893.44 GiB.`),
    log(36_100, worker(0), 'weight_utils.py:881', 'Auto-prefetch is disabled because the filesystem (EXT4) is not a recognized network FS (NFS/Lustre). If you want to force prefetching, start vLLM with --safetensors-load-strategy=prefetch.'),
  ];
  const failsAt = shardThatDoesNotFit(context);
  for (let done = 0; done <= kimi.shards; done += 1) {
    if (failsAt !== null && done === failsAt) return [...steps, ...outOfMemory(context, done)];
    const ratio = done / kimi.shards;
    const atMs = LOAD_FROM_MS + LOAD_MS * ratio;
    const progress = {done, total: kimi.shards, elapsedSeconds: seconds(context, LOAD_MS * ratio)};
    steps.push({atMs, action: {type: 'print', from: worker(0), stream: 'stderr', text: shardProgress(progress)}});
    steps.push(hold(atMs, 'weights', ratio));
  }
  const loadedAtMs = LOAD_FROM_MS + LOAD_MS;
  steps.push(
    {atMs: loadedAtMs, action: {type: 'print', from: worker(0), stream: 'stderr', text: ''}},
    log(loadedAtMs + 300, worker(0), 'default_loader.py:431', `Loading weights took ${seconds(context, LOAD_MS).toFixed(2)} seconds`),
    log(
      loadedAtMs + 6_000,
      worker(0),
      'gpu_model_runner.py:5515',
      `Model loading took ${gibText(layout.weightsBytes)} GiB memory and ${seconds(context, LOAD_MS + 13_700).toFixed(6)} seconds`,
    ),
  );
  return steps;
}

/** The first shard that finds no room on some card; null when the weights fit. */
function shardThatDoesNotFit({layout, options, heldByOthersBytes, failsAtShard}: StartContext): number | null {
  if (failsAtShard !== null) return failsAtShard;
  const held = Math.max(...heldByOthersBytes.slice(0, options.tensorParallelSize), 0);
  const room = layout.totalBytes - held - BEFORE_SNAPSHOT_BYTES - layout.contextBytes;
  return layout.weightsBytes <= room ? null : Math.max(1, Math.floor((kimi.shards * room) / layout.weightsBytes));
}

function outOfMemory({layout}: StartContext, shard: number): readonly StartStep[] {
  const atMs = LOAD_FROM_MS + (LOAD_MS * shard) / kimi.shards;
  const text = outOfMemoryText({
    index: 0,
    wantedBytes: 0.875 * BYTES_PER_GIB,
    totalBytes: layout.totalBytes,
    freeBytes: 0.41 * BYTES_PER_GIB,
  });
  return [
    log(
      atMs,
      worker(0),
      'gpu_model_runner.py:5505',
      `Failed to load model - not enough GPU memory. Try lowering --gpu-memory-utilization to free memory for weights, increasing --tensor-parallel-size, or using --quantization. See https://docs.vllm.ai/en/latest/configuration/conserving_memory/ for more tips. (original error: ${text})`,
      'ERROR',
    ),
    ...workerFailure(atMs + 100, 0, `torch.OutOfMemoryError: ${text}`, 'load_model'),
  ];
}

function workerFailure(atMs: number, rank: number, exception: string, during: 'init_device' | 'load_model'): readonly StartStep[] {
  const place = 'multiproc_executor.py:941';
  return [
    log(atMs, worker(rank), place, 'WorkerProc failed to start.', 'ERROR'),
    ...workerTraceback(exception, during).map((line) => log(atMs, worker(rank), place, line, 'ERROR')),
    ...coreFailure(atMs + 1_500, workerInitTraceback()),
  ];
}

function coreFailure(atMs: number, trace: readonly string[]): readonly StartStep[] {
  const place = 'core.py:1346';
  return [
    log(atMs, engineCore, place, 'EngineCore failed to start.', 'ERROR'),
    ...trace.map((line) => log(atMs, engineCore, place, line, 'ERROR')),
    ...trace.map((text): StartStep => ({atMs: atMs + 200, action: {type: 'print', from: engineCore, stream: 'stderr', text}})),
    {atMs: atMs + 1_500, action: {type: 'fail'}},
  ];
}

function compileSteps(context: StartContext): readonly StartStep[] {
  const {options, layout} = context;
  const all = (atMs: number, place: string, text: string): readonly StartStep[] =>
    ranks(context).map((rank) => log(atMs + rank * 15, worker(rank), place, text));
  return [
    ...(options.vision === 'absent'
      ? []
      : [log(280_000, worker(0), 'gpu_model_runner.py:6402', 'Encoder cache will be initialized with a budget of 16384 tokens, and profiled with 1 image items of the maximum feature size.')]),
    log(284_000, worker(0), 'backends.py:1094', "Using cache directory: /root/.cache/vllm/torch_compile_cache/3f0c5be21d/rank_0_0/backbone for vLLM's torch.compile"),
    log(284_100, worker(0), 'backends.py:1155', `Dynamo bytecode transform time: ${seconds(context, 9_870).toFixed(2)} s`),
    log(302_000, worker(0), 'backends.py:393', `Compiling a graph for compile range (1, ${options.maxNumBatchedTokens}) takes ${seconds(context, 15_260).toFixed(2)} s`),
    log(314_000, worker(0), 'monitor.py:53', `torch.compile took ${seconds(context, 29_410).toFixed(2)} s in total`),
    log(319_000, worker(0), 'monitor.py:81', `Initial profiling/warmup run took ${seconds(context, 4_730).toFixed(2)} s`),
    ...all(321_000, 'gpu_model_runner.py:6816', `Profiling CUDA graph memory: PIECEWISE=${PIECEWISE.total} (largest=512), FULL=${FULL.total} (largest=256)`),
    ...all(328_000, 'gpu_model_runner.py:6941', `Estimated CUDA graph memory: ${gibText(layout.graphEstimateBytes)} GiB total`),
    ...all(330_000, 'gpu_worker.py:578', `Available KV cache memory: ${gibText(layout.availableBytes)} GiB`),
  ];
}

function cacheSteps({options, layout}: StartContext): readonly StartStep[] {
  const share = layout.graphEstimateBytes / layout.totalBytes;
  const without = (options.gpuMemoryUtilization - share).toFixed(4);
  const same = (options.gpuMemoryUtilization + share).toFixed(4);
  return [
    log(330_500, worker(0), 'gpu_worker.py:593', `CUDA graph memory profiling is enabled (default since v0.21.0). The current --gpu-memory-utilization=${options.gpuMemoryUtilization.toFixed(4)} is equivalent to --gpu-memory-utilization=${without} without CUDA graph memory profiling. To maintain the same effective KV cache size as before, increase --gpu-memory-utilization to ${same}. To disable, set VLLM_MEMORY_PROFILER_ESTIMATE_CUDAGRAPHS=0.`),
    log(331_000, engineCore, 'kv_cache_utils.py:1869', `GPU KV cache size: ${withCommas(layout.capacityTokens)} tokens, Maximum concurrency for ${withCommas(layout.maxModelLen)} tokens per request: ${layout.maxConcurrency.toFixed(2)}x`),
    hold(331_500, 'serving'),
  ];
}

function captureSteps(context: StartContext): readonly StartStep[] {
  const {layout} = context;
  const difference = Math.abs(layout.graphEstimateBytes - layout.graphActualBytes);
  const pool = `CUDA graph pool memory: ${gibText(layout.graphActualBytes)} GiB (actual), ${gibText(layout.graphEstimateBytes)} GiB (estimated), difference: ${gibText(difference)} GiB (${((100 * difference) / layout.graphActualBytes).toFixed(1)}%).`;
  const tookMs = PIECEWISE.ms + FULL.ms;
  return [
    ...redraws(context, CAPTURE_FROM_MS, PIECEWISE),
    ...redraws(context, CAPTURE_FROM_MS + PIECEWISE.ms, FULL),
    log(350_000, worker(0), 'gpu_model_runner.py:7124', `Graph capturing finished in ${seconds(context, tookMs).toFixed(0)} secs, took ${gibText(layout.graphActualBytes)} GiB`),
    ...ranks(context).map((rank) => log(350_100 + rank * 10, worker(rank), 'gpu_worker.py:771', pool)),
    log(352_000, engineCore, 'core.py:337', `init engine (profile, create kv cache, warmup model) took ${seconds(context, 77_600).toFixed(2)} s (compilation: ${seconds(context, 29_410).toFixed(2)} s)`),
  ];
}

function redraws(context: StartContext, fromMs: number, bar: typeof FULL): readonly StartStep[] {
  return Array.from({length: bar.total + 1}, (_, done) => {
    const elapsedMs = (bar.ms * done) / bar.total;
    const progress = {done, total: bar.total, elapsedSeconds: seconds(context, elapsedMs)};
    const text = captureProgress(bar.name, progress);
    return {
      atMs: fromMs + elapsedMs,
      action: {type: 'redraw', from: worker(0), text, isFirst: done === 0, isLast: done === bar.total},
    } satisfies StartStep;
  });
}

function serveSteps({options, routes}: StartContext): readonly StartStep[] {
  const print = (atMs: number, text: string): StartStep => ({
    atMs,
    action: {type: 'print', from: apiServer, stream: 'stdout', text: `INFO:     ${text}`},
  });
  return [
    log(353_000, apiServer, 'api_server.py:618', "Supported tasks: ['generate']"),
    ...(options.hasAutoToolChoice ? [log(354_000, apiServer, 'parser_manager.py:209', '"auto" tool choice has been enabled.')] : []),
    log(356_000, apiServer, 'api_server.py:623', `Starting vLLM server on http://${options.host ?? '0.0.0.0'}:${options.port}`),
    log(356_000, apiServer, 'launcher.py:37', 'Available routes are:'),
    ...routes.map((route) => log(356_000, apiServer, 'launcher.py:46', route)),
    print(357_000, 'Started server process [{pid}]'),
    print(357_000, 'Waiting for application startup.'),
    {atMs: NOMINAL_START_MS, action: {type: 'ready'}},
  ];
}
