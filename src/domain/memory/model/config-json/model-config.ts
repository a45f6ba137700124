import {z} from 'zod';
import {err, ok, type Result} from '../../../../shared/result.ts';
import type {Architecture} from '../architecture.ts';
import type {ModelProblem} from '../model-problem.ts';
import {countParameters} from '../parameters.ts';
import type {Quantization} from '../quantization.ts';
import {readAttention} from './attention-config.ts';
import {
  brokenConfig,
  type ConfigPart,
  fieldOf,
  keyName,
  parseConfigText,
  partBelow,
  readFields,
  wholeNumber,
} from './config-fields.ts';
import {readExperts} from './experts-config.ts';
import {readLayerCaches} from './layer-caches-config.ts';
import type {LayerCaches} from './layer-kinds.ts';
import {readPlainType, readQuantizationConfig} from './quantization-config.ts';
import {towerType, withKnownKeys} from './tower-keys.ts';
import {unplannedTrait} from './unplanned-models.ts';
import {readVision} from './vision-config.ts';

/** The content of a model's `config.json`. */
export type ModelConfig = {
  readonly architecture: Architecture;
  readonly quantization: Quantization;
};

/** A file's text and its location, as shown in messages. */
export type ConfigFile = {readonly text: string; readonly place: string};

/** Keys under which multimodal models keep the configuration of their text tower. */
const towerKeys = ['text_config', 'language_config', 'llm_config'] as const;

const shapeSchema = z.object({
  num_hidden_layers: wholeNumber(1, 1024),
  hidden_size: wholeNumber(1, 262_144),
  intermediate_size: wholeNumber(1, 4_194_304).nullish(),
  vocab_size: wholeNumber(1, 16_777_216),
  max_position_embeddings: wholeNumber(1, 1_000_000_000),
  num_nextn_predict_layers: wholeNumber(0, 64).nullish(),
  mtp_num_hidden_layers: wholeNumber(0, 64).nullish(),
});

const ropeSchema = z.object({
  rope_type: z.string({error: 'a name'}).nullish(),
  type: z.string({error: 'a name'}).nullish(),
  factor: z.number({error: factorText()}).min(1, {error: factorText()}).max(65_536, {error: factorText()}).nullish(),
  original_max_position_embeddings: wholeNumber(1, 1_000_000_000).nullish(),
});

/** No model has this many parameters; beyond it, sums of bytes would no longer be exact. */
const MOST_PARAMETERS = 1e14;

/**
 * Reads `config.json` of a model as transformers writes it: DeepSeek V3 and Kimi K2 with latent attention, alone or as
 * the text tower next to MoonViT, and transformers with grouped attention, dense or with experts. A model whose KV
 * cache follows another formula is refused by name.
 *
 * @param text - what the file holds
 * @param place - the file as shown; every message starts with it
 * @param quantizationFile - `hf_quant_config.json` in the same directory, used if `config.json` has nothing
 */
export function readModelConfig(
  text: string,
  place: string,
  quantizationFile?: ConfigFile,
): Result<ModelConfig, ModelProblem> {
  const architecture = readArchitecture(text, place);
  if (!architecture.ok) return architecture;
  const quantization = readQuantization(text, place, quantizationFile);
  if (!quantization.ok) return quantization;
  return ok({architecture: architecture.value, quantization: quantization.value});
}

/** Only the shapes, for a checkpoint whose bytes are known from its files. */
export function readArchitecture(text: string, place: string): Result<Architecture, ModelProblem> {
  const top = parseConfigText(text, place);
  if (!top.ok) return top;
  const own = textTower(top.value);
  const trait = unplannedTrait(top.value, own);
  if (trait !== undefined) return err(unknownArchitecture(place, trait));
  const tower = withKnownKeys(own);
  const shape = readFields(shapeSchema, tower);
  if (!shape.ok) return shape;
  const attention = readAttention(tower, shape.value.hidden_size);
  if (!attention.ok) return attention;
  const mixture = readExperts(tower, shape.value);
  if (!mixture.ok) return mixture;
  const caches = readLayerCaches(tower, shape.value.num_hidden_layers);
  if (!caches.ok) return caches;
  const vision = readVision(top.value, shape.value.hidden_size);
  if (!vision.ok) return vision;
  const maxContextTokens = readLongestContext(tower, shape.value.max_position_embeddings);
  if (!maxContextTokens.ok) return maxContextTokens;
  return plausible(place, {
    name: modelName(top.value, tower),
    layers: shape.value.num_hidden_layers,
    hiddenSize: shape.value.hidden_size,
    attention: attention.value,
    denseIntermediateSize: mixture.value.denseIntermediateSize,
    experts: mixture.value.experts,
    vocabularySize: shape.value.vocab_size,
    tiesEmbeddings: tiesEmbeddings(top.value, tower),
    maxContextTokens: maxContextTokens.value,
    vision: vision.value,
    ...caches.value,
    predictionLayers: shape.value.num_nextn_predict_layers ?? shape.value.mtp_num_hidden_layers ?? 0,
    ...(towerType(tower) === 'nemotron_h'
      ? {}
      : {rotaryTable: rotaryTable(tower, attention.value, caches.value, maxContextTokens.value)}),
  });
}

/** How the linear layers are stored; see `readModelConfig` for the arguments. */
export function readQuantization(
  text: string,
  place: string,
  quantizationFile?: ConfigFile,
): Result<Quantization, ModelProblem> {
  const top = parseConfigText(text, place);
  if (!top.ok) return top;
  const tower = textTower(top.value);
  for (const part of [top.value, tower]) {
    for (const key of ['quantization_config', 'compression_config']) {
      const below = partBelow(part, key);
      if (below !== undefined) return readQuantizationConfig(below);
      const other = fieldOf(part.value, key);
      if (other !== undefined) return err(brokenConfig(place, `${keyName(part, key)} is not an object`));
    }
  }
  if (quantizationFile !== undefined) return readQuantizationFile(quantizationFile);
  const dtype = [tower, top.value].flatMap(({value}) => [fieldOf(value, 'dtype'), fieldOf(value, 'torch_dtype')]);
  return readPlainType(
    dtype.find((type) => type !== undefined),
    place,
  );
}

