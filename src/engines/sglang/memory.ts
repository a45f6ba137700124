import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {CardMemory} from '../../domain/memory/cards.ts';
import type {EngineMemory, MemoryTerms, PartialCacheTerms, TermsInput} from '../../domain/memory/engine-memory.ts';
import {
  type LoggedFacts,
  type MeasuredOverhead,
  overheadOfExhaustion,
  overheadOfPool,
  sensible,
} from '../../domain/memory/plan/measured-overhead.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {gibText} from '../../shared/quantities/bytes.ts';
import {fractionText} from '../../shared/quantities/ratios.ts';
import {BYTES_PER_GIB, BYTES_PER_MIB} from '../../shared/units.ts';
import {readSglangMemoryArguments} from './memory-arguments.ts';

/** CUDA context and, with several GPUs, NCCL: allocated before SGLang reads free memory. */
const CONTEXT_BYTES = Math.round(0.9 * BYTES_PER_GIB);
/** A published start of K2.5 at TP 8 used this much more than its weights after loading: 73.58 GiB against 71.83. */
const LOADED_BESIDE_WEIGHTS_BYTES = Math.round(1.75 * BYTES_PER_GIB);

/** The indexer's kernels need it. */
const INDEXER_PAGE_TOKENS = 64;
/**
 * Defaults of `--swa-full-tokens-ratio` (0.8) and `--mamba-full-memory-ratio` (0.9 of states for 1 of tokens): SGLang
 * divides its pool before any request.
 */
const PARTIAL_CACHE: PartialCacheTerms = {
  windowTokens: 0,
  windowShare: 0.8,
  stateCopies: 1,
  stateShare: 0.9 / 1.9,
  isPaged: false,
};

/**
 * SGLang's `--mem-fraction-static` is weights plus KV cache as a fraction of what is free after initialization (`kv_cache_configurator.py`);
 * activations and CUDA graphs are outside it.
 */
export const sglangMemory: EngineMemory = {
  engineName: 'sglang',
  displayName: 'SGLang',
  hasMemoryFraction: true,
  hasTensorParallelism: true,
  highestFraction: 0.94,
  terms,
  // Its fraction is of free memory, whatever that is; it must hold the weights and a request of full length.
  neededFreeBytes: ({perGpu, kvCache, settings}) =>
    CONTEXT_BYTES +
    Math.ceil(
      (perGpu.weightsBytes + perGpu.overheadBytes + kvCache.bytesPerFullLengthSequence) / settings.memoryFraction,
    ),
  measureOverhead: (plan, facts) =>
    overheadOfPool(plan, facts) ?? overheadOfLoading(plan, facts) ?? overheadOfExhaustion(plan, facts, CONTEXT_BYTES),
  // Replicas share the tensor-parallel GPUs (data-parallel attention).
  gpuGroups: ({pipelineParallelSize}) => pipelineParallelSize,
  idleArguments: /^--(?:served-model-name|log-|uvicorn|tool-call|reasoning)/,
  supports: () => true,
};

/** What it logs as loaded is the weights with everything that came with them. */
function overheadOfLoading(plan: MemoryPlan, {weightsBytesPerGpu}: LoggedFacts): MeasuredOverhead | null {
  if (weightsBytesPerGpu === undefined) return null;
  return sensible(plan, {bytes: weightsBytesPerGpu - plan.perGpu.weightsBytes, isLowerBound: false});
}

