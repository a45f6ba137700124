import {fixedGibText, gbText, gibText, shownGibDifference, shownGibSum} from '../../../shared/quantities/bytes.ts';
import {countedText, countText} from '../../../shared/quantities/counts.ts';
import {adviceOf} from '../../diagnosis/cure.ts';
import {withDetails} from '../../diagnosis/details/details.ts';
import type {Finding} from '../../diagnosis/finding.ts';
import type {Placement} from '../placement.ts';
import {type Cure, fits, SHORTEST_USEFUL_TOKENS} from './cures.ts';
import {learnedOf, longestContextTokens, type MemoryBudget, type PlanInput} from './memory-budget.ts';
import {smallestNodes} from './smallest-node.ts';

/** A context that every agent accepts. */
const COMMON_CONTEXT_TOKENS = 65_536;

/** Why these settings cannot start with any amount of memory; empty when nothing forbids them. */
export function forbiddingFindings(input: PlanInput, {terms}: MemoryBudget): Finding[] {
  return [
    ...parallelismFindings(input, terms.placement),
    ...contextFindings(input),
    ...terms.findings.filter(({severity}) => severity === 'critical'),
  ].map((finding) => withoutUselessCure(input, finding));
}

/** What these settings would lead to must fit as well, else it is no cure. */
function withoutUselessCure(input: PlanInput, finding: Finding): Finding {
  if (finding.settingsChange === null || fits(input, finding.settingsChange)) return finding;
  return {
    ...finding,
    settingsChange: null,
    remedy: `${finding.remedy} That alone does not make it fit on these cards.`,
    cure: adviceOf('gpus'),
  };
}

function parallelismFindings({settings, model, node}: PlanInput, placement: Placement): Finding[] {
  const {tensorParallelSize: ranks, pipelineParallelSize, decodeContextParallelSize} = settings;
  const {attention, layers} = model.architecture;
  const findings: Finding[] = [];
  // An engine that gives each GPU whole layers never splits the heads.
  const splitsHeads = placement.denseRanks > 1;
  const usedGpuCount = placement.gpuCount;
  if (splitsHeads && attention.heads % ranks !== 0) {
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

function contextFindings(input: PlanInput): Finding[] {
  const {settings, model} = input;
  const {maxContextTokens, name} = model.architecture;
  if (settings.contextLengthTokens < SHORTEST_USEFUL_TOKENS) return [tooShort(input)];
  if (settings.contextLengthTokens <= maxContextTokens) return [];
  const fitting = longestContextTokens(input);
  const contextLengthTokens = fitting === 0 ? maxContextTokens : fitting;
  return [
    critical(
      'memory.context-above-model',
      `A context of ${countText(settings.contextLengthTokens)} tokens exceeds the limit of ${name}: ${countText(maxContextTokens)}.`,
      {
        change: {contextLengthTokens},
        remedy: `Lower the context to ${countText(contextLengthTokens)} tokens.`,
      },
    ),
  ];
}

/** A context that serves no agent is a typing error: `128` for `128K`. */
function tooShort(input: PlanInput): Finding {
  const contextLengthTokens = Math.min(longestContextTokens(input), COMMON_CONTEXT_TOKENS);
  const change = contextLengthTokens < SHORTEST_USEFUL_TOKENS ? {} : {contextLengthTokens};
  return critical(
    'memory.context-too-short',
    `A context of ${countText(input.settings.contextLengthTokens)} tokens is too short: no coding agent's first request and answer fit below ${countText(SHORTEST_USEFUL_TOKENS)}, and most need 10,000 to 30,000.`,
    {
      change,
      remedy: `Use a longer context${contextLengthTokens < SHORTEST_USEFUL_TOKENS ? '' : `, such as ${countText(contextLengthTokens)} tokens`}; K means 1,024 tokens.`,
    },
  );
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
  const nodes = isRefuted(input, budget) ? null : holdingNodesText(input);
  const main = {
    ...critical(code, shortageReason(input, budget), first, missingMemoryRemedy(input, budget, nodes)),
    ...withDetails(code, shortageOf(budget)),
    cure: {...adviceOf('gpus'), alternatives: others.map(({change}) => change)},
  };
  const alternatives = others.map((cure) => info('memory.other-cure', 'Another way to make it fit.', cure));
  return [
    main,
    ...alternatives,
    ...notOnePoolFinding(input, budget),
    ...(first === undefined ? [] : nodesFinding(nodes)),
  ];
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
    // The numbers of the sentence add up as they are shown.
    const shownNeeded = shownGibSum(weightsBytes, overheadBytes);
    const shownMissing = shownGibDifference(shownNeeded, terms.budgetBytes);
    const missing =
      shownMissing > 0 ? fixedGibText(shownMissing) : gibText(weightsBytes + overheadBytes - terms.budgetBytes);
    return `Weights (${fixedGibText(weightsBytes)}) and overhead (${fixedGibText(overheadBytes)}) need ${fixedGibText(shownNeeded)} per GPU, ${missing} more than the budget (${fixedGibText(terms.budgetBytes)}).`;
  }
  return `${gibText(poolBytes)} per GPU are left for the KV cache, but one request of ${countText(settings.contextLengthTokens)} tokens needs ${gibText(capacity.bytesPerFullLengthSequence)}.`;
}

/** The classic mistake: counting all GPUs as one pool, although weights and caches are partly replicated. */
function notOnePoolFinding({model, node, settings}: PlanInput, budget: MemoryBudget): Finding[] {
  const pooledBytes = node.card.nvmlBytes * node.gpuCount;
  const onceBytes = model.checkpoint.bytes + budget.bytesPerToken * settings.contextLengthTokens;
  if (pooledBytes < onceBytes) return [];
  const heldBytes = budget.weights.totalBytes * budget.terms.placement.gpuCount;
  return [
    {
      code: 'memory.not-one-pool',
      severity: 'warning',
      message: `The node has ${gbText(pooledBytes)} in total and the checkpoint ${gbText(model.checkpoint.bytes)}, but GPUs are not one pool: with replicated parts the weights take ${gbText(heldBytes)}, and each GPU needs its own overhead and KV cache copy.`,
      evidence: null,
      remedy: 'Size per GPU, as in the arithmetic.',
      settingsChange: null,
    },
  ];
}

/** A start needed so much more than planned that the plan is not valid for other cards either. */
function isRefuted(input: PlanInput, budget: MemoryBudget): boolean {
  const learned = learnedOf(input, budget);
  return learned !== null && learned.overheadBytes > 2 * budget.terms.cautiousOverheadBytes;
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

function missingMemoryRemedy(input: PlanInput, budget: MemoryBudget, nodes: string | null): string {
  const {weights, draftBytes, overheadBytes, capacity} = budget;
  const needed = weights.totalBytes + draftBytes + overheadBytes + capacity.bytesPerFullLengthSequence;
  if (isRefuted(input, budget)) {
    return `The last start used ${gibText(overheadBytes)} per GPU in addition to the weights. No context, cache type or memory fraction makes up for that: find the reason, or use more GPUs.`;
  }
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
