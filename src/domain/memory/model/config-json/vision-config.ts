import {z} from 'zod';
import {err, ok, type Result} from '../../../../shared/result.ts';
import type {Architecture, QwenVisionArchitecture} from '../architecture.ts';
import {type ModelProblem, quoteValue} from '../model-problem.ts';
import {brokenConfig, type ConfigPart, fieldOf, partBelow, readFields, wholeNumber} from './config-fields.ts';
import {isPlainVision, readPlainVision} from './plain-vision.ts';

const layers = wholeNumber(1, 512);
const width = wholeNumber(1, 65_536);
const side = wholeNumber(1, 1024);

const towerSchema = z.object({
  vt_num_hidden_layers: layers.nullish(),
  num_hidden_layers: layers.nullish(),
  vt_hidden_size: width.nullish(),
  hidden_size: width.nullish(),
  vt_intermediate_size: width.nullish(),
  intermediate_size: width.nullish(),
  patch_size: side,
  init_pos_emb_height: side,
  init_pos_emb_width: side,
  merge_kernel_size: z.tuple([side, side], {error: 'two sizes such as [2, 2]'}),
  mm_projector_type: z.literal('patchmerger', {error: 'patchmerger'}).nullish(),
});

const qwenSchema = z.object({
  depth: layers,
  hidden_size: width,
  intermediate_size: width,
  patch_size: side,
  temporal_patch_size: side,
  num_position_embeddings: wholeNumber(1, 1_048_576),
  spatial_merge_size: side,
  deepstack_visual_indexes: z
    .array(layers.or(z.literal(0)), {error: 'a list of layers'})
    .max(512)
    .nullish(),
});

/** Towers of this kind, by the `model_type` of their configuration. */
const qwenTypes = /^qwen3(?:_vl|_5)(?:_moe)?(?:_vision)?$/;

/**
 * Reads the vision tower: MoonViT, with or without the prefix `vt_`, that of Qwen 3, or one that is only counted; null if
 * there is none.
 *
 * @param textSize - the hidden size of the text, which images are projected to
 */
export function readVision(top: ConfigPart, textSize: number): Result<Architecture['vision'], ModelProblem> {
  const tower = partBelow(top, 'vision_config');
  if (tower === undefined) return ok(null);
  const type = fieldOf(tower.value, 'model_type');
  if (typeof type === 'string' && qwenTypes.test(type)) return readQwen(tower);
  if (typeof type === 'string' && isPlainVision(type)) return readPlainVision(type, tower, textSize);
  if (fieldOf(tower.value, 'merge_kernel_size') === undefined) return err(unknownVision(tower));
  const fields = readFields(towerSchema, tower);
  if (!fields.ok) return fields;
  const {value} = fields;
  const [mergeSize, mergeWidth] = value.merge_kernel_size;
  if (value.init_pos_emb_height !== value.init_pos_emb_width || mergeSize !== mergeWidth) {
    return err(brokenConfig(tower.place, 'vision_config has a grid that is not square, expected equal sides'));
  }
  const sizes = {
    layers: value.vt_num_hidden_layers ?? value.num_hidden_layers,
    hiddenSize: value.vt_hidden_size ?? value.hidden_size,
    intermediateSize: value.vt_intermediate_size ?? value.intermediate_size,
  };
  const {layers: count, hiddenSize, intermediateSize} = sizes;
  if (count == null || hiddenSize == null || intermediateSize == null) {
    return err(
      brokenConfig(
        tower.place,
        'vision_config lacks num_hidden_layers, hidden_size or intermediate_size, expected all of them',
      ),
    );
  }
  return ok({
    layers: count,
    hiddenSize,
    intermediateSize,
    patchSize: value.patch_size,
    positionGrid: value.init_pos_emb_height,
    mergeSize,
  });
}

function readQwen(tower: ConfigPart): Result<QwenVisionArchitecture, ModelProblem> {
  const fields = readFields(qwenSchema, tower);
  if (!fields.ok) return fields;
  const {value} = fields;
  return ok({
    layers: value.depth,
    hiddenSize: value.hidden_size,
    intermediateSize: value.intermediate_size,
    patchSize: value.patch_size,
    temporalPatchSize: value.temporal_patch_size,
    positions: value.num_position_embeddings,
    mergeSize: value.spatial_merge_size,
    innerMergers: value.deepstack_visual_indexes?.length ?? 0,
  });
}

function unknownVision(tower: ConfigPart): ModelProblem {
  const type = fieldOf(tower.value, 'model_type');
  return {
    code: 'memory.unknown-architecture',
    message: `${tower.place}: vision_config has ${type === undefined ? 'no model_type' : `model_type ${quoteValue(type)}`}, which Gantry cannot size.`,
    remedy:
      'Supported: MoonViT, the vision tower of Kimi K2.5 to K2.7, and those of Qwen 3 VL, Qwen 3.5, Gemma 3, Gemma 4, Llama 4 and Step 3.7.',
  };
}
