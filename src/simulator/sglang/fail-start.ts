import {BYTES_PER_GIB} from '../../shared/units.ts';
import {kimi} from '../node/kimi.ts';
import {outOfMemoryText} from '../python/torch-text.ts';
import {type Frame, traceback} from '../python/traceback.ts';
import {print, say, sayOf} from './print-log.ts';
import type {SglangStart} from './start-context.ts';

const PACKAGES = '/usr/local/lib/python3.12/dist-packages/sglang/srt';

/** Where the schedulers first communicate. */
export const initFrame = [
  'model_executor/model_runner.py',
  1043,
  'init_torch_distributed',
  'torch.distributed.all_reduce(torch.zeros(1).cuda())',
] as const;

/** Failures of a start before it has processes. */
export type Refusal = {readonly exception: string; readonly frame: Frame};

/** The configuration error before any process is started; null if there is none. */
export function refusalOf({options, gpuCount}: SglangStart): Refusal | null {
  const {contextLength, tensorParallelSize: size} = options;
  if (contextLength > kimi.maxContextTokens) {
    return {
      exception: `ValueError: User-specified context_length (${contextLength}) is greater than the derived context_length (${kimi.maxContextTokens}). This may lead to incorrect model outputs or CUDA errors. To allow overriding this maximum, set the env var SGLANG_ALLOW_OVERWRITE_LONGER_CONTEXT_LEN=1`,
      frame: ['configs/model_config.py', 827, '_derive_context_length', 'raise ValueError('],
    };
  }
  if (size > gpuCount) {
    return {
      exception: 'torch.AcceleratorError: CUDA error: invalid device ordinal',
      frame: [
        'model_executor/model_runner.py',
        1012,
        'init_torch_distributed',
        'torch.get_device_module(self.device).set_device(self.gpu_id)',
      ],
    };
  }
  return kimi.attentionHeads % size === 0
    ? null
    : {
        exception: `AssertionError: ${kimi.attentionHeads} is not divisible by ${size}`,
        frame: ['distributed/utils.py', 52, 'divide', 'ensure_divisibility(numerator, denominator)'],
      };
}

/** Ends the start with a traceback before any process was started. */
export function failBeforeStart(start: SglangStart, {exception, frame}: Refusal): void {
  for (const line of traceback(PACKAGES, [frame], exception)) print(line);
  start.fail();
}

/** A card without memory for the next part of the weights. */
export function failLoad(start: SglangStart): void {
  failScheduler(start, `torch.OutOfMemoryError: ${outOfMemory(start, 0.88)}`, [
    'model_loader/loader.py',
    672,
    'load_model',
    'model = _initialize_model(model_config, self.load_config)',
  ]);
}

function outOfMemory({memory, heldByOthersBytes}: SglangStart, wantedGib: number): string {
  return outOfMemoryText({
    index: 0,
    wantedBytes: wantedGib * BYTES_PER_GIB,
    totalBytes: memory.totalBytes,
    freeBytes: 0.34 * BYTES_PER_GIB,
    heldByOthersBytes,
  });
}

/** A card without memory for the CUDA graphs. */
export function failCapture(start: SglangStart): void {
  const text = outOfMemory(start, 0.75);
  const advice = [
    'Possible solutions:',
    '1. set --mem-fraction-static to a smaller value (e.g., 0.8 or 0.7)',
    '2. set --cuda-graph-max-bs-decode to a smaller value (e.g., 16)',
    '3. disable CUDA graph by --disable-cuda-graph. (Not recommended. Huge performance loss)',
    'Open an issue on GitHub https://github.com/sgl-project/sglang/issues/new/choose',
  ];
  failScheduler(start, [`Exception: Capture cuda graph failed: ${text}`, ...advice].join('\n'), [
    'model_executor/cuda_graph_runner/decode_cuda_graph_runner.py',
    464,
    '__init__',
    'raise Exception(',
  ]);
}

/** A scheduler's exception, and the end of all processes that follows. */
export function failScheduler(start: SglangStart, exception: string, frame: Frame): void {
  const trace = traceback(
    PACKAGES,
    [
      ['managers/scheduler.py', 5061, 'run_scheduler_process', 'scheduler = Scheduler('],
      ['managers/tp_worker.py', 347, '_init_model_runner', 'self._model_runner = ModelRunner('],
      frame,
    ],
    exception,
  );
  sayOf(0, `Scheduler hit an exception: ${trace.join('\n')}`);
  print('');
  say('Received sigquit from a child process. It usually means the child failed.');
  start.fail();
}

/** The first shard that does not fit on some card; null if the weights fit. */
export function shardThatDoesNotFit({memory, heldByOthersBytes}: SglangStart): number | null {
  const room = memory.totalBytes - memory.contextBytes - heldByOthersBytes;
  return memory.weightsBytes <= room ? null : Math.max(1, Math.floor((kimi.shards * room) / memory.weightsBytes));
}
