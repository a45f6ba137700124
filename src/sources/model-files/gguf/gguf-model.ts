import {stat} from 'node:fs/promises';
import {join} from 'node:path';
import type {ModelOnDisk} from '../../../domain/memory/model/checkpoint.ts';
import type {ModelProblem} from '../../../domain/memory/model/model-problem.ts';
import {errorCode} from '../../../shared/error-code.ts';
import {err, ok, type Result} from '../../../shared/result.ts';
import {brokenFile} from '../file-problem.ts';
import {parseSplitName, splitSetNames} from '../split-names.ts';
import {PartBytes, partOfGgufTensor} from '../tensor-parts.ts';
import {readGgufArchitecture} from './gguf-architecture.ts';
import {type GgufFile, readGgufFile} from './gguf-file.ts';
import type {GgufTensor} from './gguf-tensors.ts';

/** Limit for all files of a set. */
const MOST_TENSORS = 400_000;

/**
 * Reads a GGUF model by any of its files: all existing parts of a split set, the others by name. The first part
 * has the metadata and is required.
 *
 * @param directory - where the file lies
 * @param file - its name, with subdirectories if it is deeper
 */
export async function readGgufModel(directory: string, file: string): Promise<Result<ModelOnDisk, ModelProblem>> {
  const split = parseSplitName(file);
  const names = split === undefined ? [file] : splitSetNames(split);
  const there = split === undefined ? names : await existing(directory, names);
  const missingFiles = names.filter((name) => !there.includes(name));
  const [first = file] = names;
  if (missingFiles.includes(first)) return err(missingFirst(directory, first));
  const head = await readGgufFile(join(directory, first));
  if (!head.ok) return head;
  const tensors: GgufTensor[] = [...head.value.tensors];
  for (const name of there.slice(1)) {
    const part = await readGgufFile(join(directory, name));
    if (!part.ok) return part;
    for (const tensor of part.value.tensors) tensors.push(tensor);
    if (tensors.length > MOST_TENSORS) {
      return err(brokenFile(join(directory, name), 'together with earlier parts it has more than 400,000 tensors'));
    }
  }
  const architecture = readGgufArchitecture(join(directory, first), head.value.metadata, tensors);
  if (!architecture.ok) return architecture;
  const parts = new PartBytes();
  for (const {name, bytes} of tensors) parts.add(partOfGgufTensor(name, architecture.value.layers), bytes);
  return ok({
    path: join(directory, first),
    kind: 'gguf',
    architecture: architecture.value,
    quantization: null,
    format: await formatName(head.value),
    tensorBytes: parts.totalBytes,
    bytesByPart: parts.byPart,
    otherBytes: parts.otherBytes,
    fileCount: there.length,
    missingFiles,
    notes: [],
  });
}

/** `general.file_type` by its name in llama.cpp, `Q4_K_M`; `mixed` if the file does not set it. */
async function formatName({metadata}: GgufFile): Promise<string> {
  const {GGMLFileQuantizationType} = await import('@huggingface/gguf');
  const type = metadata['general.file_type'];
  return (typeof type === 'number' ? GGMLFileQuantizationType[type] : undefined) ?? 'mixed';
}

async function existing(directory: string, names: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const name of names) {
    try {
      await stat(join(directory, name));
      found.push(name);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
  }
  return found;
}

function missingFirst(directory: string, first: string): ModelProblem {
  return {
    code: 'memory.missing-first-part',
    message: `${join(directory, first)}: the first part of the set is missing; only it describes the model.`,
    remedy: 'Download the missing part into the same directory.',
  };
}
