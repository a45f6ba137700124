import type {GGUFTensorInfo} from '@huggingface/gguf';
import {quoteValue} from '../../../domain/memory/model/model-problem.ts';
import {err, ok, type Result} from '../../../shared/result.ts';

/** One tensor of a GGUF file. */
export type GgufTensor = {
  readonly name: string;
  /** Innermost first, as in GGUF. */
  readonly shape: readonly number[];
  readonly bytes: number;
};

type Block = readonly [elements: number, bytes: number];

/** Elements and bytes of a block by type number: `ggml_type` and the block structs of ggml (`ggml.h`, `ggml-common.h`). */
const blocks: ReadonlyMap<number, Block> = new Map<number, Block>([
  [0, [1, 4]], // F32
  [1, [1, 2]], // F16
  [2, [32, 18]], // Q4_0
  [3, [32, 20]], // Q4_1
  [6, [32, 22]], // Q5_0
  [7, [32, 24]], // Q5_1
  [8, [32, 34]], // Q8_0
  [9, [32, 36]], // Q8_1
  [10, [256, 84]], // Q2_K
  [11, [256, 110]], // Q3_K
  [12, [256, 144]], // Q4_K
  [13, [256, 176]], // Q5_K
  [14, [256, 210]], // Q6_K
  [15, [256, 292]], // Q8_K
  [16, [256, 66]], // IQ2_XXS
  [17, [256, 74]], // IQ2_XS
  [18, [256, 98]], // IQ3_XXS
  [19, [256, 50]], // IQ1_S
  [20, [32, 18]], // IQ4_NL
  [21, [256, 110]], // IQ3_S
  [22, [256, 82]], // IQ2_S
  [23, [256, 136]], // IQ4_XS
  [24, [1, 1]], // I8
  [25, [1, 2]], // I16
  [26, [1, 4]], // I32
  [27, [1, 8]], // I64
  [28, [1, 8]], // F64
  [29, [256, 56]], // IQ1_M
  [30, [1, 2]], // BF16
  [34, [256, 54]], // TQ1_0
  [35, [256, 66]], // TQ2_0
  [39, [32, 17]], // MXFP4
]);

type Described = {
  readonly tensors: readonly GgufTensor[];
  readonly tensorBytes: number;
  /** End of the last tensor, from the start of the data. */
  readonly endBytes: number;
};

/**
 * Computes the bytes of every tensor. A type that is not in the table gets the bytes up to the next tensor, including a
 * few bytes of alignment; an error names the invalid tensor and the reason.
 *
 * @param dataBytes - bytes from the start of the tensors to the end of the file
 */
export function describeTensors(infos: readonly GGUFTensorInfo[], dataBytes: number): Result<Described, string> {
  const sorted = infos.map((info) => ({info, offset: Number(info.offset)})).sort((a, b) => a.offset - b.offset);
  const tensors: GgufTensor[] = [];
  let endBytes = 0;
  let tensorBytes = 0;
  for (const [index, {info, offset}] of sorted.entries()) {
    if (offset < endBytes || !Number.isSafeInteger(offset)) {
      return err(`its tensor ${quoteValue(info.name)} starts at ${offset}, expected at least ${endBytes}`);
    }
    const shape = info.shape.map(Number);
    const next = sorted[index + 1]?.offset ?? Math.max(dataBytes, offset);
    const bytes = bytesOf(info.dtype, shape) ?? next - offset;
    if (!Number.isSafeInteger(bytes) || !Number.isSafeInteger(offset + bytes)) {
      return err(`its tensor ${quoteValue(info.name)} has ${bytes} bytes, expected a realistic size`);
    }
    tensors.push({name: info.name, shape, bytes});
    tensorBytes += bytes;
    endBytes = offset + bytes;
  }
  return ok({tensors, tensorBytes, endBytes});
}

/** Rows are whole blocks: only the innermost dimension is divided into blocks. */
function bytesOf(type: number, shape: readonly number[]): number | undefined {
  const block = blocks.get(type);
  if (block === undefined) return undefined;
  const elements = shape.reduce((product, side) => product * side, 1);
  return Math.ceil(elements / block[0]) * block[1];
}
