import {expect, test} from 'vitest';
import {PartBytes, partOfGgufTensor, partOfTensor} from '../../../src/sources/model-files/tensor-parts.ts';

test('bytes are summed by part, with those of no known part separately', () => {
  const parts = new PartBytes();
  expect([parts.totalBytes, parts.otherBytes, parts.byPart]).toEqual([0, 0, {}]);
  parts.add('norms', 1);
  parts.add('norms', 2);
  parts.add('router', 4);
  parts.add(undefined, 8);
  parts.add(undefined, 16);
  expect(parts.byPart).toEqual({norms: 3, router: 4});
  expect([parts.otherBytes, parts.totalBytes]).toEqual([24, 31]);
});

test.each([
  ['model.embed_tokens.weight', 'embedding'],
  ['lm_head.weight', 'output-head'],
  ['model.norm.weight', 'norms'],
  ['language_model.model.embed_tokens.weight', 'embedding'],
  ['model.language_model.norm.weight', 'norms'],
  ['vision_tower.blocks.0.weight', 'vision-tower'],
  ['model.visual.x', 'vision-tower'],
  ['vision_model.x', 'vision-tower'],
  ['mm_projector.linear.weight', 'vision-projector'],
  ['model.multi_modal_projector.x', 'vision-projector'],
  ['model.layers.3.mlp.experts.7.up_proj.weight', 'routed-experts'],
  ['model.layers.3.block_sparse_moe.experts.7.w1.weight', 'routed-experts'],
  ['model.layers.3.mlp.shared_experts.up_proj.weight', 'shared-experts'],
  ['model.layers.3.mlp.shared_expert.up_proj.weight', 'shared-experts'],
  ['model.layers.3.mlp.gate.e_score_correction_bias', 'router-bias'],
  ['model.layers.3.mlp.expert_bias', 'router-bias'],
  ['model.layers.3.mlp.gate.weight', 'router'],
  ['model.layers.3.mlp.shared_expert_gate.weight', 'router'],
  ['model.layers.3.mlp.gate.e_score_correction_bias.x', 'router'],
  ['model.layers.0.self_attn.o_proj.bias.x', 'attention-up'],
  ['model.layers.0.mlp.gate_proj.weight', 'dense-mlp'],
  ['model.layers.0.self_attn.kv_a_layernorm.weight', 'attention-norms'],
  ['model.layers.0.self_attn.o_proj.bias', 'attention-norms'],
  ['model.layers.0.self_attn.kv_a_proj_with_mqa.weight', 'attention-down'],
  ['model.layers.0.self_attn.o_proj.weight', 'attention-up'],
  ['model.layers.0.self_attn.k_proj.weight', 'attention-kv'],
  ['model.layers.0.input_layernorm.weight', 'norms'],
  ['model.layers.3.input_layernorm.weight', 'norms'],
  ['model.layers.4.input_layernorm.weight', 'prediction'],
  ['model.layers.5.mlp.experts.7.up_proj.weight', 'prediction'],
  ['mtp.fc.weight', 'prediction'],
  ['mtp.layers.0.mlp.experts.7.up_proj.weight', 'prediction'],
  ['model.visual.merger.linear_fc1.weight', 'vision-projector'],
  ['model.visual.deepstack_merger_list.0.norm.bias', 'vision-projector'],
  ['model.language_model.layers.0.linear_attn.in_proj_qkv.weight', 'linear-attention'],
  ['model.layers.0.linear_attn.A_log', 'linear-attention'],
  ['model.layers.0.self_attn.q_conv1d.weight', 'linear-attention'],
  ['model.layers.0.self_attn.f_b_proj.weight', 'linear-attention'],
  ['model.layers.0.self_attn.dt_bias', 'linear-attention'],
  ['model.layers.0.self_attn.o_norm.weight', 'linear-attention'],
  ['model.layers.0.self_attn.q_b_proj.weight', 'attention-up'],
  ['model.layers.0.self_attn.indexer.wq_b.weight', 'indexer'],
  ['model.layers.0.self_attn.indexer.k_norm.bias', 'indexer'],
  ['model.layers.0.self_attn.sinks', 'attention-norms'],
  ['model.layers.0.mlp.router.weight', 'router'],
  ['model.layers.0.mlp.experts.gate_up_proj_blocks', 'routed-experts'],
  ['model.layers.0.mlp.experts.down_proj_bias', 'routed-experts'],
])('%s belongs to %s', (name, part) => {
  expect(partOfTensor(name, 4)).toBe(part);
});

