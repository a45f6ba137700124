import {z} from 'zod';
import {countedText} from '../../../../shared/quantities/counts.ts';
import {err, ok, type Result} from '../../../../shared/result.ts';
import type {MixtureOfExperts} from '../architecture.ts';
import type {ModelProblem} from '../model-problem.ts';
import {
  brokenConfig,
  type ConfigPart,
  fieldOf,
  isRecord,
  keyName,
  readFields,
  wholeNumber,
  writtenKey,
} from './config-fields.ts';
import {towerType} from './tower-keys.ts';

const expertCount = wholeNumber(0, 65_536);
const layerCount = wholeNumber(0, 1024);
const size = wholeNumber(0, 4_194_304);
const layerNumbers = z.array(layerCount, {error: 'a list of layers'}).max(1024, {error: 'a list of layers'});
const expertSwitch = wholeNumber(0, 1);
const flag = z.boolean({error: 'true or false'}).nullish();

const expertsSchema = z.object({
  model_type: z.string({error: 'a name'}).nullish(),
  n_routed_experts: expertCount.nullish(),
  num_local_experts: expertCount.nullish(),
  num_experts: expertCount.nullish(),
  num_experts_per_tok: wholeNumber(1, 65_536).nullish(),
  num_experts_per_token: wholeNumber(1, 65_536).nullish(),
  moe_intermediate_size: size.nullish(),
  n_shared_experts: wholeNumber(0, 1024).nullish(),
  num_shared_experts: wholeNumber(0, 1024).nullish(),
  shared_expert_intermediate_size: size.nullish(),
  shared_intermediate_size: size.nullish(),
  first_k_dense_replace: layerCount.nullish(),
  moe_layer_freq: wholeNumber(1, 1024).nullish(),
  decoder_sparse_step: wholeNumber(1, 1024).nullish(),
  mlp_only_layers: layerNumbers.nullish(),
  layers_with_experts: layerNumbers.nullish(),
  expert_switches: z
    .array(expertSwitch, {error: 'a list of 0 and 1'})
    .max(1024, {error: 'a list of 0 and 1'})
    .nullish(),
  topk_method: z.string({error: 'a name'}).nullish(),
  use_routing_bias: flag,
  latent_size: wholeNumber(1, 262_144).nullish(),
  moe_router_enable_expert_bias: flag,
});
type ExpertFields = z.infer<typeof expertsSchema>;

/** Models whose router always has a correction bias per expert, whatever the configuration says. */
const alwaysCorrected = /^(?:kimi_k2|deepseek_v3|glm4_moe|glm4v_moe|dots1)/;

export type FeedForward = {
  readonly experts: MixtureOfExperts | null;
  readonly denseIntermediateSize: number;
};
type Shape = {readonly num_hidden_layers: number; readonly intermediate_size?: number | null | undefined};

/** Reads the feed-forward layers of the text tower: which have experts, how many and how large. */
export function readExperts(tower: ConfigPart, shape: Shape): Result<FeedForward, ModelProblem> {
  const fields = readFields(expertsSchema, tower);
  if (!fields.ok) return fields;
  const {n_routed_experts, num_local_experts, num_experts} = fields.value;
  const routedExperts = [n_routed_experts, num_local_experts, num_experts].find((count) => (count ?? 0) > 0) ?? 0;
  if (routedExperts === 0) return readDense(tower, shape);
  const expertsPerToken = fields.value.num_experts_per_tok ?? fields.value.num_experts_per_token ?? 0;
  if (expertsPerToken < 1 || expertsPerToken > routedExperts) {
    const found = expertsPerToken < 1 ? 'missing' : expertsPerToken;
    const key = keyName(tower, 'num_experts_per_tok');
    return err(brokenConfig(tower.place, `${key} is ${found}, expected a number from 1 to ${routedExperts}`));
  }
  const places = expertLayers(tower, fields.value, shape.num_hidden_layers);
  if (!places.ok) return places;
  const hasOnlyExperts = places.value.firstDenseLayers === 0 && places.value.layerStep === 1;
  // Mixtral and similar models have only experts, and give their size as that of any feed-forward layer.
  const expertIntermediateSize =
    fields.value.moe_intermediate_size ?? (hasOnlyExperts ? shape.intermediate_size : null) ?? 0;
  if (expertIntermediateSize === 0) return err(missingSize(tower, 'moe_intermediate_size'));
  const denseIntermediateSize = shape.intermediate_size ?? 0;
  if (denseIntermediateSize === 0 && !hasOnlyExperts) return err(missingSize(tower, 'intermediate_size'));
  return ok({
    denseIntermediateSize,
    experts: {
      ...places.value,
      routedExperts,
      expertsPerToken,
      expertIntermediateSize,
      ...sharedExperts(fields.value, expertIntermediateSize),
      hasCorrectionBias: hasCorrectionBias(tower, fields.value),
      hasBiases: fields.value.model_type === 'gpt_oss',
      ...(fields.value.latent_size == null ? {} : {latentSize: fields.value.latent_size}),
    },
  });
}

