import {gibText} from '../../../shared/quantities/bytes.ts';
import {countText, decimalText} from '../../../shared/quantities/counts.ts';
import {BYTES_PER_GIB} from '../../../shared/units.ts';
import type {Finding} from '../../diagnosis/finding.ts';
import type {OverheadTerms} from '../engine-memory.ts';
import {mayStart} from './cures/fits.ts';
import {
  divideCard,
  expectedOverhead,
  learnedOf,
  MEASURED_MARGIN_BYTES,
  type MemoryBudget,
  overheadBasis,
  type PlanInput,
  poolRange,
} from './memory-budget.ts';
import type {MemoryPlan} from './memory-plan.ts';
import {adviceFindings, tightFinding, uncertainPoolFinding} from './plan-advice.ts';
import {planArithmetic} from './plan-arithmetic.ts';
import {limitFindings} from './plan-limits.ts';
import {problemFindings, shortageReason} from './plan-shortage.ts';

/** A smaller pool is tight unless it is known to this ratio. */
const SMALL_POOL_BYTES = 5 * BYTES_PER_GIB;
const KNOWN_POOL_RATIO = 0.1;

/** Whether a launch fits, and the numbers behind it; `planMemory` adds fixes and arithmetic. */
export type MemoryJudgement = {
  readonly verdict: MemoryPlan['verdict'];
  readonly budget: MemoryBudget;
  /** With the expected overhead; `budget` has the least where only that fits. */
  readonly expected: MemoryBudget;
  /** Why these settings cannot start with any amount of memory. */
  readonly forbidden: readonly Finding[];
  /** One request of full length fits, if the overhead is as expected. */
  readonly doesFit: boolean;
  /** Why a plan that fits is tight; empty for every other verdict. */
  readonly tightness: readonly Finding[];
};

/** Only the verdict, for tables of many plans. Never throws. */
export function judgeMemory(input: PlanInput): MemoryJudgement {
  const expected = divideCard(input);
  const forbidden = limitFindings(input, expected);
  // Also where a limit forbids the settings: what fits does not depend on it.
  const least = hasRoom(expected) ? null : fittingWithLeast(input, expected);
  const budget = least ?? expected;
  const doesFit = hasRoom(budget);
  if (forbidden.length > 0 || !doesFit) {
    return {verdict: 'does-not-fit', budget, expected, forbidden, doesFit, tightness: []};
  }
  const tightness = [
    ...riskyFraction(budget),
    ...(least === null ? doubts(input, budget) : [tightFinding(input, budget, expected.overheadBytes)]),
  ];
  return {verdict: tightness.length > 0 ? 'tight' : 'fits', budget, expected, forbidden, doesFit, tightness};
}

function hasRoom({capacity}: MemoryBudget): boolean {
  return capacity.fullLengthSequences >= 1;
}

/**
 * The plan with the least overhead that published starts allow, if one request fits with it and no start of this node
 * has measured more: what may start is not refused.
 */
function fittingWithLeast(input: PlanInput, {terms, overheadBytes}: MemoryBudget): MemoryBudget | null {
  if (input.learned !== null || terms.leastOverheadBytes >= overheadBytes) return null;
  const least = divideCard(input, ({leastOverheadBytes}) => leastOverheadBytes);
  return hasRoom(least) ? least : null;
}

/** The engine's own warning that its fraction leaves too little of the GPU for what is outside of it. */
function riskyFraction({terms}: MemoryBudget): Finding[] {
  return terms.findings.filter(({code}) => code === 'memory.fraction-too-high');
}

function doubts(input: PlanInput, budget: MemoryBudget): Finding[] {
  const margin = smallMargin(input, budget);
  return margin.length > 0 ? margin : uncertainPool(input, budget);
}

/** A small pool is known badly: a GiB of overhead more or less is a large part of it. */
function uncertainPool(input: PlanInput, budget: MemoryBudget): Finding[] {
  const range = poolRange(input, budget);
  if (range === null || range.leastBytes >= SMALL_POOL_BYTES) return [];
  const {poolBytes} = budget;
  const isKnown =
    poolBytes <= range.leastBytes * (1 + KNOWN_POOL_RATIO) && range.mostBytes <= poolBytes * (1 + KNOWN_POOL_RATIO);
  return isKnown ? [] : [uncertainPoolFinding(input, budget, range)];
}

/** One request of full length fits with the expected overhead, and not with the pessimistic one. */
function smallMargin(input: PlanInput, budget: MemoryBudget): Finding[] {
  const cautious = divideCard(input, (terms) => cautiousOverhead(input, budget, terms));
  return hasRoom(cautious) ? [] : [tightFinding(input, budget, cautious.overheadBytes)];
}

