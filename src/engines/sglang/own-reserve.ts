import type {TermsInput} from '../../domain/memory/engine-memory.ts';
import type {Architecture} from '../../domain/memory/model/architecture.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {BYTES_PER_MIB} from '../../shared/units.ts';
import {isVersionAtLeast} from '../launch/engine-version.ts';
import {readSglangOptions} from './extra-arguments.ts';

/**
 * By nvidia-smi's total in MiB (`server_args.py` since 0.5, `memory_hook.py` since 0.5.19; read in 0.5.23): tokens of a prefill chunk, and requests of the largest CUDA
 * graph on fewer than four GPUs and on more.
 */
const defaults = [
  {belowMib: 20_480, chunkTokens: 2048, graphRequests: [8, 8]},
  {belowMib: 35_840, chunkTokens: 4096, graphRequests: [48, 160]},
  {belowMib: 61_440, chunkTokens: 4096, graphRequests: [32, 160]},
  {belowMib: 163_840, chunkTokens: 8192, graphRequests: [256, 512]},
  {belowMib: Number.POSITIVE_INFINITY, chunkTokens: 16_384, graphRequests: [512, 512]},
] as const;
/** GPUs of 20 to 35 GiB before 0.5.20. */
const smallBefore0520 = {chunkTokens: 2048, graphRequests: [24, 80]} as const;

/** Bytes; what the replicas of data-parallel attention add is separate, because starts with much less are published. */
export type OwnReserve = {readonly bytes: number; readonly sharingBytes: number};

/**
 * What SGLang reserves when it chooses the fraction (`server_args.py`): 512 MiB + 1.5 MiB per token of a prefill
 * chunk + 1,024 MiB per eight GPUs + 2 MiB per request of the largest CUDA graph, graphs of prefills since 0.5.19, and 3 to
 * 4.5 MiB more for each replica with data-parallel attention; 10 GiB and more on GPUs above 60 GiB.
 */
export function ownReserve(
  settings: LaunchSettings,
  {card, architecture, version}: Pick<TermsInput, 'card' | 'architecture' | 'version'>,
): OwnReserve {
  const {tensorParallelSize: ranks, pipelineParallelSize: stages, dataParallelSize: replicas} = settings;
  const cardMib = card.nvmlBytes / BYTES_PER_MIB;
  const options = new Map(readSglangOptions(settings.extraArguments).map(({name, value}) => [name, value]));
  const usual = defaultsOf(cardMib, version);
  const chunkTokens = sizeOf(options.get('--chunked-prefill-size')) ?? usual.chunkTokens;
  const graphRequests = sizeOf(options.get('--cuda-graph-max-bs')) ?? usual.graphRequests[ranks < 4 ? 0 : 1];
  const mib = 512 + 1.5 * Math.max(chunkTokens, 2048) + (1024 * ranks * stages) / 8 + 2 * graphRequests;
  const sharingMib = replicas === 1 ? 0 : graphRequests * replicas * (graphRequests > 300 ? 4.5 : 3);
  const hasGraphs = hasPrefillGraphs(settings, {card, architecture, version}, options);
  const prefillMib = hasGraphs ? prefillGraphsMib(architecture, chunkTokens) : 0;
  return {
    bytes: Math.max(mib + prefillMib, cardMib > 61_440 ? 10_240 : 0) * BYTES_PER_MIB,
    sharingBytes: sharingMib * BYTES_PER_MIB,
  };
}

/**
 * CUDA graphs of prefills, on by default (`cuda_graph_hook.py`): not with pipeline stages, a divided cache or Kimi delta attention; of
 * multimodal models for those that are listed, Kimi K2.5 among them, and not with data-parallel attention. Latent attention by
 * `trtllm_mla`, the default on B200, has none.
 */
function hasPrefillGraphs(
  {pipelineParallelSize, decodeContextParallelSize, dataParallelSize}: LaunchSettings,
  {
    card,
    architecture: {attention, vision, linearAttention},
    version,
  }: Pick<TermsInput, 'card' | 'architecture' | 'version'>,
  options: ReadonlyMap<string, string | null>,
): boolean {
  const isOff =
    options.has('--disable-cuda-graph') ||
    options.has('--disable-prefill-cuda-graph') ||
    options.get('--cuda-graph-backend-prefill') === 'disabled';
  const isOld = version !== null && !isVersionAtLeast(version, [0, 5, 19]);
  if (isOff || isOld || pipelineParallelSize > 1 || decodeContextParallelSize > 1) return false;
  if (linearAttention?.kind === 'kda') return false;
  if (attention.kind === 'mla' && card.family === 'blackwell') return false;
  return vision === null || (attention.kind === 'mla' && dataParallelSize === 1);
}

/** 1.5 GiB for latent attention; else 8 MiB for each size up to the prefill chunk (`memory_hook.py`, reserve_for_graph_mb). */
function prefillGraphsMib({attention}: Architecture, chunkTokens: number): number {
  return attention.kind === 'mla' ? 1536 : 8 * graphSizes(chunkTokens);
}

/** Steps of the sizes that graphs of prefills are captured for, up to each limit (`generate_prefill_cuda_graph_batch_sizes`). */
const graphSteps = [
  {upTo: 32, step: 4},
  {upTo: 256, step: 16},
  {upTo: 512, step: 32},
  {upTo: 1024, step: 64},
  {upTo: 4096, step: 256},
  {upTo: Number.POSITIVE_INFINITY, step: 512},
] as const;

function graphSizes(most: number): number {
  let from = 0;
  let count = 0;
  for (const {upTo, step} of graphSteps) {
    const to = Math.min(upTo, most);
    count += Math.max(0, Math.floor((to - from) / step));
    from = upTo;
  }
  return count;
}

function defaultsOf(
  cardMib: number,
  version: string | null,
): Pick<(typeof defaults)[number], 'chunkTokens' | 'graphRequests'> | typeof smallBefore0520 {
  const isOld = version !== null && !isVersionAtLeast(version, [0, 5, 20]);
  const found = defaults.find(({belowMib}) => cardMib < belowMib) ?? defaults[4];
  return isOld && found.belowMib === 35_840 ? smallBefore0520 : found;
}

function sizeOf(text: string | null | undefined): number | null {
  return text !== null && text !== undefined && /^[1-9]\d{0,9}$/.test(text) ? Number(text) : null;
}
