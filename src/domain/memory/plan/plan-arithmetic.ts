import {exactGibText, gbText, signedGbText} from '../../../shared/quantities/bytes.ts';
import {countText} from '../../../shared/quantities/counts.ts';
import {BYTES_PER_GIB} from '../../../shared/units.ts';
import type {PlannedModel} from '../model/planned-model.ts';
import {describeQuantization} from '../model/quantization.ts';
import {nominalWeightsBytes} from '../nominal/nominal.ts';
import {cacheLines} from './cache-arithmetic.ts';
import {learnedOf, type MemoryBudget, overheadBasis, type PlanInput} from './memory-budget.ts';
import type {ArithmeticLine} from './memory-plan.ts';

/** Every step from parameters to requests, with its numbers. */
export function planArithmetic(input: PlanInput, budget: MemoryBudget): ArithmeticLine[] {
  return [
    ...checkpointLines(input.model),
    ...weightLines(budget),
    ...cardLines(input, budget),
    ...cacheLines(input, budget),
  ];
}

function checkpointLines(model: PlannedModel): ArithmeticLine[] {
  const {checkpoint, parameters} = model;
  return [
    {
      label: 'Parameters',
      expression: model.parts.map(({name, parameters: count}) => `${name} ${countText(count)}`).join(' + '),
      value: parameters.total,
      unit: 'parameters',
    },
    ...partLines(model),
    bytes('Checkpoint', `${checkpoint.format}, ${checkpoint.source}: ${checkpoint.detail}`, checkpoint.bytes),
    ...(checkpoint.derivedBytes === null
      ? []
      : [bytes('Derived', 'size by architecture and format, for comparison', checkpoint.derivedBytes)]),
    ...predictionLines(model),
    ...nominalLines(model),
    {
      label: 'Active parameters',
      expression: `${countText(parameters.active)} of ${countText(parameters.total)} per token: speed, not size; every expert stays in memory`,
      value: parameters.active / parameters.total,
      unit: 'ratio',
    },
  ];
}

function predictionLines({prediction}: PlannedModel): ArithmeticLine[] {
  if (prediction === null) return [];
  const {layers} = prediction;
  const expression = `${layers} ${layers === 1 ? 'layer' : 'layers'} in the checkpoint, loaded for speculative decoding only`;
  return [bytes('Multi-token prediction', expression, prediction.bytes)];
}

function partLines({parts, quantization}: PlannedModel): ArithmeticLine[] {
  if (quantization === null) return [];
  const small = parts.filter(({quantizedParameters}) => quantizedParameters > 0);
  const large = parts.filter(({quantizedParameters}) => quantizedParameters === 0);
  const sum = (list: typeof parts, key: 'parameters' | 'bytes'): number =>
    list.reduce((total, part) => total + part[key], 0);
  return [
    ...(small.length === 0
      ? []
      : [
          bytes(
            `${quantization.format} parts`,
            `${countText(sum(small, 'parameters'))} parameters of ${small.map(({name}) => name).join(', ')}, ${describeQuantization(quantization)}`,
            sum(small, 'bytes'),
          ),
        ]),
    bytes(
      '16-bit parts',
      `${countText(sum(large, 'parameters'))} parameters x 2 bytes (router bias x 4)`,
      sum(large, 'bytes'),
    ),
  ];
}

function nominalLines({parameters, checkpoint, quantization, prediction}: PlannedModel): ArithmeticLine[] {
  if (quantization === null) return [];
  const nominal = nominalWeightsBytes(parameters.total, quantization.format);
  const difference = checkpoint.bytes - (prediction?.bytes ?? 0) - nominal.bytes;
  return [
    bytes('Rule of thumb', `nominal: ${nominal.expression}; wrong by ${signedGbText(difference)}`, nominal.bytes),
  ];
}

