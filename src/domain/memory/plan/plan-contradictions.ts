import {isPresent, type Reading} from '../../../samples/reading.ts';
import {gibText} from '../../../shared/quantities/bytes.ts';
import {countText} from '../../../shared/quantities/counts.ts';
import {BYTES_PER_GIB} from '../../../shared/units.ts';
import {type DetailedCode, type DetailsOf, withDetails} from '../../diagnosis/details/details.ts';
import type {Finding} from '../../diagnosis/finding.ts';
import type {LoggedFacts} from './measured-overhead.ts';
import type {MemoryPlan} from './memory-plan.ts';

/** A card as nvidia-smi shows it. */
export type CardTotal = {readonly index: number; readonly memoryTotalBytes: Reading<number>};

/** What became of memory that was in use before the engine loaded. */
export type TakenMemory = {
  /** No other program holds it any more. */
  readonly isReturned: boolean;
  readonly isServing: boolean;
};

/** How far off a number has to be, by itself, before twofold means anything: small models have large buffers. */
export const LEAST_DIFFERENCE_BYTES = 4 * BYTES_PER_GIB;
const TWOFOLD = 2;

/**
 * Where an engine's own numbers contradict the plan twofold: another checkpoint, other GPUs, or memory that
 * something else uses. The first one explains what follows from it, so the pool is judged only where the weights are as
 * planned. `cards`: the GPUs of the engine. What the plan says that it does not include
 * (`memory.arguments-not-planned`) is no contradiction.
 */
export function planContradictions(
  plan: MemoryPlan,
  facts: LoggedFacts,
  cards: readonly CardTotal[],
  {isReturned, isServing}: TakenMemory = {isReturned: false, isServing: false},
): Finding[] {
  const card = cardFindings(plan, cards);
  const wasTaken = takenBytes(plan, facts) !== null;
  const lost = wasTaken && isServing ? lostPoolFindings(plan, facts) : [];
  const taken = isReturned ? lost : takenFindings(plan, facts);
  const isIncomplete = plan.findings.some(({code}) => code === 'memory.arguments-not-planned');
  if (card.length > 0 || isIncomplete) return [...card, ...taken];
  const weights = weightsFindings(plan, facts);
  return [...taken, ...(weights.length > 0 || wasTaken ? weights : poolFindings(plan, facts))];
}

function cardFindings({node}: MemoryPlan, cards: readonly CardTotal[]): Finding[] {
  const {nvmlBytes} = node.perGpu;
  return cards.flatMap(({index, memoryTotalBytes}) => {
    if (!isPresent(memoryTotalBytes) || !isTwofold(nvmlBytes, memoryTotalBytes)) return [];
    return [
      contradiction(
        'plan.gpu-memory-differs',
        {gpuIndex: index, plannedBytes: nvmlBytes, measuredBytes: memoryTotalBytes},
        `GPU ${index} has ${gibText(memoryTotalBytes)}; the plan was made for ${gibText(nvmlBytes)}.`,
        `nvidia-smi: ${gibText(memoryTotalBytes)} in total`,
        'Check which GPUs the engine uses (CUDA_VISIBLE_DEVICES, MIG), and restart it: the plan is made again.',
      ),
    ];
  });
}

/**
 * Bytes per GPU in use before the engine loaded, if they are half of the GPU or more; null otherwise. Engines measure the
 * free memory before they load anything: almost all of the card, on a card of their own.
 */
export function takenBytes(
  {perGpu}: Pick<MemoryPlan, 'perGpu'>,
  {freeBeforeLoadBytesPerGpu: freeBytes}: LoggedFacts,
): number | null {
  if (freeBytes === undefined || freeBytes * TWOFOLD > perGpu.cudaVisibleBytes) return null;
  return perGpu.cudaVisibleBytes - freeBytes;
}

/** Whether the engine loaded other weights than planned. */
export function hasOtherWeights(plan: MemoryPlan, facts: LoggedFacts): boolean {
  return weightsFindings(plan, facts).length > 0;
}

function takenFindings(plan: MemoryPlan, facts: LoggedFacts): Finding[] {
  const {perGpu} = plan;
  const usedBytes = takenBytes(plan, facts);
  if (usedBytes === null) return [];
  const freeBytes = perGpu.cudaVisibleBytes - usedBytes;
  return [
    contradiction(
      'plan.gpu-memory-in-use',
      {usedBytesPerGpu: usedBytes, freeBytesPerGpu: freeBytes, totalBytesPerGpu: perGpu.cudaVisibleBytes},
      `The engine found ${gibText(usedBytes)} per GPU in use before it loaded: something else is on the card.`,
      `free before loading: ${gibText(freeBytes)} of ${gibText(perGpu.cudaVisibleBytes)}`,
      'See gantry gpus for the process, end it, and restart the engine.',
    ),
  ];
}

/** What the run has lost for good to a program that has ended since: its KV cache does not grow. */
function lostPoolFindings(plan: MemoryPlan, facts: LoggedFacts): Finding[] {
  const planned = plan.perGpu.kvCachePoolBytes;
  const {kvCachePoolBytesPerGpu: measured} = facts;
  if (measured === undefined || planned - measured < LEAST_DIFFERENCE_BYTES) return [];
  const usedBytes = takenBytes(plan, facts) ?? 0;
  return [
    contradiction(
      'plan.kv-pool-reduced',
      {plannedBytesPerGpu: planned, measuredBytesPerGpu: measured},
      `The KV cache has ${gibText(measured)} of the planned ${gibText(planned)} per GPU: other programs used ${gibText(usedBytes)} when the engine loaded. They have ended, but the KV cache does not grow.`,
      `KV cache in the log: ${gibText(measured)} per GPU`,
      'Restart the engine to use the memory that is free now.',
    ),
  ];
}

