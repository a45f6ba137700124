import {z} from 'zod';
import {ok, type Result} from '../../../../shared/result.ts';
import type {PlainVisionArchitecture} from '../architecture.ts';
import type {ModelProblem} from '../model-problem.ts';
import {type ConfigPart, fieldOf, isRecord, readFields, wholeNumber} from './config-fields.ts';

const width = wholeNumber(1, 65_536);
const side = wholeNumber(1, 1024);

const schema = z.object({
  num_hidden_layers: wholeNumber(1, 512),
  hidden_size: width,
  intermediate_size: width,
  head_dim: wholeNumber(1, 8192).nullish(),
  patch_size: side,
  image_size: wholeNumber(1, 16_384).nullish(),
  position_embedding_size: wholeNumber(1, 1_048_576).nullish(),
  default_output_length: wholeNumber(1, 65_536).nullish(),
  pooling_kernel_size: side.nullish(),
  projector_input_dim: width.nullish(),
  projector_output_dim: width.nullish(),
  vision_output_dim: width.nullish(),
});
type Fields = z.infer<typeof schema>;
type Sizes = Pick<PlainVisionArchitecture, 'patches' | 'towerParameters' | 'projectorParameters'>;

/** Counted from transformers' classes of the model, by the `model_type` of the tower's configuration. */
const counters: Readonly<Record<string, (fields: Fields, textSize: number) => Sizes>> = {
  siglip_vision_model: siglip,
  gemma4_vision: gemma4,
  llama4_vision_model: llama4,
  perception_encoder: perception,
  step3p5_vision: perception,
};

/** Tiles of the largest image of Llama 4, with the one of the whole image. */
const LLAMA4_TILES = 17;

/** True for a tower that is only counted. */
export function isPlainVision(type: string): boolean {
  return Object.hasOwn(counters, type);
}

/**
 * Reads the tower of a type that `isPlainVision` knows.
 *
 * @param textSize - the hidden size that images are projected to
 */
export function readPlainVision(
  type: string,
  tower: ConfigPart,
  textSize: number,
): Result<PlainVisionArchitecture, ModelProblem> {
  const fields = readFields(schema, withUsualKeys(tower));
  if (!fields.ok) return fields;
  const {hidden_size: hiddenSize, intermediate_size: intermediateSize} = fields.value;
  const sizes = (counters[type] ?? siglip)(fields.value, textSize);
  return ok({hiddenSize, intermediateSize, ...sizes});
}

/** Gemma 3: blocks with biases, a position for each patch, and a matrix to the text. */
function siglip(fields: Fields, textSize: number): Sizes {
  const {hidden_size: h, num_hidden_layers: layers, patch_size: patch} = fields;
  const patches = patchesOf(fields);
  return {
    patches,
    towerParameters: 3 * patch ** 2 * h + h + patches * h + layers * biasedBlock(fields) + 2 * h,
    projectorParameters: h * textSize + h,
  };
}

/** Gemma 4: blocks with gates and four norms, tables of positions for both directions. */
function gemma4(fields: Fields, textSize: number): Sizes {
  const {hidden_size: h, num_hidden_layers: layers, patch_size: patch} = fields;
  const positions = fields.position_embedding_size ?? 10_240;
  const block = 4 * h ** 2 + 3 * h * fields.intermediate_size + 4 * h + 2 * (fields.head_dim ?? 64);
  return {
    patches: (fields.default_output_length ?? 280) * (fields.pooling_kernel_size ?? 3) ** 2,
    towerParameters: 3 * patch ** 2 * h + 2 * positions * h + layers * block,
    projectorParameters: h * textSize,
  };
}

/** Llama 4: blocks with biases, an adapter of two matrices, and a matrix to the text. */
function llama4(fields: Fields, textSize: number): Sizes {
  const {hidden_size: h, num_hidden_layers: layers, patch_size: patch} = fields;
  const [into, out] = [fields.projector_input_dim ?? 4096, fields.projector_output_dim ?? 4096];
  const positions = patchesOf(fields) + 1;
  return {
    patches: LLAMA4_TILES * positions,
    towerParameters: 3 * patch ** 2 * h + h + positions * h + 4 * h + layers * biasedBlock(fields),
    projectorParameters: fields.intermediate_size * into + out ** 2 + (fields.vision_output_dim ?? 4096) * textSize,
  };
}

/** Step 3.7: blocks with biases and two scales, and two convolutions that make four tokens one. */
function perception(fields: Fields, textSize: number): Sizes {
  const {hidden_size: h, num_hidden_layers: layers, patch_size: patch} = fields;
  const patches = patchesOf(fields);
  const merging = 9 * 2 * h * h + 2 * h + 9 * 4 * h * 2 * h + 4 * h;
  return {
    patches,
    towerParameters: 3 * patch ** 2 * h + patches * h + 2 * h + layers * (biasedBlock(fields) + 2 * h) + merging,
    projectorParameters: 4 * h * textSize,
  };
}

/** The perception encoder has names of its own for its sizes, and a ratio for the width of its blocks. */
function withUsualKeys(tower: ConfigPart): ConfigPart {
  const of = (key: string): unknown => fieldOf(tower.value, key);
  const [wide, ratio] = [of('width'), of('mlp_ratio')];
  if (!isRecord(tower.value) || wide === undefined) return tower;
  const intermediate = typeof wide === 'number' && typeof ratio === 'number' ? Math.round(wide * ratio) : undefined;
  return {
    ...tower,
    value: {intermediate_size: intermediate, ...tower.value, hidden_size: wide, num_hidden_layers: of('layers')},
  };
}

function patchesOf({image_size: side, patch_size: patch}: Fields): number {
  return Math.floor((side ?? 0) / patch) ** 2;
}

/** Attention, two matrices, and two norms, all with biases. */
function biasedBlock({hidden_size: h, intermediate_size: wide}: Fields): number {
  return 4 * (h ** 2 + h) + 2 * h * wide + wide + h + 4 * h;
}