function readQuantizationFile({text, place}: ConfigFile): Result<Quantization, ModelProblem> {
  const top = parseConfigText(text, place);
  if (!top.ok) return top;
  const below = partBelow(top.value, 'quantization');
  return below === undefined
    ? err(brokenConfig(place, 'quantization is missing, expected an object'))
    : readQuantizationConfig(below);
}

function textTower(top: ConfigPart): ConfigPart {
  for (const key of towerKeys) {
    const tower = partBelow(top, key);
    if (tower !== undefined) return tower;
  }
  return top;
}

/**
 * As vLLM derives it: YaRN counts from its original length; the factors of Llama 3, LongRoPE and Gemma 3 are already
 * included.
 */
function readLongestContext(tower: ConfigPart, stated: number): Result<number, ModelProblem> {
  const rope = partBelow(tower, 'rope_scaling') ?? partBelow(tower, 'rope_parameters');
  if (rope === undefined || towerType(tower) === 'gemma3') return ok(stated);
  const fields = readFields(ropeSchema, rope);
  if (!fields.ok) return fields;
  const {rope_type, type, factor, original_max_position_embeddings} = fields.value;
  switch (rope_type ?? type) {
    case 'yarn':
      return ok(Math.floor((original_max_position_embeddings ?? stated) * (factor ?? 1)));
    case 'linear':
    case 'dynamic':
      return ok(Math.floor(stated * (factor ?? 1)));
    default:
      return ok(stated);
  }
}

/**
 * Cosines and sines of every position; of positions in several dimensions for four times as many (vLLM `mrope.py`). Gemma
 * has a table for layers with a window, and one for the others: of as many positions as its factor multiplies the context to
 * (`linear_scaling_rope.py`), or of whole heads (`gemma4_rope.py`).
 */
function rotaryTable(
  tower: ConfigPart,
  attention: Architecture['attention'],
  {windowAttention}: LayerCaches,
  positions: number,
): NonNullable<Architecture['rotaryTable']> {
  const rope = partBelow(tower, 'rope_scaling') ?? partBelow(tower, 'rope_parameters');
  const stated = [tower.value, rope?.value].map((value) => fieldOf(value, 'partial_rotary_factor'));
  const share = stated.find((factor) => typeof factor === 'number' && factor > 0 && factor <= 1);
  const whole = attention.kind === 'mla' ? attention.queryKeyRopeHeadSize : attention.headSize;
  const type = towerType(tower);
  if (type === 'gemma4') return {positions, size: whole + (windowAttention?.headSize ?? whole)};
  if (type === 'gemma3') {
    const factor = fieldOf(rope?.value, 'factor');
    return {positions: Math.floor(positions * (typeof factor === 'number' ? 1 + factor : 1)), size: whole};
  }
  const size = attention.kind === 'gqa' && typeof share === 'number' ? Math.max(1, Math.floor(whole * share)) : whole;
  return {positions: fieldOf(rope?.value, 'mrope_section') === undefined ? positions : 4 * positions, size};
}

/** Transformers omits the key if it has the class's default, which is true only for Gemma and Cohere. */
function tiesEmbeddings(top: ConfigPart, tower: ConfigPart): boolean {
  const stated = fieldOf(tower.value, 'tie_word_embeddings') ?? fieldOf(top.value, 'tie_word_embeddings');
  if (typeof stated === 'boolean') return stated;
  const type = fieldOf(tower.value, 'model_type');
  return typeof type === 'string' && /^(?:gemma|cohere)/.test(type);
}

/** `KimiK25ForConditionalGeneration` -> `KimiK25`. */
function modelName(top: ConfigPart, tower: ConfigPart): string {
  const classes = fieldOf(top.value, 'architectures') ?? fieldOf(tower.value, 'architectures');
  const stated: unknown = Array.isArray(classes) ? classes[0] : fieldOf(top.value, 'model_type');
  if (typeof stated !== 'string' || !/^[\w.-]{1,100}$/.test(stated)) return 'a model without a name';
  return stated.replace(/For(?:CausalLM|ConditionalGeneration)$/, '') || stated;
}

function plausible(place: string, architecture: Architecture): Result<Architecture, ModelProblem> {
  if (countParameters(architecture).total <= MOST_PARAMETERS) return ok(architecture);
  return err(brokenConfig(place, 'its sizes give more than 100 trillion parameters, expected a real model'));
}

/** A model for which the formulas are not valid. */
function unknownArchitecture(place: string, trait: string): ModelProblem {
  return {
    code: 'memory.unknown-architecture',
    message: `${place}: ${trait}, so the known formulas for parameters and KV cache do not apply.`,
    remedy:
      'Supported: models with latent attention (DeepSeek V3, Kimi K2) or grouped-query attention (Llama, Mistral, Qwen, ' +
      'GLM) in every layer and for every token, dense or with experts; sparse attention of DeepSeek V3.2 and GLM 5; ' +
      'linear attention of Qwen 3 Next, Qwen 3.5 and Kimi Linear; Mamba layers of Nemotron-H and Nemotron 3; windows of ' +
      'gpt-oss, Gemma 3, Gemma 4 (26B and 31B), Llama 4, MiMo V2 Flash and Step 3.5 and 3.7.',
  };
}

function factorText(): string {
  return 'a factor from 1 to 65,536';
}