/** Memory use of a launch per GPU, with arithmetic, verdict and fixes. Never throws. */
export function planMemory(input: PlanInput): MemoryPlan {
  const {verdict, budget, forbidden, doesFit, tightness} = judgeMemory(input);
  const [forbidding] = forbidden;
  const [risk] = riskyFraction(budget);
  const learned = learnedOf(input, budget);
  return {
    verdict,
    reason:
      forbidding?.message ?? (doesFit ? (risk?.message ?? fitReason(input, budget)) : shortageReason(input, budget)),
    confidence: learned === null ? 'estimated' : 'calibrated',
    basis: overheadBasis(input, budget),
    ...subject(input, budget),
    ...quantities(input, budget),
    arithmetic: planArithmetic(input, budget),
    findings: [
      ...problemFindings(input, {budget, forbidden, doesFit}),
      ...tightness,
      ...adviceFindings(input, budget, verdict !== 'does-not-fit').filter((finding) => !tightness.includes(finding)),
    ].map((finding) => withoutUselessChange(input, finding)),
  };
}

/** A change is offered only if the whole plan may start with it; otherwise the advice stays, without the change. */
function withoutUselessChange(input: PlanInput, finding: Finding): Finding {
  const {settingsChange, remedy} = finding;
  if (settingsChange === null || mayStart(input, settingsChange)) return finding;
  return {...finding, settingsChange: null, remedy: `${remedy} That alone does not make it fit on these GPUs.`};
}

function cautiousOverhead(input: PlanInput, budget: MemoryBudget, terms: OverheadTerms): number {
  const learned = learnedOf(input, budget);
  const expectedBytes = expectedOverhead(input.learned, terms);
  if (learned !== null && learned.isLowerBound === undefined) return expectedBytes + MEASURED_MARGIN_BYTES;
  return Math.max(expectedBytes, terms.cautiousOverheadBytes);
}

/** What is planned. */
function subject(
  {model, node, engine, engineVersion, versionOrigin, settings}: PlanInput,
  {terms}: MemoryBudget,
): Pick<MemoryPlan, 'model' | 'checkpoint' | 'node' | 'engine' | 'settings'> {
  const {total, active, routedExperts} = model.parameters;
  const {name, nvmlBytes, cudaVisibleBytes, nominalBytes, source} = node.card;
  return {
    model: {
      id: model.id,
      name: model.architecture.name,
      maxContextTokens: model.architecture.maxContextTokens,
      parameters: {
        total,
        active,
        routedExperts,
        parts: model.parts.map((part) => ({name: part.name, parameters: part.parameters, bytes: part.bytes})),
      },
    },
    checkpoint: model.checkpoint,
    node: {
      gpuName: name,
      gpuCount: node.gpuCount,
      usedGpuCount: terms.placement.gpuCount,
      perGpu: {nvmlBytes, cudaVisibleBytes, nominalBytes, source},
    },
    engine: {
      name: engine.engineName,
      displayName: engine.displayName,
      version: engineVersion,
      versionOrigin: versionOrigin ?? (engineVersion === null ? 'assumed' : 'named'),
      hasMemoryFraction: engine.hasMemoryFraction,
      hasTensorParallelism: engine.hasTensorParallelism,
    },
    settings,
  };
}

function quantities(input: PlanInput, budget: MemoryBudget): Pick<MemoryPlan, 'perGpu' | 'kvCache'> {
  const {node} = input;
  const {terms, weights, draftBytes, overheadBytes, poolBytes, bytesPerToken, capacity} = budget;
  const range = poolRange(input, budget);
  const weightsBytes = weights.totalBytes + draftBytes;
  const {capacityTokens, fullLengthSequences, bytesPerFullLengthSequence, longestSequenceTokens} = capacity;
  return {
    perGpu: {
      weightsBytes,
      kvCachePoolBytes: poolBytes,
      ...(range === null ? {} : {kvCachePoolRange: range}),
      overheadBytes,
      budgetBytes: terms.budgetBytes,
      totalBytes: weightsBytes + poolBytes + overheadBytes,
      fractionBaseBytes: terms.fractionBaseBytes,
      outsideBytes: terms.outsideBytes,
      reserveBytes: terms.reserveBytes,
      nvmlBytes: node.card.nvmlBytes,
      cudaVisibleBytes: node.card.cudaVisibleBytes,
    },
    kvCache: {
      bytesPerToken,
      capacityTokens,
      fullLengthSequences,
      bytesPerFullLengthSequence,
      longestSequenceTokens,
      blockTokens: terms.blockTokens,
      replicas: terms.placement.replicas,
    },
  };
}

function fitReason(input: PlanInput, {poolBytes, capacity, terms, overheadBytes}: MemoryBudget): string {
  const {settings} = input;
  const sequences = decimalText(capacity.fullLengthSequences, 1);
  const {replicas} = terms.placement;
  const pools = replicas === 1 ? '' : `, for each of the ${replicas} replicas`;
  const isLeast = input.learned === null && overheadBytes < terms.overheadBytes;
  const best = isLeast ? 'at best ' : '';
  const keeps = `${best}${gibText(poolBytes)} per GPU for the KV cache: ${countText(capacity.capacityTokens)} tokens`;
  if (terms.askedPoolTokens !== null) {
    return `${keeps} as requested, shared by the requests; there is room for ${countText(capacity.longestSequenceTokens)}${pools}.`;
  }
  return `${keeps}, ${sequences} concurrent requests of ${countText(settings.contextLengthTokens)} tokens${pools}.`;
}
