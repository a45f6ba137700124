import {captureProgress} from '../../python/progress-bars.ts';
import {gibText} from '../memory-layout.ts';
import {engineCore, withCommas, worker} from './print-log.ts';
import {hold, log, ranks, type StartContext, type StartStep, seconds} from './start-step.ts';

const CAPTURE_FROM_MS = 334_000;
/** Shortly after the start of the capture. */
export const CAPTURE_FAILS_MS = 335_000;
const PIECEWISE = {name: 'mixed prefill-decode, PIECEWISE', total: 51, ms: 9_000};
const FULL = {name: 'decode, FULL', total: 35, ms: 6_500};

/** Compilation, up to the profile run. */
export function compileSteps(context: StartContext): readonly StartStep[] {
  const {options} = context;
  return [
    ...(options.vision === 'absent'
      ? []
      : [
          log(
            280_000,
            worker(0),
            'gpu_model_runner.py:6402',
            'Encoder cache will be initialized with a budget of 16384 tokens, and profiled with 1 image items of the maximum feature size.',
          ),
        ]),
    log(
      284_000,
      worker(0),
      'backends.py:1094',
      "Using cache directory: /root/.cache/vllm/torch_compile_cache/3f0c5be21d/rank_0_0/backbone for vLLM's torch.compile",
    ),
    log(
      284_100,
      worker(0),
      'backends.py:1155',
      `Dynamo bytecode transform time: ${seconds(context, 9_870).toFixed(2)} s`,
    ),
    log(
      302_000,
      worker(0),
      'backends.py:393',
      `Compiling a graph for compile range (1, ${options.maxNumBatchedTokens}) takes ${seconds(context, 15_260).toFixed(2)} s`,
    ),
    log(314_000, worker(0), 'monitor.py:53', `torch.compile took ${seconds(context, 29_410).toFixed(2)} s in total`),
  ];
}

/** What every worker measures in its own memory. */
export function profileSteps(context: StartContext): readonly StartStep[] {
  const {layout} = context;
  const all = (atMs: number, place: string, text: string): readonly StartStep[] =>
    ranks(context).map((rank) => log(atMs + rank * 15, worker(rank), place, text));
  return [
    log(
      319_000,
      worker(0),
      'monitor.py:81',
      `Initial profiling/warmup run took ${seconds(context, 4_730).toFixed(2)} s`,
    ),
    ...all(
      321_000,
      'gpu_model_runner.py:6816',
      `Profiling CUDA graph memory: PIECEWISE=${PIECEWISE.total} (largest=512), FULL=${FULL.total} (largest=256)`,
    ),
    ...all(
      328_000,
      'gpu_model_runner.py:6941',
      `Estimated CUDA graph memory: ${gibText(layout.graphEstimateBytes)} GiB total`,
    ),
    ...all(330_000, 'gpu_worker.py:578', `Available KV cache memory: ${gibText(layout.availableBytes)} GiB`),
  ];
}

/** The cache is allocated. */
export function cacheSteps({options, layout}: StartContext): readonly StartStep[] {
  const share = layout.graphEstimateBytes / layout.totalBytes;
  const without = (options.gpuMemoryUtilization - share).toFixed(4);
  const same = (options.gpuMemoryUtilization + share).toFixed(4);
  return [
    log(
      330_500,
      worker(0),
      'gpu_worker.py:593',
      `CUDA graph memory profiling is enabled (default since v0.21.0). The current --gpu-memory-utilization=${options.gpuMemoryUtilization.toFixed(4)} is equivalent to --gpu-memory-utilization=${without} without CUDA graph memory profiling. To maintain the same effective KV cache size as before, increase --gpu-memory-utilization to ${same}. To disable, set VLLM_MEMORY_PROFILER_ESTIMATE_CUDAGRAPHS=0.`,
    ),
    log(
      331_000,
      engineCore,
      'kv_cache_utils.py:1869',
      `GPU KV cache size: ${withCommas(layout.capacityTokens)} tokens, Maximum concurrency for ${withCommas(layout.maxModelLen)} tokens per request: ${layout.maxConcurrency.toFixed(2)}x`,
    ),
    hold(331_500, 'serving'),
  ];
}

/** The first graphs, after which the memory may run out. */
export function captureBegin(context: StartContext): readonly StartStep[] {
  const [first, second] = redraws(context, CAPTURE_FROM_MS, PIECEWISE);
  return [first, second].flatMap((step) =>
    step?.action.type === 'redraw' ? [{...step, action: {...step.action, isLast: step === second}}] : [],
  );
}

/** CUDA graphs are captured, and the engine core is up. */
export function captureSteps(context: StartContext): readonly StartStep[] {
  const {layout} = context;
  const difference = Math.abs(layout.graphEstimateBytes - layout.graphActualBytes);
  const pool = `CUDA graph pool memory: ${gibText(layout.graphActualBytes)} GiB (actual), ${gibText(layout.graphEstimateBytes)} GiB (estimated), difference: ${gibText(difference)} GiB (${((100 * difference) / layout.graphActualBytes).toFixed(1)}%).`;
  const tookMs = PIECEWISE.ms + FULL.ms;
  return [
    ...redraws(context, CAPTURE_FROM_MS, PIECEWISE),
    ...redraws(context, CAPTURE_FROM_MS + PIECEWISE.ms, FULL),
    log(
      350_000,
      worker(0),
      'gpu_model_runner.py:7124',
      `Graph capturing finished in ${seconds(context, tookMs).toFixed(0)} secs, took ${gibText(layout.graphActualBytes)} GiB`,
    ),
    ...ranks(context).map((rank) => log(350_100 + rank * 10, worker(rank), 'gpu_worker.py:771', pool)),
    log(
      352_000,
      engineCore,
      'core.py:337',
      `init engine (profile, create kv cache, warmup model) took ${seconds(context, 77_600).toFixed(2)} s (compilation: ${seconds(context, 29_410).toFixed(2)} s)`,
    ),
  ];
}

function redraws(context: StartContext, fromMs: number, bar: typeof FULL): readonly StartStep[] {
  return Array.from({length: bar.total + 1}, (_, done) => {
    const elapsedMs = (bar.ms * done) / bar.total;
    const progress = {done, total: bar.total, elapsedSeconds: seconds(context, elapsedMs)};
    const text = captureProgress(`Capturing CUDA graphs (${bar.name})`, progress);
    return {
      atMs: fromMs + elapsedMs,
      action: {type: 'redraw', from: worker(0), text, isFirst: done === 0, isLast: done === bar.total},
    } satisfies StartStep;
  });
}
