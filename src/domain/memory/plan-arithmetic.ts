import {BYTES_PER_GB} from '../../shared/units.ts';
import {checkpointBytes, describeFormat, isQuantized, nominalWeightsBytes, partBytes} from './checkpoint.ts';
import {kvElementBytes} from './kv-cache.ts';
import type {MemoryBudget, PlanInput} from './memory-budget.ts';
import type {ArithmeticLine} from './memory-plan.ts';
import {DEFAULT_OVERHEAD_EVIDENCE} from './overhead.ts';
import {activeParameters, totalParameters, weightParts} from './parameters.ts';
import {countText, gbText, gibText} from './quantity-text.ts';

/** Every step from parameters to requests, with its numbers. */
export function planArithmetic(input: PlanInput, budget: MemoryBudget): ArithmeticLine[] {
  return [...checkpointLines(budget), ...cardLines(input, budget), ...cacheLines(input, budget)];
}

function checkpointLines({model}: MemoryBudget): ArithmeticLine[] {
  const {architecture, format} = model;
  const parts = weightParts(architecture);
  const quantized = parts.filter((part) => isQuantized(part, format));
  const others = parts.filter((part) => !isQuantized(part, format));
  const sum = (list: typeof parts): {parameters: number; bytes: number} => ({
    parameters: list.reduce((total, part) => total + part.parameters, 0),
    bytes: list.reduce((total, part) => total + partBytes(part, format), 0),
  });
  const small = sum(quantized);
  const large = sum(others);
  const total = checkpointBytes(architecture, format);
  const active = activeParameters(architecture);
  const all = totalParameters(architecture);
  return [
    ...(quantized.length === 0
      ? []
      : [
          bytes(
            `${format} parts`,
            `${countText(small.parameters)} parameters of ${quantized.map(({name}) => name).join(', ')}, ${describeFormat(format)}`,
            small.bytes,
          ),
        ]),
    bytes('16-bit parts', `${countText(large.parameters)} parameters x 2 bytes (router bias x 4)`, large.bytes),
    bytes('Checkpoint', `${gbText(small.bytes)} + ${gbText(large.bytes)}`, total),
    bytes(
      'Rule of thumb',
      `nominal: 10^12 parameters x ${nominalWeightsBytes(format) / 1e12} bytes; wrong by ${signedGbText(total - nominalWeightsBytes(format))}`,
      nominalWeightsBytes(format),
    ),
    {
      label: 'Active share',
      expression: `${countText(active)} of ${countText(all)} parameters a token: speed, not size; every expert stays in memory`,
      value: active / all,
      unit: 'ratio',
    },
  ];
}

function cardLines({settings, card, overheadBytes}: PlanInput, budget: MemoryBudget): ArithmeticLine[] {
  const {weights, planned} = budget;
  const ranks = settings.tensorParallelSize;
  return [
    bytes(
      'Weights, divided',
      `experts, MLPs, q_b, kv_b, o, embedding, head / ${ranks} tensor-parallel ranks`,
      weights.shardedBytes,
    ),
    bytes('Weights, on every rank', 'q_a, kv_a, norms, router', weights.replicatedBytes),
    bytes('Vision tower', visionExpression(planned.visionMode, ranks), weights.visionBytes),
    bytes(
      'Weights per GPU',
      `${gibText(weights.shardedBytes)} + ${gibText(weights.replicatedBytes)} + ${gibText(weights.visionBytes)}`,
      weights.totalBytes,
    ),
    bytes(
      'Budget per GPU',
      `${gibText(card.cudaVisibleBytes)} that CUDA sees (nvidia-smi: ${gibText(card.nvmlBytes)}) x ${settings.memoryFraction}`,
      budget.budgetBytes,
    ),
    bytes(
      'Overhead per GPU',
      overheadBytes === undefined ? DEFAULT_OVERHEAD_EVIDENCE : "measured in this node's own starts",
      budget.overheadBytes,
    ),
    bytes(
      'KV cache per GPU',
      `${gibText(budget.budgetBytes)} - ${gibText(weights.totalBytes)} - ${gibText(budget.overheadBytes)}`,
      budget.poolBytes,
    ),
  ];
}

function visionExpression(mode: MemoryBudget['planned']['visionMode'], ranks: number): string {
  switch (mode) {
    case 'data':
      return 'whole on every rank (--mm-encoder-tp-mode data)';
    case 'weights':
      return `tower / ${ranks} + projector (--mm-encoder-tp-mode weights)`;
    case 'absent':
      return 'not loaded (--language-model-only)';
  }
}

function cacheLines({settings}: PlanInput, budget: MemoryBudget): ArithmeticLine[] {
  const {architecture} = budget.model;
  const {blockTokens, decodeContextParallelSize} = budget.planned;
  const {blocks, capacityTokens, fullLengthSequences} = budget.capacity;
  const elements = `(${architecture.kvLoraRank} + ${architecture.queryKeyRopeHeadSize})`;
  const shared = decodeContextParallelSize === 1 ? '' : ` x ${decodeContextParallelSize} (decode context parallel)`;
  return [
    {
      label: 'KV bytes per token',
      expression: `${architecture.layers} layers x ${elements} x ${kvElementBytes(settings.kvCacheDtype)} bytes, a copy on every rank`,
      value: budget.bytesPerToken,
      unit: 'bytes/token',
    },
    {
      label: 'KV capacity',
      expression: `${countText(blocks)} blocks x ${blockTokens} tokens${shared}`,
      value: capacityTokens,
      unit: 'tokens',
    },
    {
      label: 'Requests of full length',
      expression: `${countText(capacityTokens)} / ${countText(settings.contextLengthTokens)} tokens`,
      value: fullLengthSequences,
      unit: 'sequences',
    },
  ];
}

function bytes(label: string, expression: string, value: number): ArithmeticLine {
  return {label, expression, value, unit: 'bytes'};
}

function signedGbText(value: number): string {
  return `${value < 0 ? '-' : '+'}${(Math.abs(value) / BYTES_PER_GB).toFixed(1)} GB`;
}
