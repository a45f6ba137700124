import type {GGUFParseOutput} from '@huggingface/gguf';
import type {ModelProblem} from '../../../domain/memory/model/model-problem.ts';
import {err, ok, type Result} from '../../../shared/result.ts';
import {brokenFile, truncatedFile} from '../file-problem.ts';
import {type OpenFile, readPart, withFile} from '../read-part.ts';
import {excerptGguf, type GgufExcerpt} from './gguf-excerpt.ts';
import {describeTensors, type GgufTensor} from './gguf-tensors.ts';

/** The header of one GGUF file. */
export type GgufFile = {
  /** Without long texts and lists, of which the vocabulary is the largest. */
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly tensors: readonly GgufTensor[];
  readonly tensorBytes: number;
};

/** Kept values and tensor descriptions, about 80 bytes each. */
const LARGEST_HEADER_BYTES = 32_000_000;
/** Tensors start at multiples of this unless the file sets another value. */
const DEFAULT_ALIGNMENT_BYTES = 32;

/**
 * Reads the header of one GGUF file through the Hugging Face parser. It reads from a URL, so it gets a fetch
 * function that answers from this file, without the vocabulary: no network access, and no file can fill the memory.
 */
export function readGgufFile(path: string): Promise<Result<GgufFile, ModelProblem>> {
  return withFile(path, async (file) => {
    const excerpt = await excerptGguf(file);
    if (!excerpt.ok) return excerpt;
    const parsed = await parse(file, excerpt.value);
    if (!parsed.ok) return parsed;
    const {metadata, tensorInfos, tensorInfoByteRange} = parsed.value;
    const {start, tensorsAt} = excerpt.value;
    const headerBytes = tensorInfoByteRange[1] - start.length + tensorsAt;
    // Past the end of the file the parser reads zeros.
    if (headerBytes > file.sizeBytes) return err(truncatedFile(path, headerBytes, file.sizeBytes));
    const alignment: unknown = metadata['general.alignment'] ?? DEFAULT_ALIGNMENT_BYTES;
    // The parser has refused what is no positive whole number.
    if (typeof alignment !== 'number' || alignment > 65_536) {
      return err(brokenFile(path, 'its general.alignment is not a size from 1 to 65,536'));
    }
    const dataOffset = Math.ceil(headerBytes / alignment) * alignment;
    const described = describeTensors(tensorInfos, file.sizeBytes - dataOffset);
    if (!described.ok) return err(brokenFile(path, described.error));
    const {tensors, endBytes, tensorBytes} = described.value;
    const wholeBytes = dataOffset + endBytes;
    if (tensors.length > 0 && wholeBytes > file.sizeBytes) return err(truncatedFile(path, wholeBytes, file.sizeBytes));
    return ok({metadata, tensors, tensorBytes});
  });
}

async function parse(
  file: OpenFile,
  excerpt: GgufExcerpt,
): Promise<Result<GGUFParseOutput<{strict: false}>, ModelProblem>> {
  // Loaded on demand: a quarter of a megabyte that only GGUF models need.
  const {gguf} = await import('@huggingface/gguf');
  try {
    return ok(await gguf('https://gguf.invalid/', {fetch: answerFrom(file, excerpt)}));
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw error;
    const reason = error instanceof Error ? error.message.slice(0, 200).replace(/[^\x20-\x7e]/g, '?') : 'unknown';
    return err(brokenFile(file.path, `its header is broken: ${reason}`));
  }
}

/** Answers the parser's requests for ranges of bytes: the excerpt, then the file from the tensors' descriptions on. */
function answerFrom(file: OpenFile, {start, tensorsAt}: GgufExcerpt): typeof fetch {
  return async (_address, request) => {
    // `bytes=0-1999999`; it never asks for anything else.
    const range = String(new Headers(request?.headers).get('range')).split(/\D+/);
    const [, first = Number.NaN, last = Number.NaN] = range.map(Number);
    if (first >= LARGEST_HEADER_BYTES) throw new Error('it is longer than 32 MB');
    const head = start.subarray(first, last + 1);
    const rest = last + 1 - first - head.length;
    const position = tensorsAt + Math.max(first - start.length, 0);
    const tail = await readPart(file, position, rest);
    return new Response(new Uint8Array(Buffer.concat([head, tail])));
  };
}
