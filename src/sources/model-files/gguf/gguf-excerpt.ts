import type {ModelProblem} from '../../../domain/memory/model/model-problem.ts';
import {err, ok, type Result} from '../../../shared/result.ts';
import {brokenFile, truncatedFile} from '../file-problem.ts';
import {type OpenFile, readPart} from '../read-part.ts';

/** A GGUF header without the vocabulary. */
export type GgufExcerpt = {
  /** Magic, version, counts and the kept values: what a parser needs before the tensor descriptions. */
  readonly start: Buffer;
  /** Offset of the descriptions in the file. */
  readonly tensorsAt: number;
};

const MAGIC = 'GGUF';
const PREAMBLE_BYTES = 24;
/** A tensor needs at least a name length, a dimension count, a type and an offset. */
const LEAST_TENSOR_BYTES = 8 + 4 + 4 + 8;
/** A key needs at least a length, one letter, a type and a value. */
const LEAST_KEY_BYTES = 8 + 1 + 4 + 1;
/** Kimi K2 has some 1,100: GGUF keeps all experts of a layer in one tensor. */
const MOST_TENSORS = 200_000;
const MOST_KEYS = 10_000;
/** The vocabulary of Kimi K2 with its merges is about 8 MB and half a million strings. */
const LARGEST_METADATA_BYTES = 256_000_000;
const MOST_LIST_STRINGS = 8_000_000;
const LONGEST_KEY_BYTES = 1024;
/** Longer values are text and vocabularies, not shapes, and are not needed. */
const LARGEST_KEPT_BYTES = 4096;
const WINDOW_BYTES = 1024 * 1024;

/** Bytes of a value by its type number (`gguf.md`): UINT8, INT8, UINT16, INT16, UINT32, INT32, FLOAT32, BOOL ... */
const fixedBytes: ReadonlyMap<number, number> = new Map([
  ...([
    [0, 1],
    [1, 1],
    [2, 2],
    [3, 2],
    [4, 4],
    [5, 4],
    [6, 4],
    [7, 1],
    [10, 8],
    [11, 8],
    [12, 8],
  ] as const),
]);
const STRING = 8;
const LIST = 9;

/**
 * Reads the metadata of a GGUF file and keeps short values. The vocabulary is most of a header and not needed for a plan;
 * a hostile header could fill the memory of a program that builds its values.
 */
export async function excerptGguf(file: OpenFile): Promise<Result<GgufExcerpt, ModelProblem>> {
  const preamble = await readPart(file, 0, PREAMBLE_BYTES);
  const problem = checkPreamble(file, preamble);
  if (problem !== undefined) return err(problem);
  const walk = new MetadataWalk(file);
  try {
    const kept = await walk.keep(Number(preamble.readBigUInt64LE(16)));
    preamble.writeBigUInt64LE(BigInt(kept.length), 16);
    return ok({start: Buffer.concat([preamble, ...kept]), tensorsAt: walk.position});
  } catch (error) {
    if (error instanceof WalkError) return err(error.problem);
    throw error;
  }
}

/** Checks magic, version and counts against the file's size before they are used. */
function checkPreamble(file: OpenFile, preamble: Buffer): ModelProblem | undefined {
  if (preamble.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    return brokenFile(file.path, 'it does not start with GGUF: not a GGUF file');
  }
  if (preamble.length < PREAMBLE_BYTES) return truncatedFile(file.path, PREAMBLE_BYTES, preamble.length, 'at least');
  const version = preamble.readUInt32LE(4);
  // Version 1 had other sizes and was replaced within months; big-endian files read as a huge version.
  if (version !== 2 && version !== 3) return brokenFile(file.path, `it has version ${version}, expected 2 or 3`);
  const [tensors, keys] = [preamble.readBigUInt64LE(8), preamble.readBigUInt64LE(16)];
  if (tensors > MOST_TENSORS || keys > MOST_KEYS) {
    return brokenFile(file.path, `it has ${tensors} tensors and ${keys} keys, expected at most 200,000 and 10,000`);
  }
  const least = PREAMBLE_BYTES + Number(tensors) * LEAST_TENSOR_BYTES + Number(keys) * LEAST_KEY_BYTES;
  return least > file.sizeBytes ? truncatedFile(file.path, least, file.sizeBytes, 'at least') : undefined;
}

