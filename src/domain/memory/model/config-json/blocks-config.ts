import {z} from 'zod';
import {err, ok, type Result} from '../../../../shared/result.ts';
import type {Architecture, LayerCache} from '../architecture.ts';
import type {ModelProblem} from '../model-problem.ts';
import {brokenConfig, type ConfigPart, keyName, readFields, wholeNumber} from './config-fields.ts';
import {type LayerCaches, namedKinds, noLayerCaches, type StatedKinds} from './layer-kinds.ts';

type Block = NonNullable<Architecture['layerBlocks']>[number];

const heads = wholeNumber(1, 4096);
const nemotronSchema = z.object({
  hybrid_override_pattern: z
    .string({error: 'a letter for each layer'})
    .max(1024, {error: 'a letter for each layer'})
    .nullish(),
  layers_block_type: z
    .array(z.string({error: 'a name'}), {error: 'a list of names'})
    .max(1024)
    .nullish(),
  mamba_num_heads: heads,
  mamba_head_dim: wholeNumber(1, 8192),
  n_groups: heads,
  ssm_state_size: wholeNumber(1, 8192),
  conv_kernel: wholeNumber(1, 64),
  mamba_ssm_cache_dtype: z.string({error: 'a name'}).nullish(),
});

/** The letters of `hybrid_override_pattern` (`configuration_nemotron_h.py`). */
const letters: Readonly<Record<string, Block>> = {M: 'linear', '*': 'attention', '-': 'dense', E: 'experts'};
/** The names of `layers_block_type`. */
const names: Readonly<Record<string, Block>> = {
  mamba: 'linear',
  attention: 'attention',
  mlp: 'dense',
  moe: 'experts',
};

const caches: Readonly<Record<Block, LayerCache>> = {
  attention: 'full',
  linear: 'linear',
  dense: 'none',
  experts: 'none',
};

/** Reads the layers of Nemotron-H, each of which is attention, Mamba 2 or a feed-forward part without a gate. */
export function readBlocks(tower: ConfigPart, layers: number): Result<LayerCaches, ModelProblem> {
  const fields = readFields(nemotronSchema, tower);
  if (!fields.ok) return fields;
  const {value} = fields;
  const stated = statedBlocks(value);
  if (stated === null) {
    const key = keyName(tower, 'hybrid_override_pattern');
    return err(brokenConfig(tower.place, `${key} is missing, expected a letter for each layer`));
  }
  const named = namedKinds(tower, stated, layers, stated.key === 'layers_block_type' ? names : letters);
  if (!named.ok) return named;
  const layerBlocks = named.value;
  if (!layerBlocks.includes('attention')) {
    const key = keyName(tower, stated.key);
    return err(brokenConfig(tower.place, `${key} has no attention, expected it on at least one layer`));
  }
  return ok({
    ...noLayerCaches,
    layerCaches: layerBlocks.map((block) => caches[block]),
    layerBlocks,
    hasPlainFeedForward: true,
    linearAttention: {
      kind: 'mamba2',
      keyHeads: value.n_groups,
      valueHeads: value.mamba_num_heads,
      keyHeadSize: value.ssm_state_size,
      valueHeadSize: value.mamba_head_dim,
      convolutionTokens: value.conv_kernel,
      stateElementBytes: value.mamba_ssm_cache_dtype === 'float32' ? 4 : 2,
    },
  });
}

/** What each layer is; an empty list is as none. Null without both. */
function statedBlocks({
  layers_block_type,
  hybrid_override_pattern,
}: z.infer<typeof nemotronSchema>): StatedKinds | null {
  if (layers_block_type?.length) return {key: 'layers_block_type', names: layers_block_type};
  if (!hybrid_override_pattern) return null;
  return {key: 'hybrid_override_pattern', names: [...hybrid_override_pattern]};
}
