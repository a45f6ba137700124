import {withDetails} from '../../diagnosis/details/details.ts';
import type {Finding} from '../../diagnosis/finding.ts';
import {countedText, countText, gbText, gibText} from '../quantity-text.ts';
import type {Cure} from './cures.ts';
import type {MemoryBudget, PlanInput} from './memory-budget.ts';
import {smallestNodes} from './smallest-node.ts';

/** Why these settings cannot start with any amount of memory; empty when nothing forbids them. */
export function forbiddingFindings(input: PlanInput, {terms}: MemoryBudget): Finding[] {
  return [
    ...parallelismFindings(input, terms.placement.gpuCount),
    ...contextFindings(input),
    ...terms.findings.filter(({severity}) => severity === 'critical'),
  ];
}

function parallelismFindings({settings, model, node}: PlanInput, usedGpuCount: number): Finding[] {
  const {tensorParallelSize: ranks, pipelineParallelSize, decodeContextParallelSize} = settings;
  const {attention, layers} = model.architecture;
  const findings: Finding[] = [];
  if (attention.heads % ranks !== 0) {
    findings.push(
      critical(
        'memory.tensor-parallel-uneven',
        `Tensor parallel size ${ranks} does not divide the model's ${attention.heads} attention heads.`,
        largestUsableCount(attention.heads, node.gpuCount),
      ),
    );
  } else if (usedGpuCount > node.gpuCount) {
    findings.push(
      critical(
        'memory.too-few-cards',
        `These settings need ${countedText(usedGpuCount, 'GPU')}; this node has ${node.gpuCount}.`,
        usedGpuCount === ranks ? largestUsableCount(attention.heads, node.gpuCount) : undefined,
        'Lower the parallel sizes until their product is the number of GPUs.',
      ),
    );
  }
  if (pipelineParallelSize > layers) {
    findings.push(
      critical(
        'memory.pipeline-too-deep',
        `${pipelineParallelSize} pipeline stages are more than the model's ${layers} layers.`,
        {change: {}, remedy: `Use at most ${layers} stages.`},
      ),
    );
  }
  if (ranks % decodeContextParallelSize !== 0) {
    findings.push(
      critical(
        'memory.decode-context-uneven',
        `Decode context parallel size ${decodeContextParallelSize} does not divide tensor parallel size ${ranks}.`,
        {
          change: {decodeContextParallelSize: 1},
          remedy: 'Set the decode context parallel size to a divisor of the tensor parallel size.',
        },
      ),
    );
  }
  return findings;
}

function contextFindings({settings, model}: PlanInput): Finding[] {
  const {maxContextTokens, name} = model.architecture;
  if (settings.contextLengthTokens <= maxContextTokens) return [];
  return [
    critical(
      'memory.context-above-model',
      `A context of ${countText(settings.contextLengthTokens)} tokens exceeds the limit of ${name}: ${countText(maxContextTokens)}.`,
      {
        change: {contextLengthTokens: maxContextTokens},
        remedy: `Lower the context to ${countText(maxContextTokens)} tokens.`,
      },
    ),
  ];
}

function largestUsableCount(attentionHeads: number, gpuCount: number): Cure | undefined {
  for (let count = gpuCount; count >= 1; count -= 1) {
    if (attentionHeads % count === 0) {
      return {change: {tensorParallelSize: count}, remedy: `Set the tensor parallel size to ${count}.`};
    }
  }
  return undefined;
}

/** The findings of a plan that does not fit: the least costly fix, every other fix, and nodes that would be enough. */
export function shortageFindings(input: PlanInput, budget: MemoryBudget, cures: readonly Cure[]): Finding[] {
  const [first, ...others] = cures;
  const code = budget.poolBytes <= 0 ? 'memory.weights-do-not-fit' : 'memory.kv-cache-too-small';
  const nodes = holdingNodesText(input);
  const main = {
    ...critical(code, shortageReason(input, budget), first, missingMemoryRemedy(budget, nodes)),
    ...withDetails(code, shortageOf(budget)),
  };
  const alternatives = others.map((cure) => info('memory.other-cure', 'Another way to make it fit.', cure));
  return [main, ...alternatives, ...paperFinding(input, budget), ...(first === undefined ? [] : nodesFinding(nodes))];
}

