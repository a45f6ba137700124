import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {CardMemory} from '../../domain/memory/cards.ts';
import type {EngineMemory, MemoryTerms, TermsInput} from '../../domain/memory/engine-memory.ts';
import type {Placement} from '../../domain/memory/placement.ts';
import {overheadOfExhaustion, overheadOfPool} from '../../domain/memory/plan/measured-overhead.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {exactGibText, gibText} from '../../shared/quantities/bytes.ts';
import {fractionText} from '../../shared/quantities/ratios.ts';
import {BYTES_PER_GIB} from '../../shared/units.ts';
import {fp8CacheFindings} from '../cuda/fp8-cache.ts';
import {weightOnlyFindings} from '../cuda/weight-only.ts';
import {isVersionAtLeast, releaseOf} from '../launch/engine-version.ts';
import {keepsWholeWindows, vllmCache} from './cache.ts';
import {ggufPluginFindings} from './gguf-plugin.ts';
import {type MemoryArguments, readMemoryArguments} from './memory-arguments.ts';
import {NEWEST_RELEASE} from './overhead/assumed-release.ts';
import {type OutsideReserve, secondRunnerReserve} from './overhead/second-runner-reserve.ts';
import {vllmOverhead} from './overhead/vllm-overhead.ts';
import {sparseAttentionFindings} from './sparse-attention.ts';

/**
 * The CUDA context and NCCL's buffers, allocated before vLLM measures and not part of its fraction: about half a
 * GiB of context, and 392 MiB of NCCL on 4 to 8 GPUs (aiconfigurator).
 */
const OUTSIDE_BYTES = Math.round(0.9 * BYTES_PER_GIB);
/**
 * What a serving engine was seen to take beyond its budget and the above: CUDA graphs up to 1.03 GiB more than estimated
 * (published logs of 0.11), and vLLM's own safety buffer of 150 MiB (`gpu_worker.py`). Fragments of PyTorch's allocator
 * come on top.
 */
const OUTSIDE_RISK_BYTES = Math.round(1.18 * BYTES_PER_GIB);

/** vLLM's fraction is of the total that CUDA reports, not of nvidia-smi's total (`gpu_worker.py`, request_memory). */
export const vllmMemory: EngineMemory = {
  engineName: 'vllm',
  displayName: 'vLLM',
  hasMemoryFraction: true,
  hasTensorParallelism: true,
  // Published starts of K2.5 on eight H100 ran at 0.95; the rest must hold the CUDA context.
  highestFraction: 0.95,
  terms,
  // It compares free memory with its whole budget before it loads anything (`v1/worker/utils.py`, request_memory).
  neededFreeBytes: ({perGpu}) => perGpu.budgetBytes + perGpu.outsideBytes,
  measureOverhead: (plan, facts) => overheadOfPool(plan, facts) ?? overheadOfExhaustion(plan, facts, OUTSIDE_BYTES),
  // Every replica has GPUs of its own.
  gpuGroups: ({pipelineParallelSize, dataParallelSize}) => pipelineParallelSize * dataParallelSize,
  idleArguments:
    /^--(?:served-model-name|disable-log|disable-uvicorn|disable-access-log|uvicorn|access-log|log-|enable-auto-tool-choice|tool-call|reasoning)/,
  supports: () => true,
};

function terms(input: TermsInput): MemoryTerms {
  const {settings, card, architecture} = input;
  const argv = readMemoryArguments(settings, architecture);
  const {tensorParallelSize: ranks, dataParallelSize: replicas, pipelineParallelSize: stages} = argv.settings;
  const isMoe = architecture.experts !== null;
  const reserve = secondRunnerReserve(input, argv);
  const placement: Placement = {
    gpuCount: ranks * vllmMemory.gpuGroups(argv.settings),
    attentionRanks: ranks,
    denseRanks: ranks,
    // Replicas of an MoE model share its experts over all their GPUs, complete (EP) or in slices.
    expertRanks: isMoe ? ranks * replicas : ranks,
    isExpertParallel: argv.settings.expertParallel,
    ...expertPadding(input),
    hostExpertShares: [],
    stages,
    replicas,
    decodeContextRanks: argv.settings.decodeContextParallelSize,
    visionMode: argv.settings.visionMode,
    hostParts: [],
  };
  return {
    placement,
    ...vllmCache(input, argv),
    budgetBytes: Math.ceil(card.cudaVisibleBytes * settings.memoryFraction),
    budgetExpression: `${fractionText(settings.memoryFraction)} x ${exactGibText(card.cudaVisibleBytes)} that CUDA sees (nvidia-smi: ${exactGibText(card.nvmlBytes)})`,
    ...vllmOverhead(input, placement, argv),
    fractionBaseBytes: card.cudaVisibleBytes,
    reserveBytes: reserve.bytes,
    reserveEvidence: reserve.evidence,
    outsideBytes: OUTSIDE_BYTES,
    outsideEvidence: 'CUDA context and NCCL, allocated before vLLM measures: about 0.5 GiB and 392 MiB',
    fixedPoolBytes: argv.fixedPoolBytes,
    askedPoolTokens: null,
    draft: argv.draft,
    findings: [
      ...sparseAttentionFindings(input),
      ...fp8CacheFindings(input),
      ...sharedWindowFinding(input, argv),
      ...ggufPluginFindings(input),
      ...weightOnlyFindings(input, 'vLLM', ['fp8', 'nvfp4']),
      ...fractionFinding(settings, card, reserve),
      ...unplannedFinding(argv.unplanned),
    ],
  };
}

