import {z} from 'zod';
import {err, ok, type Result} from '../../../../shared/result.ts';
import type {Architecture, LayerCache} from '../architecture.ts';
import type {ModelProblem} from '../model-problem.ts';
import {brokenConfig, type ConfigPart, readFields, wholeNumber} from './config-fields.ts';
import {type LayerCaches, noLayerCaches} from './layer-kinds.ts';
import {keyName} from './unplanned-models.ts';

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

/** The letters of `hybrid_override_pattern` and the names of `layers_block_type` (`configuration_nemotron_h.py`). */
const blocks: Readonly<Record<string, Block>> = {
  M: 'linear',
  '*': 'attention',
  '-': 'dense',
  E: 'experts',
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
  const stated = value.layers_block_type ?? [...(value.hybrid_override_pattern ?? '')];
  const layerBlocks = stated.flatMap((name) => (Object.hasOwn(blocks, name) ? (blocks[name] ?? []) : []));
  if (layerBlocks.length !== layers || stated.length !== layers || !layerBlocks.includes('attention')) {
    const key = keyName(tower, value.layers_block_type ? 'layers_block_type' : 'hybrid_override_pattern');
    const expected = `${layers} of mamba, attention, mlp and moe, with attention at least once`;
    return err(brokenConfig(tower.place, `${key} names ${stated.length} layers, expected ${expected}`));
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