test.each([
  'model.layers.x.input_layernorm.weight',
  'model.layers.1.5.input_layernorm.weight',
  'model.layers.0',
  'model.layers.0.unknown',
  'model.layers.0.x.self_attn.q_proj.weight',
  'model.layers.0.x.self_attn.k_proj.weight',
  'model.layers.0.x.self_attn.q_a_proj.weight',
  'model.layers.0.x.self_attn.q_norm.weight',
  'model.layers.0.x.mlp.experts.7.up_proj.weight',
  'model.layers.0.x.mlp.shared_experts.up_proj.weight',
  'model.layers.0.x.mlp.gate.weight',
  'model.layers.0.x.mlp.up_proj.weight',
  'model.layers.0.x.mlp.expert_bias',
  'model.layers.0.mlp.expert_bias.x',
  'model.layers.0.x.input_layernorm.weight',
  'model.layers.0.input_layernorm.weight.x',
  'x.norm.weight',
  'x.lm_head.weight',
  'x.embed_tokens.weight',
  'x.vision_tower.y',
  'x.mm_projector.y',
  'unknown',
])('%s belongs to no known part', (name) => {
  expect(partOfTensor(name, 4)).toBeUndefined();
});

test.each([
  ['token_embd.weight', 'embedding'],
  ['output.weight', 'output-head'],
  ['output_norm.weight', 'norms'],
  ['blk.3.ffn_up_exps.weight', 'routed-experts'],
  ['blk.3.ffn_up.12.weight', 'routed-experts'],
  ['blk.3.ffn_down_shexp.weight', 'shared-experts'],
  ['blk.3.ffn_gate_inp.weight', 'router'],
  ['blk.3.ffn_gate_inp_shexp.weight', 'router'],
  ['blk.3.exp_probs_b.bias', 'router-bias'],
  ['blk.0.ffn_up.weight', 'dense-mlp'],
  ['blk.0.attn_q_a_norm.weight', 'attention-norms'],
  ['blk.0.attn_output.bias', 'attention-norms'],
  ['blk.0.attn_kv_a_mqa.weight', 'attention-down'],
  ['blk.0.attn_output.weight', 'attention-up'],
  ['blk.0.attn_k.weight', 'attention-kv'],
  ['blk.0.ffn_norm.weight', 'norms'],
  ['blk.0.ssm_norm.weight', 'linear-attention'],
  ['blk.0.attn_gate.weight', 'linear-attention'],
  ['blk.0.indexer.attn_q_b.weight', 'indexer'],
  ['blk.0.attn_sinks.weight', 'attention-norms'],
  ['blk.0.ffn_gate_exps.bias', 'routed-experts'],
  ['blk.0.draft_attn_q_norm.weight', 'norms'],
  ['blk.0.attn_output.bias.x', 'attention-up'],
  ['blk.4.ffn_norm.weight', 'prediction'],
])('%s of a GGUF file belongs to %s', (name, part) => {
  expect(partOfGgufTensor(name, 4)).toBe(part);
});

test.each([
  'blk.0',
  'blk.x.ffn_norm.weight',
  'blk.0.unknown',
  'blk.0.draft_ffn_up_shexp.weight',
  'blk.0.draft_ffn_gate_inp.weight',
  'blk.0.draft_attn_k.weight',
  'blk.0.draft_attn_q_b.weight',
  'blk.0.draft_ffn_up.weight',
  'blk.0.draft_ffn_up_exps.weight',
  'blk.0.draft_ffn_up.12.weight',
  'blk.0.draft_exp_probs_b.bias',
  'blk.0.draft_attn_output.bias',
  'blk.0.draft_attn_q_a.weight',
  'x.output.weight',
  'x.output_norm.weight',
  'x.token_embd.weight',
  'rope_freqs.weight',
])('%s of a GGUF file belongs to no known part', (name) => {
  expect(partOfGgufTensor(name, 4)).toBeUndefined();
});