type ExpertPadding = Pick<Placement, 'expertSliceMultiple' | 'expertHiddenMultiple'>;

/**
 * Kernels for gpt-oss's MXFP4 experts pad them. Before Hopper that is Marlin, which takes widths in steps of 128 and a
 * hidden size in steps of 256 (`quantization/mxfp4.py`). The others load as if widths had steps of 256: 13.47 GiB in
 * published starts of the 20B on H100, whose tensors have 12.8.
 */
function expertPadding({settings, architecture, card}: TermsInput): ExpertPadding {
  const isPadded = architecture.experts?.hasBiases === true && settings.format !== 'bf16';
  if (!isPadded) return {expertSliceMultiple: 1, expertHiddenMultiple: 1};
  const isMarlin = card.family === 'ampere' || card.family === 'ada';
  return isMarlin
    ? {expertSliceMultiple: 128, expertHiddenMultiple: 256}
    : {expertSliceMultiple: 256, expertHiddenMultiple: 1};
}

/**
 * vLLM stops with "DCP not support sliding window" (`kv_cache_interface.py`, SlidingWindowSpec). Without the hybrid cache,
 * windows become full attention (`kv_cache_utils.py`, unify_hybrid_kv_cache_specs), which is divided: until 0.15 only after the
 * needed memory was computed with them as windows (check_enough_kv_cache_memory), since then before.
 */
function sharedWindowFinding({architecture, version}: TermsInput, argv: MemoryArguments): Finding[] {
  if (argv.settings.decodeContextParallelSize === 1 || architecture.windowTokens === null) return [];
  const release = releaseOf(version) ?? NEWEST_RELEASE;
  if (keepsWholeWindows(architecture, argv, release) && isVersionAtLeast(release, [0, 16])) return [];
  return [
    {
      code: 'memory.decode-context-unsupported',
      severity: 'critical',
      message: 'vLLM does not divide the KV cache of models with sliding windows over decode context parallel ranks.',
      evidence: null,
      remedy: 'Set the decode context parallel size to 1.',
      settingsChange: {decodeContextParallelSize: 1},
    },
  ];
}

/** Less than the CUDA context and NCCL take: vLLM does not start. Little more: it starts, and may run out of memory later. */
function fractionFinding(settings: LaunchSettings, card: CardMemory, reserve: OutsideReserve): Finding[] {
  const leftBytes = card.cudaVisibleBytes * (1 - settings.memoryFraction);
  const riskBytes = Math.max(OUTSIDE_RISK_BYTES, reserve.bytes);
  const neededBytes = OUTSIDE_BYTES + riskBytes;
  if (leftBytes >= neededBytes) return [];
  const isRefused = leftBytes < OUTSIDE_BYTES;
  const memoryFraction = Math.floor((1 - neededBytes / card.cudaVisibleBytes) * 100) / 100;
  if (memoryFraction <= 0) return [];
  const left = `A memory fraction of ${fractionText(settings.memoryFraction)} leaves ${gibText(leftBytes)} per GPU`;
  const context = `the CUDA context and NCCL need about ${gibText(OUTSIDE_BYTES)}`;
  return [
    {
      code: 'memory.fraction-too-high',
      severity: isRefused ? 'critical' : 'warning',
      message: isRefused
        ? `${left}, but ${context}: vLLM refuses to start.`
        : `${left}: ${context}, CUDA graphs and fragments up to ${gibText(riskBytes)} more. The engine may start and run out of memory while serving.`,
      evidence: null,
      remedy: `Lower the memory fraction to ${fractionText(memoryFraction)}.`,
      settingsChange: {memoryFraction},
    },
  ];
}

function unplannedFinding(unplanned: readonly string[]): Finding[] {
  if (unplanned.length === 0) return [];
  return [
    {
      code: 'memory.arguments-not-planned',
      severity: 'warning',
      message: `The plan does not include the effect of these extra arguments: ${unplanned.join(', ')}.`,
      evidence: null,
      remedy: "Use Gantry's settings instead, or compare the plan with the sizes in the engine's log.",
      settingsChange: null,
    },
  ];
}
