import type {GGUFParseOutput} from '@huggingface/gguf';
import type {ModelProblem} from '../../domain/memory/model-problem.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {brokenFile, truncatedFile} from './file-problem.ts';
import {describeTensors, type GgufTensor} from './gguf-tensors.ts';
import {type OpenFile, readPart, withFile} from './read-part.ts';

/** What one GGUF file says in front of its tensors. */
export type GgufFile = {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly tensors: readonly GgufTensor[];
  readonly tensorBytes: number;
};

const MAGIC = 'GGUF';
const PREAMBLE_BYTES = 24;
/** A tensor takes at least a name's length, a dimension count, a type and an offset. */
const LEAST_TENSOR_BYTES = 8 + 4 + 4 + 8;
/** A key takes at least a length, one letter, a type and a value. */
const LEAST_KEY_BYTES = 8 + 1 + 4 + 1;
/** Kimi K2 has some 1,100: GGUF keeps all experts of a layer in one tensor. */
const MOST_TENSORS = 200_000;
const MOST_KEYS = 10_000;
/** The vocabulary of Kimi K2 with its merges makes some 8 MB. */
const LARGEST_HEADER_BYTES = 32_000_000;

/**
 * Reads the header of one GGUF file through the Hugging Face parser. It reads from any address, so it gets one that
 * answers from this file alone: nothing goes to the network, and a header that runs past the file or past 32 MB ends.
 */
export function readGgufFile(path: string): Promise<Result<GgufFile, ModelProblem>> {
  return withFile(path, async (file) => {
    const problem = await checkPreamble(file);
    if (problem !== undefined) return err(problem);
    const parsed = await parse(file);
    if (!parsed.ok) return parsed;
    const {metadata, tensorInfos, tensorDataOffset, tensorInfoByteRange} = parsed.value;
    // Past the end of the file the parser reads zeros.
    if (tensorInfoByteRange[1] > file.sizeBytes)
      return err(truncatedFile(path, tensorInfoByteRange[1], file.sizeBytes));
    const dataOffset = Number(tensorDataOffset);
    const described = describeTensors(tensorInfos, file.sizeBytes - dataOffset);
    if (!described.ok) return err(brokenFile(path, described.error));
    const {tensors, endBytes, tensorBytes} = described.value;
    if (dataOffset + endBytes > file.sizeBytes) return err(truncatedFile(path, dataOffset + endBytes, file.sizeBytes));
    return ok({metadata, tensors, tensorBytes});
  });
}

/** Magic, version and counts that the file's size allows, before anything is made of them. */
async function checkPreamble(file: OpenFile): Promise<ModelProblem | undefined> {
  const start = await readPart(file, 0, PREAMBLE_BYTES);
  if (start.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    return brokenFile(file.path, 'it does not begin with GGUF: it is no GGUF file');
  }
  if (start.length < PREAMBLE_BYTES) return truncatedFile(file.path, PREAMBLE_BYTES, start.length);
  const version = start.readUInt32LE(4);
  // Version 1 was never published widely; the bytes of another order read as a huge version.
  if (version !== 2 && version !== 3) return brokenFile(file.path, `it has version ${version}, expected 2 or 3`);
  const [tensors, keys] = [start.readBigUInt64LE(8), start.readBigUInt64LE(16)];
  if (tensors > MOST_TENSORS || keys > MOST_KEYS) {
    return brokenFile(file.path, `it states ${tensors} tensors and ${keys} keys, expected at most 200,000 and 10,000`);
  }
  const least = PREAMBLE_BYTES + Number(tensors) * LEAST_TENSOR_BYTES + Number(keys) * LEAST_KEY_BYTES;
  return least > file.sizeBytes ? truncatedFile(file.path, least, file.sizeBytes) : undefined;
}

async function parse(file: OpenFile): Promise<Result<GGUFParseOutput<{strict: false}>, ModelProblem>> {
  // A quarter of a megabyte that only GGUF models need.
  const {gguf} = await import('@huggingface/gguf');
  try {
    return ok(await gguf('https://gguf.invalid/', {fetch: answerFrom(file)}));
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw error;
    const reason = error instanceof Error ? error.message.slice(0, 200).replace(/[^\x20-\x7e]/g, '?') : 'unknown';
    return err(brokenFile(file.path, `its header is broken: ${reason}`));
  }
}

/** Answers the parser's requests for ranges of bytes from an open file. */
function answerFrom(file: OpenFile): typeof fetch {
  let hasEnded = false;
  return async (_address, request) => {
    const range = /^bytes=(\d+)-(\d+)$/.exec(new Headers(request?.headers).get('range') ?? '');
    const [first, last] = [Number(range?.[1]), Number(range?.[2])];
    if (range === null || last < first) throw new Error('the parser asked for no range');
    if (first >= LARGEST_HEADER_BYTES) throw new Error('it is longer than 32 MB');
    // One range past the end is asked for ahead of need; a second is a header without an end.
    if (hasEnded) throw new Error('it runs past the end of the file');
    hasEnded = last >= file.sizeBytes - 1;
    const bytes = await readPart(file, first, Math.min(last - first + 1, Math.max(file.sizeBytes - first, 0)));
    return new Response(new Uint8Array(bytes), {
      status: 206,
      headers: {'content-range': `bytes ${first}-${last}/${file.sizeBytes}`},
    });
  };
}
