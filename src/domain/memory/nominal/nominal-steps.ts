import {z} from 'zod';
import {gbText, gibText, wholeGbText} from '../../../shared/quantities/bytes.ts';
import {decimalText} from '../../../shared/quantities/counts.ts';
import {fractionText} from '../../../shared/quantities/ratios.ts';
import type {PlannedModel} from '../model/planned-model.ts';
import {describeQuantization, type WeightFormat} from '../model/quantization.ts';
import type {MemoryPlan} from '../plan/memory-plan.ts';
import {nominalWeightsBytes} from './nominal.ts';

/** One reason why the guide's number differs from the real one, with its effect in bytes (negative: takes memory). */
export const nominalStepSchema = z.strictObject({cause: z.string(), why: z.string(), bytes: z.number()});
export type NominalStep = z.infer<typeof nominalStepSchema>;

export type StepsInput = {
  readonly format: WeightFormat;
  readonly model: PlannedModel;
  readonly plan: MemoryPlan;
  readonly nominalCardBytes: number;
};

/** Smaller effects are not listed. */
const SMALLEST_STEP_BYTES = 5e7;

/**
 * The difference between the guide's remainder and the planned KV cache, all GPUs together. The steps add up: nominal
 * node less nominal weights plus every step is the pool of one GPU times the number of GPUs.
 */
export function nominalSteps(input: StepsInput): NominalStep[] {
  return [...weightSteps(input), ...cardSteps(input)].filter(({bytes}) => Math.abs(bytes) >= SMALLEST_STEP_BYTES);
}

function weightSteps({format, model, plan}: StepsInput): NominalStep[] {
  const {total} = model.parameters;
  const nominal = nominalWeightsBytes(total, format).bytes;
  const perParameter = nominalWeightsBytes(1, format).bytes;
  const heldBytes = plan.perGpu.weightsBytes * plan.node.usedGpuCount;
  const {bytes} = model.checkpoint;
  const few = model.parts.filter(({quantizedParameters}) => quantizedParameters > 0);
  const many = model.parts.filter(({quantizedParameters}) => quantizedParameters === 0);
  const excess = (parts: typeof few): number =>
    parts.reduce((sum, part) => sum + part.bytes - part.parameters * perParameter, 0);
  const unexplained = bytes - total * perParameter - excess(few) - excess(many);
  const scale = model.quantization === null ? 'scales' : describeQuantization(model.quantization);
  return [
    {
      cause: 'parameters',
      why: `${decimalText(total / 1e12, 3)} x 10^12, not ${decimalText(nominal / perParameter / 1e12, 3)} x 10^12`,
      bytes: nominal - total * perParameter,
    },
    {cause: 'group scales', why: `${format} is ${scale}`, bytes: -excess(few)},
    {cause: '16-bit parts', why: largestNames(many), bytes: -excess(many)},
    {cause: 'files', why: 'file contents beyond the tensors of the architecture', bytes: -unexplained},
    {
      cause: 'replication',
      why: `complete copies on each of ${plan.node.usedGpuCount} ranks: ${gibText(plan.perGpu.weightsBytes)} per GPU`,
      bytes: bytes - heldBytes,
    },
  ];
}

/** The largest parts by name. */
function largestNames(parts: PlannedModel['parts']): string {
  const names = parts.toSorted((a, b) => b.bytes - a.bytes).map(({name}) => name);
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} and others` : names.join(', ');
}

function cardSteps({plan, nominalCardBytes}: StepsInput): NominalStep[] {
  const {perGpu, node, settings, engine} = plan;
  const used = node.usedGpuCount;
  return [
    {
      cause: 'GPUs not used',
      why: `the launch uses ${used} of ${node.gpuCount}`,
      bytes: (used - node.gpuCount) * nominalCardBytes,
    },
    {
      cause: 'GB or GiB',
      why: `${wholeGbText(nominalCardBytes)} are ${gibText(perGpu.nvmlBytes)}, ${gbText(perGpu.nvmlBytes)}; CUDA sees ${gbText(perGpu.cudaVisibleBytes)}`,
      bytes: (perGpu.cudaVisibleBytes - nominalCardBytes) * used,
    },
    {
      cause: 'fraction',
      why: `${engine.hasMemoryFraction ? `${fractionText(settings.memoryFraction)}: ` : ''}the engine may use ${gibText(perGpu.budgetBytes)} per GPU`,
      bytes: (perGpu.budgetBytes - perGpu.cudaVisibleBytes) * used,
    },
    {
      cause: 'overhead',
      why: `activations, CUDA graphs, buffers: ${gibText(perGpu.overheadBytes)} per GPU`,
      bytes: -perGpu.overheadBytes * used,
    },
    {
      cause: 'fixed pool',
      why: 'the settings fix the KV cache',
      bytes: (perGpu.totalBytes - perGpu.budgetBytes) * used,
    },
  ];
}
