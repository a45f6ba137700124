import {BYTES_PER_GIB} from '../../../shared/units.ts';
import {kimi} from '../../node/kimi.ts';
import {shardProgress} from '../../python/progress-bars.ts';
import {outOfMemoryText} from '../../python/torch-text.ts';
import {gibText} from '../memory-layout.ts';
import {workerFailure} from './failure-steps.ts';
import {worker} from './print-log.ts';
import {hold, log, logError, roomOnCard, type StartContext, type StartStep, seconds} from './start-step.ts';

const LOAD_FROM_MS = 38_000;
const LOAD_MS = 230_000;

/** The weights, shard by shard; ends in `fail` if they do not fit. */
export function loadSteps(context: StartContext): readonly StartStep[] {
  const {options, layout} = context;
  const steps: StartStep[] = [
    log(30_000, worker(0), 'gpu_model_runner.py:5419', `Starting to load model ${options.model}...`),
    log(
      31_000,
      worker(0),
      'cuda.py:482',
      "Using FLASH_ATTN_MLA attention backend out of potential backends: ['FLASH_ATTN_MLA', 'FLASHMLA', 'FLASHINFER_MLA', 'TRITON_MLA'].",
    ),
    log(31_200, worker(0), 'compressed_tensors_moe.py:166', 'Using CompressedTensorsWNA16MarlinMoEMethod'),
    log(
      36_000,
      worker(0),
      'weight_utils.py:858',
      `Filesystem type for checkpoints: EXT4. Checkpoint size: ${gibText(kimi.checkpointBytes)} GiB. Available RAM: 1893.44 GiB.`,
    ),
    log(
      36_100,
      worker(0),
      'weight_utils.py:881',
      'Auto-prefetch is disabled because the filesystem (EXT4) is not a recognized network FS (NFS/Lustre). If you want to force prefetching, start vLLM with --safetensors-load-strategy=prefetch.',
    ),
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
    log(
      loadedAtMs + 300,
      worker(0),
      'default_loader.py:431',
      `Loading weights took ${seconds(context, LOAD_MS).toFixed(2)} seconds`,
    ),
    log(
      loadedAtMs + 6_000,
      worker(0),
      'gpu_model_runner.py:5515',
      `Model loading took ${gibText(layout.weightsBytes)} GiB memory and ${seconds(context, LOAD_MS + 13_700).toFixed(6)} seconds`,
    ),
  );
  return steps;
}

/** The first shard that does not fit on some card; null if the weights fit. */
function shardThatDoesNotFit(context: StartContext): number | null {
  const {layout} = context;
  const room = roomOnCard(context);
  return layout.weightsBytes <= room ? null : Math.max(1, Math.floor((kimi.shards * room) / layout.weightsBytes));
}

function outOfMemory({layout, heldByOthersBytes}: StartContext, shard: number): readonly StartStep[] {
  const atMs = LOAD_FROM_MS + (LOAD_MS * shard) / kimi.shards;
  const text = outOfMemoryText({
    index: 0,
    wantedBytes: 0.875 * BYTES_PER_GIB,
    totalBytes: layout.totalBytes,
    freeBytes: 0.41 * BYTES_PER_GIB,
    heldByOthersBytes: heldByOthersBytes[0] ?? 0,
  });
  return [
    logError(
      atMs,
      worker(0),
      'gpu_model_runner.py:5505',
      `Failed to load model - not enough GPU memory. Try lowering --gpu-memory-utilization to free memory for weights, increasing --tensor-parallel-size, or using --quantization. See https://docs.vllm.ai/en/latest/configuration/conserving_memory/ for more tips. (original error: ${text})`,
    ),
    ...workerFailure(atMs + 100, 0, `torch.OutOfMemoryError: ${text}`, 'load_model'),
  ];
}
