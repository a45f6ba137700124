import {mkdir, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';

/** Writes files below a directory: text, bytes, or JSON of anything else. */
export async function writeFiles(directory: string, files: Readonly<Record<string, unknown>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), {recursive: true});
    const isRaw = typeof content === 'string' || content instanceof Uint8Array;
    await writeFile(join(directory, name), isRaw ? content : JSON.stringify(content));
  }
}

export type TensorSpec = readonly [name: string, dtype: string, shape: readonly number[]];

const elementBytes: Readonly<Record<string, number>> = {F32: 4, BF16: 2, F16: 2, I32: 4, I64: 8, U8: 1, F8_E4M3: 1};

/** Bytes of a tensor as its shape has it. */
export function tensorBytes([, dtype, shape]: TensorSpec): number {
  return shape.reduce((product, side) => product * side, elementBytes[dtype] ?? 1);
}

/** A header as safetensors has it, tensors one after the other. */
export function safetensorsHeader(tensors: readonly TensorSpec[]): Record<string, unknown> {
  const header: Record<string, unknown> = {__metadata__: {format: 'pt'}};
  let at = 0;
  for (const tensor of tensors) {
    const end = at + tensorBytes(tensor);
    header[tensor[0]] = {dtype: tensor[1], shape: tensor[2], data_offsets: [at, end]};
    at = end;
  }
  return header;
}

/** A safetensors file of any header, padded with spaces to eight bytes, and so many bytes of data. */
export function safetensorsFile(header: unknown, dataBytes: number): Buffer {
  const text = typeof header === 'string' ? header : JSON.stringify(header);
  const padded = text.padEnd(Math.ceil(text.length / 8) * 8, ' ');
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(padded)));
  return Buffer.concat([length, Buffer.from(padded), Buffer.alloc(dataBytes)]);
}

/** A whole safetensors file. */
export function buildSafetensors(tensors: readonly TensorSpec[]): Buffer {
  return safetensorsFile(
    safetensorsHeader(tensors),
    tensors.reduce((sum, tensor) => sum + tensorBytes(tensor), 0),
  );
}

export type GgufValue = number | bigint | string | boolean | readonly string[] | readonly number[];
export type GgufTensorSpec = {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: number;
  readonly bytes: number;
};

/** A whole GGUF file of version 3: whole numbers as UINT32, big ones as UINT64, fractions as FLOAT32. */
export function buildGguf(
  metadata: Readonly<Record<string, GgufValue>>,
  tensors: readonly GgufTensorSpec[],
  changes: {readonly version?: number; readonly tensorCount?: bigint; readonly keyCount?: bigint} = {},
): Buffer {
  const parts: Buffer[] = [
    Buffer.from('GGUF'),
    uint32(changes.version ?? 3),
    uint64(changes.tensorCount ?? BigInt(tensors.length)),
    uint64(changes.keyCount ?? BigInt(Object.keys(metadata).length)),
  ];
  for (const [key, value] of Object.entries(metadata)) parts.push(text(key), ggufValue(value));
  let offset = 0;
  for (const {name, shape, type, bytes} of tensors) {
    parts.push(text(name), uint32(shape.length), ...shape.map((side) => uint64(BigInt(side))), uint32(type));
    parts.push(uint64(BigInt(offset)));
    offset = align(offset + bytes);
  }
  const header = Buffer.concat(parts);
  return Buffer.concat([header, Buffer.alloc(align(header.length) - header.length), Buffer.alloc(offset)]);
}

function align(bytes: number): number {
  return Math.ceil(bytes / 32) * 32;
}

function ggufValue(value: GgufValue): Buffer {
  if (typeof value === 'string') return Buffer.concat([uint32(8), text(value)]);
  if (typeof value === 'boolean') return Buffer.concat([uint32(7), Buffer.from([value ? 1 : 0])]);
  if (typeof value === 'bigint') return Buffer.concat([uint32(10), uint64(value)]);
  if (typeof value === 'number') {
    return Number.isInteger(value)
      ? Buffer.concat([uint32(4), uint32(value)])
      : Buffer.concat([uint32(6), float32(value)]);
  }
  const length = uint64(BigInt(value.length));
  const isText = typeof value[0] === 'string';
  const items = value.map((item) => (typeof item === 'string' ? text(item) : uint32(item)));
  return Buffer.concat([uint32(9), uint32(isText ? 8 : 4), length, ...items]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint64(BigInt(bytes.length)), bytes]);
}

function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
}

function float32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeFloatLE(value);
  return buffer;
}

function uint64(value: bigint): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(value);
  return buffer;
}
