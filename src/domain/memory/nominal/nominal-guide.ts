import {z} from 'zod';
import {checkpointSchema} from '../model/checkpoint.ts';
import type {PlannedModel} from '../model/planned-model.ts';
import {isWeightFormat, type WeightFormat} from '../model/quantization.ts';
import type {PlannedNode} from '../node-spec.ts';
import {type MemoryPlan, verdictSchema} from '../plan/memory-plan.ts';
import {activeOnlyBytes, nominalRow, nominalWeightsBytes} from './nominal.ts';
import {type NominalStep, nominalStepSchema, nominalSteps} from './nominal-steps.ts';

/** The published guide's tables next to the exact numbers. Bytes; the guide's are multiples of decimal GB. */
export const nominalGuideSchema = z.strictObject({
  source: z.literal('nominal'),
  modelId: z.string(),
  /** The format of the last node below, in the guide's terms. */
  checkpoint: checkpointSchema,
  formats: z.array(
    z.strictObject({
      format: z.string(),
      guideName: z.string(),
      nominalBytes: z.number(),
      exactBytes: z.number(),
      /** Sizing by the active parameters: the classic mistake. */
      activeOnlyBytes: z.number(),
    }),
  ),
  nodes: z.array(
    z.strictObject({
      format: z.string(),
      guideName: z.string(),
      gpuName: z.string(),
      gpuCount: z.number(),
      /** The vendor's size of a GPU. */
      nominalCardBytes: z.number(),
      nominalNodeBytes: z.number(),
      /** Negative when the node cannot hold the weights. */
      nominalOverBytes: z.number(),
      /** The plan's verdict, and the KV cache per GPU. */
      exactVerdict: verdictSchema,
      exactWeightsBytesPerGpu: z.number(),
      exactKvCachePoolBytesPerGpu: z.number(),
      contextLengthTokens: z.number(),
      bytesPerFullLengthSequence: z.number(),
    }),
  ),
  /** Steps from the guide's remainder on the last node to the KV cache there, all GPUs together. */
  steps: z.array(nominalStepSchema),
});
export type NominalGuide = z.infer<typeof nominalGuideSchema>;

const guideNames: Readonly<Record<WeightFormat, string>> = {
  bf16: 'BF16',
  fp8: 'FP8',
  int4: '4-bit',
  nvfp4: 'NVFP4',
  mxfp4: 'MXFP4',
};

/** The guide's rule assumes a trillion parameters, of which 32 billion are active. */
const GUIDE_ACTIVE_PARAMETERS = 32e9;

/** A row of the guide's node table with the plan for the same node. */
export type GuideNode = {
  readonly format: WeightFormat;
  readonly node: PlannedNode;
  readonly model: PlannedModel;
  readonly plan: MemoryPlan;
};

/** The guide's two tables; the difference is explained for the last node. */
export function nominalGuide(models: readonly PlannedModel[], nodes: readonly GuideNode[]): NominalGuide | null {
  const last = nodes.at(-1);
  const [first] = models;
  if (last === undefined || first === undefined) return null;
  return {
    source: 'nominal',
    modelId: first.id,
    checkpoint: nominalCheckpoint(last),
    formats: models.flatMap((model) => {
      const {format, bytes: exactBytes} = model.checkpoint;
      if (!isWeightFormat(format)) return [];
      const {total} = model.parameters;
      const active = activeParameters(model);
      return [
        {
          format,
          guideName: guideNames[format],
          nominalBytes: nominalWeightsBytes(total, format).bytes,
          exactBytes,
          activeOnlyBytes: activeOnlyBytes(active, format),
        },
      ];
    }),
    nodes: nodes.flatMap(nodeRow),
    steps: stepsOf(last),
  };
}

function activeParameters({parameters}: PlannedModel): number {
  const isGuides = nominalWeightsBytes(parameters.total, 'fp8').bytes !== parameters.total;
  return isGuides ? GUIDE_ACTIVE_PARAMETERS : parameters.active;
}

function nominalCheckpoint({model, format}: GuideNode): NominalGuide['checkpoint'] {
  const {bytes, expression} = nominalWeightsBytes(model.parameters.total, format);
  const derivedBytes = model.checkpoint.bytes;
  return {format, bytes, source: 'nominal', detail: expression, derivedBytes, fileCount: 0, missingFiles: []};
}

function nodeRow({format, node, model, plan}: GuideNode): NominalGuide['nodes'] {
  const {card, gpuCount} = node;
  if (card.nominalBytes === null) return [];
  const {bytes} = nominalWeightsBytes(model.parameters.total, format);
  const row = nominalRow(bytes, card.nominalBytes, gpuCount);
  return [
    {
      format,
      guideName: guideNames[format],
      gpuName: card.name,
      gpuCount,
      nominalCardBytes: card.nominalBytes,
      nominalNodeBytes: card.nominalBytes * gpuCount,
      nominalOverBytes: Math.round(row.overGb * 1e9),
      exactVerdict: plan.verdict,
      exactWeightsBytesPerGpu: plan.perGpu.weightsBytes,
      exactKvCachePoolBytesPerGpu: plan.perGpu.kvCachePoolBytes,
      contextLengthTokens: plan.settings.contextLengthTokens,
      bytesPerFullLengthSequence: plan.kvCache.bytesPerFullLengthSequence,
    },
  ];
}

function stepsOf({format, node, model, plan}: GuideNode): NominalStep[] {
  const {nominalBytes} = node.card;
  return nominalBytes === null ? [] : nominalSteps({format, model, plan, nominalCardBytes: nominalBytes});
}