function readDense(tower: ConfigPart, shape: Shape): Result<FeedForward, ModelProblem> {
  const other = Object.keys(isRecord(tower.value) ? tower.value : {}).find((key) => {
    const value = fieldOf(tower.value, key);
    return /^moe_|experts?(?:_|$)/.test(key) && typeof value === 'number' && value > 0 && !ordinaryKeys.has(key);
  });
  if (other !== undefined) {
    return err(
      brokenConfig(
        tower.place,
        `${keyName(tower, other)} means experts, expected their number as n_routed_experts, num_local_experts or ${writtenKey(tower, 'num_experts')}`,
      ),
    );
  }
  const denseIntermediateSize = shape.intermediate_size ?? 0;
  if (denseIntermediateSize === 0) return err(missingSize(tower, 'intermediate_size'));
  return ok({experts: null, denseIntermediateSize});
}

/** Keys that dense models inherit from a class that can have experts. */
const ordinaryKeys = new Set(['num_experts_per_tok', 'moe_layer_freq', 'moe_intermediate_size', 'n_shared_experts']);

type Places = {readonly firstDenseLayers: number; readonly layerStep: number};

/**
 * Which layers have experts: those of a list, or of a rule. DeepSeek counts from layer 0 in steps of `moe_layer_freq`, after the
 * first dense layers; Qwen has them on every layer whose number plus one is a multiple of `decoder_sparse_step`.
 */
function expertLayers(tower: ConfigPart, fields: ExpertFields, layers: number): Result<Places, ModelProblem> {
  const listed = listedLayers(tower, fields, layers);
  if (!listed.ok) return listed;
  const first = fields.first_k_dense_replace ?? 0;
  if (listed.value === null && first > layers) {
    const key = keyName(tower, 'first_k_dense_replace');
    return err(brokenConfig(tower.place, `${key} is ${first}, expected at most num_hidden_layers, ${layers}`));
  }
  const dense = new Set(fields.mlp_only_layers ?? []);
  const [step, frequency] = [fields.decoder_sparse_step ?? 1, fields.moe_layer_freq ?? 1];
  const isByRule = (layer: number): boolean =>
    layer >= first && layer % frequency === 0 && (layer + 1) % step === 0 && !dense.has(layer);
  const places = evenPlaces((layer) => listed.value?.layers.has(layer) ?? isByRule(layer), layers);
  if (places !== null) return ok(places);
  const key = keyName(tower, listed.value?.key ?? 'mlp_only_layers');
  return err(
    brokenConfig(
      tower.place,
      `${key} has dense layers in between, expected only the first ones, or experts on every n-th layer after them`,
    ),
  );
}

type ListedLayers = {readonly key: string; readonly layers: ReadonlySet<number>};

/** The layers with experts where the model lists them; null where it has a rule. */
function listedLayers(
  tower: ConfigPart,
  {expert_switches: switches, layers_with_experts: numbers}: ExpertFields,
  layers: number,
): Result<ListedLayers | null, ModelProblem> {
  // Without it, engines have no experts at all for MiMo V2 (vLLM `mimo_v2_flash.py`).
  if (towerType(tower) === 'mimo_v2_flash' || switches) {
    const key = 'expert_switches';
    const found = switches ? `names ${countedText(switches.length, 'layer')}` : 'is missing';
    return switches?.length === layers
      ? ok({key, layers: new Set(switches.flatMap((is, layer) => (is === 1 ? [layer] : [])))})
      : err(brokenConfig(tower.place, `${keyName(tower, key)} ${found}, expected 0 or 1 for each of ${layers} layers`));
  }
  return ok(numbers ? {key: 'layers_with_experts', layers: new Set(numbers)} : null);
}

/** The first layer with experts and their step; null where their distances differ. */
function evenPlaces(hasExperts: (layer: number) => boolean, layers: number): Places | null {
  const found = Array.from({length: layers}, (_, layer) => layer).filter(hasExperts);
  const [first = layers, second = layers] = found;
  const layerStep = Math.max(1, second - first);
  const count = Math.ceil((layers - first) / layerStep);
  const isEven = found.length === count && found.every((layer, index) => layer === first + index * layerStep);
  return isEven ? {firstDenseLayers: first, layerStep} : null;
}

function sharedExperts(
  fields: ExpertFields,
  expertSize: number,
): Pick<MixtureOfExperts, 'sharedExperts' | 'sharedIntermediateSize'> {
  const counted = fields.n_shared_experts ?? fields.num_shared_experts ?? 0;
  if (counted > 0) return {sharedExperts: counted, sharedIntermediateSize: counted * expertSize};
  const size = fields.shared_expert_intermediate_size ?? fields.shared_intermediate_size ?? 0;
  return {sharedExperts: size > 0 ? 1 : 0, sharedIntermediateSize: size};
}

function hasCorrectionBias(tower: ConfigPart, fields: ExpertFields): boolean {
  if (fields.use_routing_bias === true || fields.moe_router_enable_expert_bias === true) return true;
  if (fields.topk_method !== undefined && fields.topk_method !== null) return fields.topk_method === 'noaux_tc';
  const type = fields.model_type ?? '';
  return alwaysCorrected.test(type) || (type.startsWith('kimi') && fieldOf(tower.value, 'kv_lora_rank') !== undefined);
}

function missingSize(tower: ConfigPart, key: string): ModelProblem {
  return brokenConfig(tower.place, `${keyName(tower, key)} is missing, expected the size of a feed-forward layer`);
}