function weightsFindings({perGpu, checkpoint}: MemoryPlan, facts: LoggedFacts): Finding[] {
  const {checkpointBytes, weightsBytesPerGpu} = facts;
  if (checkpointBytes !== undefined && isTwofold(checkpoint.bytes, checkpointBytes)) {
    return [
      contradiction(
        'plan.checkpoint-differs',
        {plannedBytes: checkpoint.bytes, measuredBytes: checkpointBytes},
        `The engine loads a checkpoint of ${gibText(checkpointBytes)}; the plan has ${gibText(checkpoint.bytes)}: this is not the model or format that was planned.`,
        `checkpoint size in the log: ${gibText(checkpointBytes)}`,
        OTHER_MODEL_REMEDY,
      ),
    ];
  }
  if (weightsBytesPerGpu === undefined || !isTwofold(perGpu.weightsBytes, weightsBytesPerGpu)) return [];
  return [
    contradiction(
      'plan.weights-differ',
      {plannedBytesPerGpu: perGpu.weightsBytes, measuredBytesPerGpu: weightsBytesPerGpu},
      `The engine loaded ${gibText(weightsBytesPerGpu)} of weights per GPU; the plan has ${gibText(perGpu.weightsBytes)}: this is not the checkpoint, format or split that was planned.`,
      `weights in the log: ${gibText(weightsBytesPerGpu)} per GPU`,
      OTHER_MODEL_REMEDY,
    ),
  ];
}

const OTHER_MODEL_REMEDY =
  'Check engine.model, engine.format and the parallel sizes. Until they match, verdict and fixes of the plan do not apply.';

function poolFindings({perGpu, kvCache}: MemoryPlan, facts: LoggedFacts): Finding[] {
  const {kvCachePoolBytesPerGpu: poolBytes, kvCapacityTokens: tokens} = facts;
  if (poolBytes !== undefined && perGpu.kvCachePoolBytes > 0 && isTwofold(perGpu.kvCachePoolBytes, poolBytes)) {
    return [
      contradiction(
        'plan.kv-pool-differs',
        {plannedBytesPerGpu: perGpu.kvCachePoolBytes, measuredBytesPerGpu: poolBytes},
        `The KV cache has ${gibText(poolBytes)} per GPU; the plan has ${gibText(perGpu.kvCachePoolBytes)}.`,
        `KV cache in the log: ${gibText(poolBytes)} per GPU`,
        'Check the extra arguments and the memory fraction that the engine logs. The next plan uses what was measured, if it is plausible.',
      ),
    ];
  }
  const {capacityTokens, bytesPerToken} = kvCache;
  const isOther = tokens !== undefined && capacityTokens > 0 && isRatioTwofold(capacityTokens, tokens);
  const isLarge = isOther && Math.abs(tokens - capacityTokens) * bytesPerToken >= LEAST_DIFFERENCE_BYTES;
  if (!isOther || !isLarge) return [];
  return [
    contradiction(
      'plan.kv-tokens-differ',
      {plannedTokens: capacityTokens, measuredTokens: tokens},
      `The KV cache holds ${countText(tokens)} tokens; the plan has ${countText(capacityTokens)}.`,
      `KV cache in the log: ${countText(tokens)} tokens`,
      'Check the KV cache type that the engine logs: a token may take other bytes than planned.',
    ),
  ];
}

/**
 * GPUs of which a serving engine holds half of its plan or less: it computes on the CPU or on other GPUs, or sleeps.
 * `heldBytes`: in use on a GPU of the plan, without other programs.
 */
export function unusedGpuFindings(
  {perGpu, engine}: MemoryPlan,
  cards: readonly {readonly index: number; readonly heldBytes: number}[],
): Finding[] {
  const plannedBytes = perGpu.totalBytes + perGpu.outsideBytes;
  const unused = cards.filter(({heldBytes}) => heldBytes < plannedBytes && isTwofold(plannedBytes, heldBytes));
  if (unused.length === 0) return [];
  const indexes = unused.map(({index}) => index);
  const mostBytes = Math.max(0, ...unused.map(({heldBytes}) => heldBytes));
  const gpus = indexes.length === 1 ? `GPU ${indexes[0]}` : `each of the GPUs ${indexes.join(', ')}`;
  return [
    contradiction(
      'plan.gpus-unused',
      {gpuIndexes: indexes, plannedBytesPerGpu: plannedBytes, measuredBytesPerGpu: mostBytes},
      `${engine.displayName} serves, but holds at most ${gibText(mostBytes)} of ${gpus}; the plan has ${gibText(plannedBytes)}. It computes on the CPU or on other GPUs, or it sleeps and has moved its weights out of the GPUs.`,
      `nvidia-smi: ${gibText(mostBytes)} in use, without other programs`,
      'If it is in sleep mode, wake it up. If not, check in the log which devices it uses, that it was built for these GPUs, and CUDA_VISIBLE_DEVICES. Then restart it.',
    ),
  ];
}

function isTwofold(planned: number, measured: number): boolean {
  return Math.abs(planned - measured) >= LEAST_DIFFERENCE_BYTES && isRatioTwofold(planned, measured);
}

function isRatioTwofold(planned: number, measured: number): boolean {
  return measured >= planned * TWOFOLD || measured * TWOFOLD <= planned;
}

function contradiction<C extends DetailedCode>(
  code: C,
  details: DetailsOf<C>,
  message: string,
  evidence: string,
  remedy: string,
): Finding {
  return {...withDetails(code, details), severity: 'warning', message, evidence, remedy, settingsChange: null};
}
