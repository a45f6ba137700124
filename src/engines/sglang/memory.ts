import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {CardMemory} from '../../domain/memory/cards.ts';
import type {EngineMemory, MemoryTerms, PartialCacheTerms, TermsInput} from '../../domain/memory/engine-memory.ts';
import type {Architecture} from '../../domain/memory/model/architecture.ts';
import {overheadRange} from '../../domain/memory/overhead-range.ts';
import {
  type LoggedFacts,
  type MeasuredOverhead,
  overheadOfExhaustion,
  overheadOfPool,
  sensible,
} from '../../domain/memory/plan/measured-overhead.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {exactGibText, gibText} from '../../shared/quantities/bytes.ts';
import {fractionText} from '../../shared/quantities/ratios.ts';
import {BYTES_PER_GIB} from '../../shared/units.ts';
import {fp8CacheFindings} from '../cuda/fp8-cache.ts';
import {weightOnlyFindings} from '../cuda/weight-only.ts';
import {isLinked, loadedEvidence, loadedParts} from './loaded-memory.ts';
import {readSglangMemoryArguments, type SglangMemoryArguments} from './memory-arguments.ts';
import {ownReserve} from './own-reserve.ts';

/**
 * CUDA context and, with several GPUs on NVLink, NCCL: allocated before SGLang reads free memory. Published starts had 78.6
 * GiB free of an H100 alone, 23.1 of an RTX 3090 of four, and pools on 4 H100 and 8 H200 that leave 0.9 for it.
 */
function contextBytes(ranks: number, card: CardMemory): number {
  return Math.round((ranks > 1 && isLinked(card) ? 0.9 : 0.5) * BYTES_PER_GIB);
}

/** The indexer's kernels need it. */
const INDEXER_PAGE_TOKENS = 64;
/** Models whose windows have a pool of their own (`model_config.py`, is_hybrid_swa_model, which lists their classes). */
const windowModels: ReadonlySet<string> = new Set(['gpt_oss', 'llama4', 'mimo_v2_flash', 'step3p5', 'gemma4']);
/**
 * SGLang divides its pool before any request: layers with a window get room for a ratio of the tokens of the others
 * (`pool_configurator.py`), states a ratio of what the tokens get, which is r / (1 + r) of the pool
 * (`kv_cache_configurator.py`). Checked in 0.5.23.
 */
function partialCache(
  {windowModel}: Architecture,
  {windowRatio, stateRatio}: SglangMemoryArguments,
): PartialCacheTerms {
  return {
    windowTokens: 0,
    // Of other models with windows, all layers keep every token.
    windowShare: windowModel !== undefined && windowModels.has(windowModel) ? windowRatio : 1,
    stateCopies: 1,
    stateElementBytes: null,
    stateShare: stateRatio / (1 + stateRatio),
    indexerElementBytes: null,
    isPaged: false,
  };
}

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
    perGpu.outsideBytes +
    Math.ceil(
      (perGpu.weightsBytes + perGpu.overheadBytes + kvCache.bytesPerFullLengthSequence) / settings.memoryFraction,
    ),
  measureOverhead: (plan, facts) =>
    overheadOfPool(plan, facts) ??
    overheadOfLoading(plan, facts) ??
    overheadOfExhaustion(plan, facts, plan.perGpu.outsideBytes),
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
  const outsideBytes = contextBytes(ranks, card);
  const freeBytes = card.cudaVisibleBytes - outsideBytes;
  const budgetBytes = Math.floor(freeBytes * memoryFraction);
  const {bytes: reserveBytes, sharingBytes} = ownReserve(settings, input);
  const loaded = loadedParts(input);
  const range = overheadRange(loaded);
  const kv = kvElement(input);
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
      expertHiddenMultiple: 1,
      hostExpertShares: argv.hostExpertShares,
      stages,
      replicas,
      decodeContextRanks: settings.decodeContextParallelSize,
      visionMode: settings.visionMode,
      hostParts: [],
    },
    kvElementBytes: kv.bytes,
    kvElementWhy: kv.why,
    blockTokens: architecture.indexer === null ? pageTokens(card, kv.bytes) : INDEXER_PAGE_TOKENS,
    partialCache: partialCache(architecture, argv),
    budgetBytes,
    budgetExpression: `${fractionText(memoryFraction)} x ${exactGibText(freeBytes)} free after initialization: weights plus KV cache`,
    overheadBytes: range.bytes,
    leastOverheadBytes: range.leastBytes,
    cautiousOverheadBytes: range.mostBytes,
    overheadParts: loaded,
    earlierStages: null,
    overheadEvidence: loadedEvidence(input.architecture),
    fractionBaseBytes: freeBytes,
    outsideBytes,
    outsideEvidence: 'CUDA context and, with several GPUs, NCCL',
    reserveBytes: Math.min(reserveBytes + sharingBytes, freeBytes - budgetBytes),
    reserveEvidence: `activations and CUDA graphs, used as needed; SGLang's default reserves ${gibText(reserveBytes + sharingBytes)}`,
    fixedPoolBytes: null,
    askedPoolTokens: null,
    draft: argv.draft,
    findings: [
      // An FP8 cache by `auto` of sparse attention is for Blackwell alone.
      ...(architecture.indexer === null || settings.kvCacheDtype === 'fp8' ? fp8CacheFindings(input) : []),
      ...weightOnlyFindings(input, 'SGLang', ['fp8']),
      ...unevenFinding(settings),
      ...fractionFinding(settings, freeBytes, reserveBytes, budgetBytes),
    ],
  };
}

/**
 * `auto` is what ModelOpt's `kv_cache_quant_algo` says, else 16 bit (configure_kv_cache_dtype). With sparse attention it is FP8
 * from compute capability 10 on, else 16 bit, whatever the checkpoint says (`overrides.py`, _dsa_kv_cache_dtype_default).
 */
function kvElement({settings, card, architecture, checkpointKvDtype}: TermsInput): {
  readonly bytes: number;
  readonly why: string;
} {
  if (settings.kvCacheDtype === 'fp8') return {bytes: 1, why: 'FP8'};
  if (settings.kvCacheDtype === 'bf16') return {bytes: 2, why: '16 bit'};
  if (architecture.indexer !== null) {
    return card.family === 'blackwell' || card.family === 'blackwell-workstation'
      ? {bytes: 1, why: 'auto: FP8, with sparse attention on Blackwell'}
      : {bytes: 2, why: 'auto: 16 bit, with sparse attention'};
  }
  return checkpointKvDtype === 'fp8' ? {bytes: 1, why: 'auto: FP8, as the checkpoint says'} : {bytes: 2, why: '16 bit'};
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
