import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {chatTemplate, controlTokens, END_TOKEN, tokens} from './word-tokens.ts';
import {layerTensors, outerTensors, shape, type Tensor} from './word-weights.ts';

/** Hugging Face's names of the tensors of a layer. */
const layerNames: Readonly<Record<string, string>> = {
  attentionNorm: 'input_layernorm',
  feedForwardNorm: 'post_attention_layernorm',
  query: 'self_attn.q_proj',
  key: 'self_attn.k_proj',
  value: 'self_attn.v_proj',
  attentionOutput: 'self_attn.o_proj',
  gate: 'mlp.gate_proj',
  up: 'mlp.up_proj',
  down: 'mlp.down_proj',
};

/** Writes the tiny Llama as a directory of Hugging Face's format: configuration, tokenizer, weights in bfloat16. */
export function writeHuggingFaceModel(directory: string): string {
  mkdirSync(directory, {recursive: true});
  const json = (name: string, value: object): void => writeFileSync(path.join(directory, name), JSON.stringify(value));
  const ends = {bos_token_id: END_TOKEN, eos_token_id: END_TOKEN};
  json('config.json', {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    hidden_size: shape.hidden,
    intermediate_size: shape.feedForward,
    num_hidden_layers: shape.layers,
    num_attention_heads: shape.heads,
    num_key_value_heads: shape.kvHeads,
    max_position_embeddings: shape.context,
    rms_norm_eps: 1e-5,
    rope_theta: 10_000,
    vocab_size: tokens.length,
    torch_dtype: 'bfloat16',
    tie_word_embeddings: false,
    hidden_act: 'silu',
    ...ends,
  });
  json('generation_config.json', ends);
  json('tokenizer_config.json', {
    tokenizer_class: 'PreTrainedTokenizerFast',
    bos_token: controlTokens[0],
    eos_token: controlTokens[0],
    pad_token: controlTokens[0],
    chat_template: chatTemplate,
    model_max_length: shape.context,
  });
  json('tokenizer.json', tokenizer());
  writeFileSync(path.join(directory, 'model.safetensors'), safetensors(namedTensors()));
  return directory;
}

function tokenizer(): object {
  const byteLevel = {type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true};
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: controlTokens.map((content, index) => ({
      id: END_TOKEN + index,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, index) => [token, index])),
      merges: [],
    },
  };
}

function namedTensors(): readonly (readonly [name: string, tensor: Tensor])[] {
  const {embedding, norm, output} = outerTensors();
  const layers = Array.from({length: shape.layers}, (_, layer) =>
    Object.entries(layerTensors).map(([part, tensor]) => {
      const name = `model.layers.${layer}.${layerNames[part] ?? part}.weight`;
      return [name, tensor] as const;
    }),
  );
  return [
    ['model.embed_tokens.weight', embedding],
    ['model.norm.weight', norm],
    ['lm_head.weight', output],
    ...layers.flat(),
  ];
}

/** The format: length of the header, the header as JSON, and the values in its order. */
function safetensors(named: readonly (readonly [name: string, tensor: Tensor])[]): Uint8Array {
  let offset = 0;
  const header: Record<string, object> = {__metadata__: {format: 'pt'}};
  for (const [name, {rows, columns, values}] of named) {
    const end = offset + values.length * 2;
    header[name] = {dtype: 'BF16', shape: rows === 1 ? [columns] : [rows, columns], data_offsets: [offset, end]};
    offset = end;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(text.length), true);
  return Buffer.concat([length, text, ...named.map(([, {values}]) => bfloat16(values))]);
}

/** The upper half of each single-precision number. */
function bfloat16(values: Float32Array): Uint8Array {
  const words = new Uint16Array(values.length);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (const [index, word] of bits.entries()) words[index] = word >>> 16;
  return new Uint8Array(words.buffer);
}