function terms(input: TermsInput): MemoryTerms {
  const {settings, card, architecture} = input;
  const {
    tensorParallelSize: ranks,
    dataParallelSize: replicas,
    pipelineParallelSize: stages,
    memoryFraction,
  } = settings;
  const freeBytes = card.cudaVisibleBytes - CONTEXT_BYTES;
  const budgetBytes = Math.floor(freeBytes * memoryFraction);
  const reserveBytes = ownReserveBytes(settings, card);
  const elementBytes = settings.kvCacheDtype === 'fp8' ? 1 : 2;
  const attentionRanks = Math.max(1, Math.floor(ranks / replicas));
  const argv = readSglangMemoryArguments(settings, architecture);
  return {
    placement: {
      gpuCount: ranks * sglangMemory.gpuGroups(settings),
      // Data-parallel attention: the tensor-parallel ranks are divided among the replicas; each replica has complete attention.
      attentionRanks,
      denseRanks: ranks,
      expertRanks: ranks,
      isExpertParallel: settings.expertParallel,
      expertSliceMultiple: 1,
      hostExpertShares: argv.hostExpertShares,
      stages,
      replicas,
      decodeContextRanks: settings.decodeContextParallelSize,
      visionMode: settings.visionMode,
      hostParts: [],
    },
    kvElementBytes: elementBytes,
    kvElementWhy: elementBytes === 1 ? 'FP8' : '16 bit',
    blockTokens: architecture.indexer === null ? pageTokens(card, elementBytes) : INDEXER_PAGE_TOKENS,
    partialCache: PARTIAL_CACHE,
    budgetBytes,
    budgetExpression: `${fractionText(memoryFraction)} x ${gibText(freeBytes)} free after initialization: weights plus KV cache`,
    overheadBytes: LOADED_BESIDE_WEIGHTS_BYTES,
    cautiousOverheadBytes: LOADED_BESIDE_WEIGHTS_BYTES + BYTES_PER_GIB,
    overheadEvidence: 'the default: 1.75 GiB beyond the weights after loading, in a published start of K2.5',
    fractionBaseBytes: freeBytes,
    outsideBytes: CONTEXT_BYTES,
    outsideEvidence: 'CUDA context and, with several GPUs, NCCL',
    reserveBytes: Math.min(reserveBytes, freeBytes - budgetBytes),
    reserveEvidence: `activations and CUDA graphs, used as needed; SGLang's default reserves ${gibText(reserveBytes)}`,
    fixedPoolBytes: null,
    askedPoolTokens: null,
    draft: argv.draft,
    findings: [...unevenFinding(settings), ...fractionFinding(settings, freeBytes, reserveBytes, budgetBytes)],
  };
}

/**
 * What SGLang reserves when it chooses the fraction (`server_args.py`): 512 MiB + 1.5 MiB per token of a prefill
 * chunk + 1,024 MiB per eight GPUs + 2 MiB per request of the largest CUDA graph. Its minimum of 10 GiB is always
 * exceeded.
 */
function ownReserveBytes({tensorParallelSize, pipelineParallelSize}: LaunchSettings, card: CardMemory): number {
  const isLarge = card.nvmlBytes >= 160 * BYTES_PER_GIB;
  const chunkTokens = isLarge ? 16_384 : 8192;
  const graphRequests = 512;
  const mib = 512 + 1.5 * chunkTokens + (1024 * tensorParallelSize * pipelineParallelSize) / 8 + 2 * graphRequests;
  return mib * BYTES_PER_MIB;
}

/** Page size by attention backend: 1, but 64 when an FP8 cache uses FlashMLA on Hopper or trtllm_mla on Blackwell. */
function pageTokens({family}: CardMemory, elementBytes: number): number {
  return elementBytes === 1 && (family === 'hopper' || family === 'blackwell') ? 64 : 1;
}

function unevenFinding({tensorParallelSize, dataParallelSize}: LaunchSettings): Finding[] {
  if (tensorParallelSize % dataParallelSize === 0) return [];
  return [
    {
      code: 'memory.data-parallel-uneven',
      severity: 'critical',
      message: `Data parallel size ${dataParallelSize} does not divide tensor parallel size ${tensorParallelSize}.`,
      evidence: null,
      remedy: 'Set the data parallel size to a divisor of the tensor parallel size.',
      settingsChange: {dataParallelSize: 1},
    },
  ];
}

function fractionFinding(
  settings: LaunchSettings,
  freeBytes: number,
  reserveBytes: number,
  budgetBytes: number,
): Finding[] {
  const leftBytes = freeBytes - budgetBytes;
  if (leftBytes >= reserveBytes * 0.75) return [];
  const memoryFraction = Math.floor((1 - reserveBytes / freeBytes) * 100) / 100;
  if (memoryFraction <= 0) return [];
  return [
    {
      code: 'memory.fraction-too-high',
      severity: 'warning',
      message: `--mem-fraction-static ${fractionText(settings.memoryFraction)} leaves ${gibText(leftBytes)} per GPU for activations and CUDA graphs; SGLang's default is ${gibText(reserveBytes)}.`,
      evidence: null,
      remedy: `Lower the fraction to ${memoryFraction}, or reduce the prefill chunk and the largest CUDA graph.`,
      settingsChange: {memoryFraction},
    },
  ];
}