/** One pass over keys and values, through a sliding window on the file. */
class MetadataWalk {
  position = PREAMBLE_BYTES;
  readonly #file: OpenFile;
  #window: Buffer = Buffer.alloc(0);
  #windowAt = 0;
  #listStrings = 0;

  constructor(file: OpenFile) {
    this.#file = file;
  }

  /** The bytes of every key and value that is short enough. */
  async keep(keys: number): Promise<Buffer[]> {
    const kept: Buffer[] = [];
    for (let key = 0; key < keys; key += 1) {
      const start = this.position;
      await this.#skipString(LONGEST_KEY_BYTES, 'a key');
      await this.#skipValue(await this.#readType());
      const length = this.position - start;
      if (length <= LARGEST_KEPT_BYTES) kept.push(await readPart(this.#file, start, length));
    }
    return kept;
  }

  async #skipValue(type: number): Promise<void> {
    if (type === STRING) await this.#skipString(LARGEST_METADATA_BYTES, 'a text');
    else if (type === LIST) await this.#skipList();
    else this.#advance(this.#bytesOf(type));
  }

  async #skipList(): Promise<void> {
    const type = await this.#readType();
    const count = await this.#readLength('a list', LARGEST_METADATA_BYTES);
    if (type !== STRING) {
      // Nested lists are allowed but never used.
      this.#advance(count * this.#bytesOf(type));
      return;
    }
    this.#listStrings += count;
    if (this.#listStrings > MOST_LIST_STRINGS) throw this.#broken('lists of more than 8 million texts');
    for (let item = 0; item < count; item += 1) {
      // Most of the time is spent here, and the window nearly always has the next value.
      if (!this.#isInWindow(8)) await this.#moveWindow(8);
      this.#advance(8 + this.#lengthInWindow('a text', LARGEST_METADATA_BYTES));
    }
  }

  async #skipString(most: number, what: string): Promise<void> {
    this.#advance(await this.#readLength(what, most));
  }

  async #readType(): Promise<number> {
    if (!this.#isInWindow(4)) await this.#moveWindow(4);
    const type = this.#window.readUInt32LE(this.position - this.#windowAt);
    this.#advance(4);
    return type;
  }

  async #readLength(what: string, most: number): Promise<number> {
    if (!this.#isInWindow(8)) await this.#moveWindow(8);
    const length = this.#lengthInWindow(what, most);
    this.#advance(8);
    return length;
  }

  #lengthInWindow(what: string, most: number): number {
    const at = this.position - this.#windowAt;
    const length = this.#window.readUInt32LE(at + 4) * 2 ** 32 + this.#window.readUInt32LE(at);
    if (length > most) throw this.#broken(`${what} of ${length} bytes or items`);
    return length;
  }

  /** The window never begins after the position. */
  #isInWindow(bytes: number): boolean {
    return this.position + bytes <= this.#windowAt + this.#window.length;
  }

  async #moveWindow(bytes: number): Promise<void> {
    this.#windowAt = this.position;
    this.#window = await readPart(this.#file, this.position, WINDOW_BYTES);
    if (this.#window.length < bytes) {
      throw new WalkError(truncatedFile(this.#file.path, this.position + bytes, this.#file.sizeBytes, 'at least'));
    }
  }

  #advance(bytes: number): void {
    this.position += bytes;
    if (this.position > LARGEST_METADATA_BYTES) throw this.#broken('more than 256 MB of metadata');
    if (this.position > this.#file.sizeBytes) {
      throw new WalkError(truncatedFile(this.#file.path, this.position, this.#file.sizeBytes, 'at least'));
    }
  }

  #bytesOf(type: number): number {
    const bytes = fixedBytes.get(type);
    if (bytes === undefined) throw this.#broken(`a value of type ${type}`);
    return bytes;
  }

  #broken(what: string): WalkError {
    return new WalkError(brokenFile(this.#file.path, `its header is broken: it has ${what} at byte ${this.position}`));
  }
}

/** Ends a pass; caught in this file. */
class WalkError extends Error {
  readonly problem: ModelProblem;

  constructor(problem: ModelProblem) {
    super(problem.message);
    this.problem = problem;
  }
}
