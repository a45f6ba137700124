import {fixedGibText, gbText, gibText, shownGibDifference, shownGibSum} from '../../../shared/quantities/bytes.ts';
import {countText} from '../../../shared/quantities/counts.ts';
import {adviceOf} from '../../diagnosis/cure.ts';
import {withDetails} from '../../diagnosis/details/details.ts';
import type {Finding} from '../../diagnosis/finding.ts';
import {type Cure, findCures} from './cures/find-cures.ts';
import {smallestNodes} from './cures/smallest-node.ts';
import {learnedOf, type MemoryBudget, type PlanInput} from './memory-budget.ts';

/** A plan that does not fit, or that something forbids. */
type Problem = {
  readonly budget: MemoryBudget;
  /** Why these settings cannot start with any amount of memory. */
  readonly forbidden: readonly Finding[];
  /** One request of full length has room. */
  readonly doesFit: boolean;
};

/**
 * What is wrong with a plan that does not fit, what forbids it first. The first finding has the least costly fix, with
 * the others as alternatives: each of them puts everything right.
 */
export function problemFindings(input: PlanInput, problem: Problem): readonly Finding[] {
  const {budget, forbidden, doesFit} = problem;
  const [main, ...others] = [...forbidden, ...(doesFit ? [] : [shortageFinding(input, budget)])];
  if (main === undefined) return [];
  const [first, ...alternatives] = findCures(input);
  const nodes = doesFit || isRefuted(input, budget) ? null : holdingNodesText(input);
  const without = noCureRemedy(input, problem, nodes);
  return [
    {
      ...main,
      settingsChange: first?.change ?? null,
      // What forbids these settings is not the way out where the settings after it do not fit either.
      remedy: first?.remedy ?? without,
      cure: {...adviceOf('gpus'), alternatives: alternatives.map(({change}) => change)},
    },
    ...others.map((other) => ({...other, settingsChange: null})),
    ...alternatives.map(otherCure),
    ...(doesFit ? [] : notOnePoolFinding(input, budget)),
    ...(first === undefined ? [] : nodesFinding(nodes)),
  ];
}

function shortageFinding(input: PlanInput, budget: MemoryBudget): Finding {
  const code = budget.poolBytes <= 0 ? 'memory.weights-do-not-fit' : 'memory.kv-cache-too-small';
  return {
    ...withDetails(code, shortageOf(budget)),
    severity: 'critical',
    message: shortageReason(input, budget),
    evidence: null,
    remedy: 'Use settings that need less memory per GPU, or larger GPUs.',
    settingsChange: null,
  };
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

/** What can help if no change of settings is enough. */
function noCureRemedy(input: PlanInput, {budget, doesFit}: Problem, nodes: string | null): string {
  const {gpuCount} = input.node;
  if (doesFit) return `No settings fit on ${gpuCount === 1 ? 'the usable GPU' : `the ${gpuCount} usable GPUs`}.`;
  const {weights, draftBytes, overheadBytes, capacity} = budget;
  const needed = weights.totalBytes + draftBytes + overheadBytes + capacity.bytesPerFullLengthSequence;
  if (isRefuted(input, budget)) {
    return `The last start used ${gibText(overheadBytes)} per GPU in addition to the weights. No context, cache type or memory fraction makes up for that: find the reason, or use more GPUs.`;
  }
  const without = `No setting makes it fit on this node: the engine would need ${gibText(needed)} per GPU`;
  return nodes === null ? `${without}.` : `${without}. Smallest nodes that fit: ${nodes}.`;
}

function otherCure({remedy, change}: Cure): Finding {
  return {
    code: 'memory.other-cure',
    severity: 'info',
    message: 'Another way to make it fit.',
    evidence: null,
    remedy,
    settingsChange: change,
  };
}