function shortageOf({weights, draftBytes, overheadBytes, terms, poolBytes, capacity}: MemoryBudget) {
  const neededBytesPerGpu =
    poolBytes <= 0 ? weights.totalBytes + draftBytes + overheadBytes : capacity.bytesPerFullLengthSequence;
  const availableBytesPerGpu = poolBytes <= 0 ? terms.budgetBytes : poolBytes;
  return {
    // Rounding to whole blocks may leave a request without room where bytes alone would do.
    shortageBytesPerGpu: Math.max(0, neededBytesPerGpu - availableBytesPerGpu),
    neededBytesPerGpu,
    availableBytesPerGpu,
  };
}

/** Why the GPU is too small, in one sentence. */
export function shortageReason({settings}: PlanInput, budget: MemoryBudget): string {
  const {weights, draftBytes, overheadBytes, terms, poolBytes, capacity} = budget;
  if (poolBytes <= 0) {
    const weightsBytes = weights.totalBytes + draftBytes;
    const needed = weightsBytes + overheadBytes;
    return `Weights (${gibText(weightsBytes)}) and overhead (${gibText(overheadBytes)}) need ${gibText(needed)} per GPU, ${gibText(needed - terms.budgetBytes)} more than the budget (${gibText(terms.budgetBytes)}).`;
  }
  return `${gibText(poolBytes)} per GPU are left for the KV cache, but one request of ${countText(settings.contextLengthTokens)} tokens needs ${gibText(capacity.bytesPerFullLengthSequence)}.`;
}

/** The classic mistake: counting all GPUs as one pool, although weights and caches are partly replicated. */
function paperFinding({model, node, settings}: PlanInput, budget: MemoryBudget): Finding[] {
  const pooledBytes = node.card.nvmlBytes * node.gpuCount;
  const onceBytes = model.checkpoint.bytes + budget.bytesPerToken * settings.contextLengthTokens;
  if (pooledBytes < onceBytes) return [];
  const heldBytes = budget.weights.totalBytes * budget.terms.placement.gpuCount;
  return [
    {
      code: 'memory.fits-only-on-paper',
      severity: 'warning',
      message: `The node has ${gbText(pooledBytes)} in total and the checkpoint ${gbText(model.checkpoint.bytes)}, but GPUs are not one pool: with replicated parts the weights take ${gbText(heldBytes)}, and each GPU needs its own overhead and KV cache copy.`,
      evidence: null,
      remedy: 'Size per GPU, as in the arithmetic.',
      settingsChange: null,
    },
  ];
}

function holdingNodesText(input: PlanInput): string | null {
  const {card, gpuCount} = input.node;
  const nodes = smallestNodes(input).filter(
    ({gpuName, gpuCount: count}) => !(gpuName === card.name && count <= gpuCount),
  );
  if (nodes.length === 0) return null;
  return nodes
    .slice(0, 3)
    .map(({gpuName, gpuCount: count}) => `${count}x ${gpuName.replace(/^NVIDIA /, '')}`)
    .join(', ');
}

function nodesFinding(nodes: string | null): Finding[] {
  if (nodes === null) return [];
  return [
    {
      code: 'memory.smallest-node',
      severity: 'info',
      message: 'Unchanged, these settings need a larger node.',
      evidence: null,
      remedy: `Smallest nodes that fit: ${nodes}.`,
      settingsChange: null,
    },
  ];
}

function missingMemoryRemedy(budget: MemoryBudget, nodes: string | null): string {
  const {weights, draftBytes, overheadBytes, capacity} = budget;
  const needed = weights.totalBytes + draftBytes + overheadBytes + capacity.bytesPerFullLengthSequence;
  const without = `No setting makes it fit on this node: the engine would need ${gibText(needed)} per GPU`;
  return nodes === null ? `${without}.` : `${without}. Smallest nodes that fit: ${nodes}.`;
}

function info(code: string, message: string, {remedy, change}: Cure): Finding {
  return {code, severity: 'info', message, evidence: null, remedy, settingsChange: change};
}

function critical(code: string, message: string, cure: Cure | undefined, otherwise?: string): Finding {
  const change = cure?.change ?? {};
  return {
    code,
    severity: 'critical',
    message,
    evidence: null,
    remedy: cure?.remedy ?? otherwise ?? 'Use other GPUs.',
    settingsChange: Object.keys(change).length === 0 ? null : change,
  };
}
