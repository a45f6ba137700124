import {z} from 'zod';
import {cardByName} from './cards.ts';
import {activeOnlyBytes, nominalRow, nominalWeightsBytes} from './nominal.ts';
import type {PlannedModel} from './planned-model.ts';
import {publishedQuantization, type WeightFormat} from './quantization.ts';
import {checkpointBytes, weightParts} from './weights.ts';

/** The published guide's tables beside the exact figures. GB are decimal. */
export const nominalGuideSchema = z.strictObject({
  source: z.literal('nominal'),
  modelId: z.string(),
  formats: z.array(
    z.strictObject({
      format: z.string(),
      guideName: z.string(),
      nominalBytes: z.number(),
      exactBytes: z.number(),
      /** What sizing on the active parameters would ask for: the classic mistake. */
      activeOnlyBytes: z.number(),
    }),
  ),
  nodes: z.array(
    z.strictObject({
      format: z.string(),
      node: z.string(),
      nominalNodeBytes: z.number(),
      /** Negative when the node cannot even hold the weights. */
      nominalOverBytes: z.number(),
      nvmlNodeBytes: z.number(),
      /** Weights on one card of the node at tensor parallel 8, with what every rank keeps whole. */
      exactWeightsBytesPerGpu: z.number(),
      cudaVisibleBytesPerGpu: z.number(),
    }),
  ),
});
export type NominalGuide = z.infer<typeof nominalGuideSchema>;

const guideFormats: readonly {readonly format: WeightFormat; readonly guideName: string}[] = [
  {format: 'bf16', guideName: 'BF16'},
  {format: 'fp8', guideName: 'FP8'},
  {format: 'int4', guideName: '4-bit'},
];
const guideNodes: readonly {readonly format: WeightFormat; readonly cardName: string}[] = [
  {format: 'fp8', cardName: 'H200'},
  {format: 'fp8', cardName: 'H100'},
  {format: 'int4', cardName: 'H100'},
];
const GUIDE_CARDS = 8;

/** The guide's two tables for a model; `weightsPerGpu` gives what one of eight cards would really hold. */
export function nominalGuide(
  model: PlannedModel,
  weightsPerGpu: (format: WeightFormat, cardName: string) => number,
): NominalGuide {
  const {total, active} = model.parameters;
  return {
    source: 'nominal',
    modelId: model.id,
    formats: guideFormats.map(({format, guideName}) => ({
      format,
      guideName,
      nominalBytes: nominalWeightsBytes(total, format).bytes,
      exactBytes: checkpointBytes(weightParts(model.architecture, publishedQuantization(format))),
      activeOnlyBytes: activeOnlyBytes(active, format),
    })),
    nodes: guideNodes.flatMap(({format, cardName}) => {
      const card = cardByName(cardName);
      if (card === undefined) return [];
      const {bytes} = nominalWeightsBytes(total, format);
      const row = nominalRow(bytes, card.nominalBytes, GUIDE_CARDS);
      return [
        {
          format,
          node: `${GUIDE_CARDS}x ${cardName}`,
          nominalNodeBytes: row.nodeGb * 1e9,
          nominalOverBytes: row.overGb * 1e9,
          nvmlNodeBytes: card.nvmlBytes * GUIDE_CARDS,
          exactWeightsBytesPerGpu: weightsPerGpu(format, cardName),
          cudaVisibleBytesPerGpu: card.cudaVisibleBytes,
        },
      ];
    }),
  };
}