function weightLines({weights, draftBytes, terms}: MemoryBudget): ArithmeticLine[] {
  const {placement, draft} = terms;
  const stages =
    placement.stages === 1 ? '' : `; ${weights.layers} layers in the fullest of ${placement.stages} stages`;
  const attention =
    placement.denseRanks === placement.attentionRanks
      ? `attention, MLPs, embedding, head / ${placement.attentionRanks}`
      : `attention / ${placement.attentionRanks}, MLPs, embedding, head / ${placement.denseRanks}`;
  return [
    bytes('Weights, divided', `experts / ${placement.expertRanks}, ${attention}${stages}`, weights.shardedBytes),
    bytes('Weights, on every rank', 'not divided: latent down projections, norms, router', weights.replicatedBytes),
    ...(weights.visionBytes === 0 ? [] : [bytes('Vision tower', visionExpression(placement), weights.visionBytes)]),
    ...(draft === null ? [] : [bytes('Draft model', draft.evidence, draftBytes)]),
    bytes(
      'Weights per GPU',
      [weights.shardedBytes, weights.replicatedBytes, weights.visionBytes, draftBytes]
        .filter((value, index) => index < 2 || value > 0)
        .map((each) => exactGibText(each))
        .join(' + '),
      weights.totalBytes + draftBytes,
    ),
  ];
}

function visionExpression({visionMode, attentionRanks}: MemoryBudget['terms']['placement']): string {
  switch (visionMode) {
    case 'data':
      return 'complete on every rank (mode data)';
    case 'weights':
      return `tower / ${attentionRanks} + projector (mode weights)`;
    case 'absent':
      return 'not loaded';
  }
}

function cardLines(input: PlanInput, budget: MemoryBudget): ArithmeticLine[] {
  const {terms, weights, draftBytes, overheadBytes, poolBytes} = budget;
  const {card} = input.node;
  const left = differenceText(terms.budgetBytes, weights.totalBytes + draftBytes, overheadBytes);
  const pool =
    terms.fixedPoolBytes !== null
      ? 'fixed by the settings'
      : terms.askedPoolTokens === null
        ? left
        : `${countText(terms.askedPoolTokens)} tokens as requested; available: ${left}`;
  return [
    bytes('GPU', `${card.name}, nvidia-smi total (${card.source}); ${gbText(card.nvmlBytes)}`, card.nvmlBytes),
    bytes('CUDA total', `${exactGibText(card.nvmlBytes)} less the driver reservation`, card.cudaVisibleBytes),
    bytes('Budget per GPU', terms.budgetExpression, terms.budgetBytes),
    ...overheadLines(input, budget),
    bytes('KV cache per GPU', pool, poolBytes),
    bytes('Outside the budget', terms.outsideEvidence, terms.outsideBytes),
    ...(terms.reserveBytes === 0 ? [] : [bytes('Reserve', terms.reserveEvidence, terms.reserveBytes)]),
  ];
}

/** A difference with as many digits as it needs to add up to the shown result. */
function differenceText(value: number, ...less: readonly number[]): string {
  const result = exactGibText(less.reduce((rest, amount) => rest - amount, value));
  const written = (digits: number): string => [value, ...less].map((each) => exactGibText(each, digits)).join(' - ');
  const isExact = (digits: number): boolean => {
    const rounded = (bytes: number): number => Math.round((bytes / BYTES_PER_GIB) * 10 ** digits) / 10 ** digits;
    return (
      exactGibText(less.reduce((rest, amount) => rest - rounded(amount), rounded(value)) * BYTES_PER_GIB) === result
    );
  };
  return written([2, 3, 4, 5].find(isExact) ?? 6);
}

/** What an estimated overhead consists of, and its sum; a measured one is a single number. */
function overheadLines(input: PlanInput, budget: MemoryBudget): ArithmeticLine[] {
  const {terms, overheadBytes} = budget;
  const isExpected = learnedOf(input, budget) === null && overheadBytes === terms.overheadBytes;
  const parts = isExpected ? terms.overheadParts : [];
  return [
    ...parts.map((part) => bytes(part.label, part.expression(), part.bytes)),
    bytes('Overhead per GPU', overheadBasis(input, budget), overheadBytes),
  ];
}

function bytes(label: string, expression: string, value: number): ArithmeticLine {
  return {label, expression, value, unit: 'bytes'};
}
