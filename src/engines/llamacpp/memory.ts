import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {EngineMemory, MemoryTerms, TermsInput} from '../../domain/memory/engine-memory.ts';
import {type LoggedFacts, type MeasuredOverhead, sensible} from '../../domain/memory/plan/measured-overhead.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {exactGibText} from '../../shared/quantities/bytes.ts';
import {BYTES_PER_GIB, BYTES_PER_MIB} from '../../shared/units.ts';
import {cacheType} from './cache-type.ts';
import {readLlamaOptions} from './extra-arguments.ts';
import {OWN_SLOTS} from './launch.ts';
import {readOffload} from './offload.ts';

/** CUDA context of one process on a GPU. */
const CONTEXT_BYTES = Math.round(0.5 * BYTES_PER_GIB);
/** What `--fit` leaves free on every GPU by default (`--fit-target`). */
const FIT_MARGIN_BYTES = 1024 * BYTES_PER_MIB;
/**
 * Compute buffers of a batch of 512 tokens, an estimate: llama.cpp prints the actual size (`CUDA0 compute buffer size`) when
 * it has built its graph. Published starts have 0.08 GiB (a small model), 1.0 and 1.2 (131,072 tokens of context on two
 * GPUs), one H200 with Llama 3.1 8B 0.14 (32,768 tokens) and 0.66 (131,072 with a cache of q8_0), and 8.0 on each GPU of a
 * model with an indexer, whose scores are for every token of the context.
 */
const COMPUTE_BYTES = Math.round(1.5 * BYTES_PER_GIB);
const LEAST_COMPUTE_BYTES = Math.round(0.08 * BYTES_PER_GIB);
const MOST_COMPUTE_BYTES = 2 * COMPUTE_BYTES;
const MOST_INDEXER_BYTES = Math.round(8.5 * BYTES_PER_GIB);
/** Convolutions and matrices are F32, whatever the cache is (`llama-model.cpp`, create_memory), for every slot. */
const STATE_ELEMENT_BYTES = 4;
/** Tokens of one batch (`-ub`), for which a sliding window has room. */
const BATCH_TOKENS = 512;
/** Cells of the KV cache come in multiples of this (`llama-context.cpp`). */
export const CELL_PADDING_TOKENS = 256;

/**
 * llama.cpp splits whole layers over the GPUs; weights and KV cache of a layer are on one GPU. It has no memory
 * fraction: it takes what it needs, and leaves a margin when it chooses sizes itself. The embedding stays in host
 * memory.
 */
export const llamacppMemory: EngineMemory = {
  engineName: 'llamacpp',
  displayName: 'llama.cpp',
  hasMemoryFraction: false,
  hasTensorParallelism: false,
  highestFraction: 1,
  terms,
  neededFreeBytes: ({perGpu}) => perGpu.totalBytes + perGpu.outsideBytes,
  measureOverhead,
  // It knows neither stages nor replicas: the layers are divided among the GPUs.
  gpuGroups: () => 1,
  idleArguments: /^--(?:alias|log-|verbos|jinja|reasoning|metrics)/,
  supports: (change) =>
    change.memoryFraction === undefined &&
    change.decodeContextParallelSize === undefined &&
    change.tensorParallelSize === undefined &&
    change.kvCacheDtype === undefined,
};

/**
 * What was free before it loaded, less its own weights and buffers and the margin of `--fit`, is available for the cache. A
 * start that ran out of memory logs the buffer that it could not allocate: its overhead is a lower bound, which is used whatever
 * its size. The margin is no part of a bound: with all layers on GPUs, a start that leaves less free is not refused.
 */
function measureOverhead(plan: MemoryPlan, facts: LoggedFacts): MeasuredOverhead | null {
  const {freeBytesPerGpu: freeBytes, weightsBytesPerGpu, wantedBytesPerGpu, computeBufferBytesPerGpu} = facts;
  const {budgetBytes, weightsBytes: plannedBytes} = plan.perGpu;
  // A card's weights are one buffer: if it has none, that is the buffer it could not allocate.
  const loadedBytes = weightsBytesPerGpu ?? wantedBytesPerGpu;
  if (freeBytes === undefined || loadedBytes === undefined) return null;
  const isLowerBound = wantedBytesPerGpu !== undefined;
  const availableBytes = freeBytes - (isLowerBound ? 0 : FIT_MARGIN_BYTES);
  const bytes = budgetBytes - availableBytes + loadedBytes - plannedBytes + (computeBufferBytesPerGpu ?? COMPUTE_BYTES);
  const most = isLowerBound ? plan.perGpu.cudaVisibleBytes : bytes;
  return sensible(plan, {bytes: Math.max(0, Math.min(bytes, most)), isLowerBound, isOfFreeMemory: true});
}

