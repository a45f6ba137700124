import {writeFileSync} from 'node:fs';
import {chatTemplate, controlTokens, END_TOKEN, tokens} from './word-tokens.ts';
import {layerTensors, outerTensors, shape, type Tensor} from './word-weights.ts';

/** GGUF's names of the tensors of a layer. */
const layerNames: Readonly<Record<string, string>> = {
  attentionNorm: 'attn_norm',
  feedForwardNorm: 'ffn_norm',
  query: 'attn_q',
  key: 'attn_k',
  value: 'attn_v',
  attentionOutput: 'attn_output',
  gate: 'ffn_gate',
  up: 'ffn_up',
  down: 'ffn_down',
};

const ALIGNMENT = 32;
/** Numbers of the types of values and of tensors (`ggml/include/gguf.h`, `ggml.h`). */
const types = {uint32: 4, int32: 5, float32: 6, bool: 7, string: 8, array: 9} as const;
const TENSOR_F32 = 0;
const NORMAL_TOKEN = 1;
const CONTROL_TOKEN = 3;

/** Writes the tiny Llama as one GGUF file, in single precision. */
export function writeGgufModel(file: string): string {
  const named = namedTensors();
  const pairs = metadata();
  const infos: Uint8Array[] = [];
  const data: Uint8Array[] = [];
  let offset = 0;
  for (const [name, {rows, columns, values}] of named) {
    const sizes = rows === 1 ? [columns] : [columns, rows];
    infos.push(text(name), uint32(sizes.length), ...sizes.map(uint64), uint32(TENSOR_F32), uint64(offset));
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    data.push(bytes, padding(bytes.length));
    offset += bytes.length + padding(bytes.length).length;
  }
  const head = Buffer.concat([
    new TextEncoder().encode('GGUF'),
    uint32(3),
    uint64(named.length),
    uint64(pairs.length),
    ...pairs,
    ...infos,
  ]);
  writeFileSync(file, Buffer.concat([head, padding(head.length), ...data]));
  return file;
}

function metadata(): readonly Uint8Array[] {
  const pair = (key: string, type: number, ...value: readonly Uint8Array[]): Uint8Array =>
    Buffer.concat([text(key), uint32(type), ...value]);
  const array = (type: number, items: readonly Uint8Array[]): Uint8Array[] => [
    uint32(type),
    uint64(items.length),
    ...items,
  ];
  const isControl = (token: string): boolean => controlTokens.some((control) => control === token);
  const kinds = tokens.map((token) => int32(isControl(token) ? CONTROL_TOKEN : NORMAL_TOKEN));
  return [
    pair('general.architecture', types.string, text('llama')),
    pair('general.name', types.string, text('tiny words')),
    pair('general.file_type', types.uint32, uint32(0)),
    pair('llama.context_length', types.uint32, uint32(shape.context)),
    pair('llama.embedding_length', types.uint32, uint32(shape.hidden)),
    pair('llama.block_count', types.uint32, uint32(shape.layers)),
    pair('llama.feed_forward_length', types.uint32, uint32(shape.feedForward)),
    pair('llama.attention.head_count', types.uint32, uint32(shape.heads)),
    pair('llama.attention.head_count_kv', types.uint32, uint32(shape.kvHeads)),
    pair('llama.attention.layer_norm_rms_epsilon', types.float32, float32(1e-5)),
    pair('llama.rope.dimension_count', types.uint32, uint32(shape.hidden / shape.heads)),
    pair('llama.vocab_size', types.uint32, uint32(tokens.length)),
    pair('tokenizer.ggml.model', types.string, text('gpt2')),
    pair('tokenizer.ggml.pre', types.string, text('gpt-2')),
    pair('tokenizer.ggml.tokens', types.array, ...array(types.string, tokens.map(text))),
    pair('tokenizer.ggml.token_type', types.array, ...array(types.int32, kinds)),
    // At least one is required; nothing that a prompt has is merged by it.
    pair('tokenizer.ggml.merges', types.array, ...array(types.string, [text('ÿ ÿ')])),
    pair('tokenizer.ggml.bos_token_id', types.uint32, uint32(END_TOKEN)),
    pair('tokenizer.ggml.eos_token_id', types.uint32, uint32(END_TOKEN)),
    pair('tokenizer.ggml.add_bos_token', types.bool, new Uint8Array([0])),
    pair('tokenizer.chat_template', types.string, text(chatTemplate)),
  ];
}

function namedTensors(): readonly (readonly [name: string, tensor: Tensor])[] {
  const {embedding, norm, output} = outerTensors();
  const layers = Array.from({length: shape.layers}, (_, layer) =>
    Object.entries(layerTensors).map(
      ([part, tensor]) => [`blk.${layer}.${layerNames[part] ?? part}.weight`, tensor] as const,
    ),
  );
  return [['token_embd.weight', embedding], ['output_norm.weight', norm], ['output.weight', output], ...layers.flat()];
}

function padding(bytes: number): Uint8Array {
  return new Uint8Array((ALIGNMENT - (bytes % ALIGNMENT)) % ALIGNMENT);
}

function written(bytes: number, write: (view: DataView) => void): Uint8Array {
  const array = new Uint8Array(bytes);
  write(new DataView(array.buffer));
  return array;
}

function uint32(value: number): Uint8Array {
  return written(4, (view) => view.setUint32(0, value, true));
}

function int32(value: number): Uint8Array {
  return written(4, (view) => view.setInt32(0, value, true));
}

function float32(value: number): Uint8Array {
  return written(4, (view) => view.setFloat32(0, value, true));
}

function uint64(value: number): Uint8Array {
  return written(8, (view) => view.setBigUint64(0, BigInt(value), true));
}

function text(value: string): Uint8Array {
  const bytes = new TextEncoder().encode(value);
  return Buffer.concat([uint64(bytes.length), bytes]);
}
