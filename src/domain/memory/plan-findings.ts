import {BYTES_PER_GIB} from '../../shared/units.ts';
import type {Finding} from '../diagnosis/finding.ts';
import {checkpointBytes} from './checkpoint.ts';
import type {Cure} from './cures.ts';
import type {MemoryBudget, PlanInput} from './memory-budget.ts';
import {countedText, countText, gbText, gibText} from './quantity-text.ts';

/** What must stay outside the memory fraction: the CUDA context and NCCL, which exist before vLLM looks. */
const OUTSIDE_BYTES = BYTES_PER_GIB;

/** Why these settings cannot start whatever the memory is; empty when nothing forbids them. */
export function forbiddingFindings({settings, gpuCount}: PlanInput, {model}: MemoryBudget): Finding[] {
  const {tensorParallelSize, contextLengthTokens} = settings;
  const {attentionHeads, maxContextTokens} = model.architecture;
  const findings: Finding[] = [];
  if (attentionHeads % tensorParallelSize !== 0) {
    findings.push(
      critical(
        'memory.tensor-parallel-uneven',
        `Tensor parallelism over ${tensorParallelSize} cards cannot divide the model's ${attentionHeads} attention heads.`,
        largestUsableCount(attentionHeads, gpuCount),
      ),
    );
  } else if (tensorParallelSize > gpuCount) {
    findings.push(
      critical(
        'memory.too-few-cards',
        `Tensor parallelism over ${countedText(tensorParallelSize, 'card')} needs more than this node has: ${gpuCount}.`,
        largestUsableCount(attentionHeads, gpuCount),
      ),
    );
  }
  if (contextLengthTokens > maxContextTokens) {
    findings.push(
      critical(
        'memory.context-above-model',
        `A context of ${countText(contextLengthTokens)} tokens is more than ${model.architecture.name} knows: ${countText(maxContextTokens)}.`,
        {
          change: {contextLengthTokens: maxContextTokens},
          remedy: `Lower the context to ${countText(maxContextTokens)} tokens.`,
        },
      ),
    );
  }
  return findings;
}

function largestUsableCount(attentionHeads: number, gpuCount: number): Cure | undefined {
  for (let count = gpuCount; count >= 1; count -= 1) {
    if (attentionHeads % count === 0) {
      return {change: {tensorParallelSize: count}, remedy: `Set tensor parallelism to ${count}.`};
    }
  }
  return undefined;
}

/** The finding of a plan that does not fit, with the least costly cure, and one more for every other cure. */
export function shortageFindings(input: PlanInput, budget: MemoryBudget, cures: readonly Cure[]): Finding[] {
  const [first, ...others] = cures;
  const code = budget.poolBytes <= 0 ? 'memory.weights-do-not-fit' : 'memory.kv-cache-too-small';
  const main = critical(code, shortageReason(input, budget), first, missingMemoryRemedy(budget));
  const alternatives = others.map(
    (cure): Finding => ({
      code: 'memory.other-cure',
      severity: 'info',
      message: 'There is another way to make it fit.',
      evidence: null,
      remedy: cure.remedy,
      settingsChange: cure.change,
    }),
  );
  return [main, ...alternatives];
}

/** Why the card is too small, in one sentence. */
export function shortageReason({settings}: PlanInput, budget: MemoryBudget): string {
  const {weights, overheadBytes, budgetBytes, poolBytes, capacity} = budget;
  if (poolBytes <= 0) {
    const needed = weights.totalBytes + overheadBytes;
    return `Weights (${gibText(weights.totalBytes)}) and overhead (${gibText(overheadBytes)}) need ${gibText(needed)} of every card, ${gibText(needed - budgetBytes)} more than the memory fraction gives (${gibText(budgetBytes)}).`;
  }
  return `Every card keeps ${gibText(poolBytes)} for the KV cache, but one request of ${countText(settings.contextLengthTokens)} tokens needs ${gibText(capacity.bytesPerFullLengthSequence)}.`;
}

function missingMemoryRemedy(budget: MemoryBudget): string {
  const needed = budget.weights.totalBytes + budget.overheadBytes + budget.capacity.bytesPerFullLengthSequence;
  return `No setting makes it fit: take cards on which the engine may use ${gibText(needed)} each, or more of them.`;
}

/** What the operator should know of a plan that starts, or would. */
export function adviceFindings({settings, card}: PlanInput, budget: MemoryBudget): Finding[] {
  const {model, planned} = budget;
  const findings: Finding[] = [];
  const outsideBytes = card.cudaVisibleBytes - budget.budgetBytes;
  if (outsideBytes < OUTSIDE_BYTES) {
    const memoryFraction = Math.floor((1 - OUTSIDE_BYTES / card.cudaVisibleBytes) * 100) / 100;
    findings.push({
      code: 'memory.fraction-too-high',
      severity: 'warning',
      message: `A memory fraction of ${settings.memoryFraction} leaves ${gibText(outsideBytes)} of a card for the CUDA context and NCCL, which take about ${gibText(OUTSIDE_BYTES)} before vLLM asks for its share.`,
      evidence: null,
      remedy: `Lower the memory fraction to ${memoryFraction}.`,
      settingsChange: {memoryFraction},
    });
  }
  if (planned.unplanned.length > 0) {
    findings.push({
      code: 'memory.arguments-not-planned',
      severity: 'warning',
      message: `The plan does not follow what these extra arguments change: ${planned.unplanned.join(', ')}.`,
      evidence: null,
      remedy: "Use Gantry's own settings in their place, or compare the plan with what the engine's log says.",
      settingsChange: null,
    });
  }
  const upcastBytes = checkpointBytes(model.architecture, model.format) - checkpointBytes(model.architecture, 'int4');
  if (model.architecture.nativeFormat === 'int4' && (model.format === 'fp8' || model.format === 'bf16')) {
    findings.push({
      code: 'memory.format-is-upcast',
      severity: 'info',
      message: `${model.architecture.name} was trained in INT4: ${settings.format} weights are an upcast, ${gbText(upcastBytes)} more to hold and no better.`,
      evidence: null,
      remedy: 'Use the INT4 checkpoint.',
      settingsChange: {format: 'int4'},
    });
  }
  return findings;
}

/** The finding of a plan that fits only while the overhead stays small. */
export function tightFinding(budget: MemoryBudget, cautiousBytes: number, maxRunningRequests: number | null): Finding {
  const isOpen = maxRunningRequests === null || maxRunningRequests > 64;
  return {
    code: 'memory.tight',
    severity: 'warning',
    message: `One request of full length fits with ${gibText(budget.overheadBytes)} of overhead, but no longer with ${gibText(cautiousBytes)}.`,
    evidence: null,
    remedy: isOpen
      ? 'Limit the requests at once to 64, which keeps the overhead small.'
      : 'Lower the context, or watch the first start closely.',
    settingsChange: isOpen ? {maxRunningRequests: 64} : null,
  };
}

function critical(code: string, message: string, cure: Cure | undefined, otherwise?: string): Finding {
  return {
    code,
    severity: 'critical',
    message,
    evidence: null,
    remedy: cure?.remedy ?? otherwise ?? 'Choose other cards.',
    settingsChange: cure?.change ?? null,
  };
}