function terms({settings, card, gpuCount, architecture}: TermsInput): MemoryTerms {
  const used = Math.min(gpuCount, settings.tensorParallelSize, architecture.layers);
  const offload = readOffload(settings.extraArguments, architecture.layers);
  const slots = slotCount(settings);
  const {elementBytes, why} = cacheType(settings, architecture);
  const budgetBytes = card.cudaVisibleBytes - CONTEXT_BYTES - FIT_MARGIN_BYTES;
  return {
    placement: {
      gpuCount: used,
      attentionRanks: 1,
      denseRanks: 1,
      expertRanks: 1,
      isExpertParallel: false,
      expertSliceMultiple: 1,
      expertHiddenMultiple: 1,
      hostExpertShares: offload.expertShares,
      stages: used,
      replicas: 1,
      decodeContextRanks: 1,
      visionMode: 'absent',
      hostParts: ['embedding'],
    },
    kvElementBytes: elementBytes,
    kvElementWhy: why,
    blockTokens: CELL_PADDING_TOKENS,
    partialCache: {
      windowTokens: architecture.windowTokens === null ? 0 : windowTokens(architecture.windowTokens, slots),
      windowShare: null,
      stateCopies: slots,
      stateElementBytes: STATE_ELEMENT_BYTES,
      stateShare: 0,
      // A second cache of the same type, for one key of each layer with an indexer (`llama-kv-cache-dsa.cpp`).
      indexerElementBytes: elementBytes,
      isPaged: false,
    },
    budgetBytes,
    budgetExpression: `${exactGibText(card.cudaVisibleBytes)} that CUDA sees - ${exactGibText(CONTEXT_BYTES)} context - ${exactGibText(FIT_MARGIN_BYTES)} margin of --fit; no memory fraction`,
    overheadBytes: COMPUTE_BYTES,
    leastOverheadBytes: LEAST_COMPUTE_BYTES,
    cautiousOverheadBytes: architecture.indexer === null ? MOST_COMPUTE_BYTES : MOST_INDEXER_BYTES,
    overheadParts: [],
    earlierStages: null,
    overheadEvidence:
      'an estimate: compute buffers of a batch of 512 tokens, 0.1 to 1.2 GiB in published starts of other models, 8 with an indexer',
    fractionBaseBytes: null,
    reserveBytes: 0,
    reserveEvidence: 'compute buffers are within the budget',
    outsideBytes: CONTEXT_BYTES,
    outsideEvidence: 'CUDA context',
    fixedPoolBytes: null,
    askedPoolTokens: settings.contextLengthTokens,
    draft: null,
    findings: offloadFinding(offload.unplanned),
  };
}

/** Requests that it allocates windows and states for. */
function slotCount({maxRunningRequests, extraArguments}: LaunchSettings): number {
  const given = readLlamaOptions(extraArguments).findLast(({name}) => name === '--parallel')?.value ?? null;
  const stated = given !== null && /^[1-9]\d{0,5}$/.test(given) ? Number(given) : null;
  return maxRunningRequests ?? stated ?? OWN_SLOTS;
}

/** Cells for the window of every slot and a batch (`llama-kv-cache-iswa.cpp`), less the block in which a window begins. */
function windowTokens(tokens: number, slots: number): number {
  const cells = Math.ceil((tokens * slots + BATCH_TOKENS) / CELL_PADDING_TOKENS) * CELL_PADDING_TOKENS;
  return cells - CELL_PADDING_TOKENS;
}

/** Options that move something else than experts to host memory. */
function offloadFinding(unplanned: readonly string[]): Finding[] {
  if (unplanned.length === 0) return [];
  return [
    {
      code: 'memory.arguments-not-planned',
      severity: 'warning',
      message: `The plan puts every layer on a GPU, but ${unplanned.join(', ')} moves some to host memory: actual GPU use will be lower than planned.`,
      evidence: null,
      remedy: "Compare the plan with the buffer sizes in the engine's log.",
      settingsChange: null,
    },
  ];
}
