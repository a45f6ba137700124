import {setImmediate as nextTurn} from 'node:timers/promises';
import {type ModelProblem, quoteValue} from '../../../domain/memory/model/model-problem.ts';
import {countText} from '../../../shared/quantities/counts.ts';
import {err, ok, type Result} from '../../../shared/result.ts';
import {brokenFile, truncatedFile} from '../file-problem.ts';
import {JsonScanError, JsonScanner} from '../json-scanner.ts';
import {type OpenFile, readPart, withFile} from '../read-part.ts';

/** The limit of the format's own library. */
const LARGEST_HEADER_BYTES = 100_000_000;
const LENGTH_BYTES = 8;

/** Bits of one element by type name; for other types only the offsets are used. */
const elementBits: Readonly<Record<string, number>> = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E4M3: 8,
  F8_E5M2: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  I64: 64,
  U64: 64,
  F64: 64,
  C64: 64,
};

const typeNames = Object.keys(elementBits);
const tensorKeys = ['dtype', 'shape', 'data_offsets'];

/** The content of one shard's header, without the names. */
export type ShardSummary = {readonly tensorCount: number; readonly tensorBytes: number};

/**
 * Reads only the header of a safetensors file: eight bytes of length, then JSON with name, type, shape and offsets. Like
 * the format's library, it refuses tensors that overlap or leave holes, and a file whose length does not match.
 *
 * @param onTensor - called with each tensor's name and bytes, in the header's order
 */
export function readSafetensorsHeader(
  path: string,
  onTensor: (name: string, bytes: number) => void,
): Promise<Result<ShardSummary, ModelProblem>> {
  return withFile(path, async (file) => {
    const length = await readHeaderLength(file);
    if (!length.ok) return length;
    if (LENGTH_BYTES + length.value > file.sizeBytes) {
      return err(truncatedFile(path, LENGTH_BYTES + length.value, file.sizeBytes, 'at least'));
    }
    const header = await readPart(file, LENGTH_BYTES, length.value);
    const scan = new HeaderScan(header, onTensor);
    const problem = await scan.run();
    if (problem !== undefined) return err(brokenFile(path, problem));
    const dataBytes = file.sizeBytes - LENGTH_BYTES - length.value;
    const misplaced = await scan.misplaced();
    if (misplaced !== undefined) return err(brokenFile(path, misplaced));
    if (scan.tensorBytes > dataBytes) {
      return err(truncatedFile(path, LENGTH_BYTES + length.value + scan.tensorBytes, file.sizeBytes));
    }
    if (scan.tensorBytes < dataBytes) {
      const extra = countText(dataBytes - scan.tensorBytes);
      return err(brokenFile(path, `it has ${extra} bytes after its last tensor, expected none`));
    }
    return ok({tensorCount: scan.tensorCount, tensorBytes: scan.tensorBytes});
  });
}

async function readHeaderLength(file: OpenFile): Promise<Result<number, ModelProblem>> {
  const start = await readPart(file, 0, LENGTH_BYTES);
  if (start.length < LENGTH_BYTES) return err(truncatedFile(file.path, LENGTH_BYTES + 2, file.sizeBytes, 'at least'));
  const length = start.readBigUInt64LE(0);
  if (length > LARGEST_HEADER_BYTES || length < 2n) {
    return err(
      brokenFile(file.path, `its header has ${length} bytes, expected 2 to 100,000,000: not a safetensors file`),
    );
  }
  return ok(Number(length));
}

/** One pass over a header, which checks that the tensors fill the file without overlap. */
class HeaderScan {
  readonly #scanner: JsonScanner;
  readonly #onTensor: (name: string, bytes: number) => void;
  readonly #begins: number[] = [];
  readonly #ends: number[] = [];
  tensorBytes = 0;

  constructor(header: Buffer, onTensor: (name: string, bytes: number) => void) {
    this.#scanner = new JsonScanner(header);
    this.#onTensor = onTensor;
  }

  get tensorCount(): number {
    return this.#begins.length;
  }

  /** The problem with the header; undefined if there is none. */
  async run(): Promise<string | undefined> {
    try {
      await this.#scanner.readObjectInTurns((name) => {
        if (name === '__metadata__') return this.#scanner.skipInTurns();
        this.#readTensor(name);
        return undefined;
      });
      this.#scanner.end();
      return undefined;
    } catch (error) {
      if (error instanceof HeaderError) return error.message;
      if (error instanceof JsonScanError) return `its header is broken: ${error.message}`;
      throw error;
    }
  }

  #readTensor(name: string): void {
    let type: string | undefined;
    let elements = 1;
    let hasShape = false;
    const offsets: number[] = [];
    this.#scanner.readObject((key) => {
      if (key === 'dtype') type = this.#scanner.readString(typeNames);
      else if (key === 'data_offsets') this.#scanner.readList(() => offsets.push(this.#scanner.readCount()));
      else if (key === 'shape') {
        hasShape = true;
        this.#scanner.readList(() => {
          elements *= this.#scanner.readCount();
        });
      } else this.#scanner.skipValue();
    }, tensorKeys);
    const [begin, end] = offsets;
    if (type === undefined || !hasShape || begin === undefined || end === undefined || offsets.length !== 2) {
      throw new HeaderError(`its tensor ${quoteValue(name)} has no dtype, shape or two data_offsets`);
    }
    const bits = Object.hasOwn(elementBits, type) ? elementBits[type] : undefined;
    if (end < begin || (bits !== undefined && elements * bits !== (end - begin) * 8)) {
      throw new HeaderError(
        `its tensor ${quoteValue(name)} has offsets ${begin} to ${end}, expected the bytes of ${elements} x ${quoteValue(type)}`,
      );
    }
    this.#begins.push(begin);
    this.#ends.push(end);
    this.tensorBytes += end - begin;
    this.#onTensor(name, end - begin);
  }

  /**
   * Where tensors overlap or leave a hole; undefined if they are contiguous: then, in order, each but the first begins where one
   * ends, so that every byte is in one tensor. Sorted as plain numbers: with a comparator, a million take more than a second.
   */
  async misplaced(): Promise<string | undefined> {
    const begins = await sorted(this.#begins);
    const ends = await sorted(this.#ends);
    let expected = 0;
    for (let index = 0; index < begins.length; index += 1) {
      const begin = begins[index] ?? 0;
      if (begin !== expected) {
        return `its tensors ${begin < expected ? 'overlap' : 'leave a hole'} at byte ${Math.min(begin, expected)} of the data`;
      }
      expected = ends[index] ?? 0;
    }
    return undefined;
  }
}

async function sorted(values: readonly number[]): Promise<Float64Array> {
  await nextTurn();
  const numbers = new Float64Array(values);
  await nextTurn();
  return numbers.sort();
}

/** The problem with one tensor; caught in the scan. */
class HeaderError extends Error {}
