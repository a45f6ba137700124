import {join} from 'node:path';
import type {ModelOnDisk} from '../../../domain/memory/model/checkpoint.ts';
import {
  type ModelConfig,
  readArchitecture,
  readQuantization,
} from '../../../domain/memory/model/config-json/model-config.ts';
import type {ModelProblem} from '../../../domain/memory/model/model-problem.ts';
import {countText} from '../../../shared/quantities/counts.ts';
import {err, ok, type Result} from '../../../shared/result.ts';
import {brokenFile} from '../file-problem.ts';
import {readConfigText} from '../read-part.ts';
import {readSeparateQuantization} from '../separate-quantization.ts';
import {missingParts} from '../split-names.ts';
import {PartBytes, partOfTensor} from '../tensor-parts.ts';
import {readSafetensorsHeader} from './safetensors-header.ts';
import {readSafetensorsIndex} from './safetensors-index.ts';

const INDEX = 'model.safetensors.index.json';
const CONFIG = 'config.json';
/** Enough to hide the latency of a network mount, few enough that headers of the largest size fit in memory. */
const HEADERS_AT_ONCE = 4;

type Shards = {
  readonly names: readonly string[];
  readonly missing: readonly string[];
  readonly statedBytes: number | null;
  readonly statedTensors: number | null;
};
type Config = Pick<ModelConfig, 'architecture'> &
  Pick<ModelOnDisk, 'quantization' | 'format'> & {
    readonly notes: readonly ModelProblem[];
  };

/**
 * Reads a directory with `config.json` and safetensors: the headers of all shards, no weights. Files named by an
 * index or numbering that are missing are listed; an existing but broken shard is a problem.
 *
 * @param files - names of the directory's files
 */
export async function readSafetensorsModel(
  directory: string,
  files: readonly string[],
): Promise<Result<ModelOnDisk, ModelProblem>> {
  const config = await readConfig(directory);
  if (!config.ok) return config;
  const shards = await findShards(directory, files);
  if (!shards.ok) return shards;
  const {names, missing, statedBytes, statedTensors} = shards.value;
  const parts = new PartBytes();
  const {layers} = config.value.architecture;
  const read = await readHeaders(directory, names, (name, bytes) => parts.add(partOfTensor(name, layers), bytes));
  if (!read.ok) return read;
  const notes = [...config.value.notes];
  const isWhole = missing.length === 0;
  if (isWhole && statedBytes !== null && statedBytes !== parts.totalBytes) {
    notes.push(differentFromIndex(directory, 'bytes', statedBytes, parts.totalBytes));
  }
  if (isWhole && statedTensors !== null && statedTensors !== read.value) {
    notes.push(differentFromIndex(directory, 'tensors', statedTensors, read.value));
  }
  return ok({
    path: directory,
    kind: 'safetensors',
    architecture: config.value.architecture,
    quantization: config.value.quantization,
    format: config.value.format,
    tensorBytes: parts.totalBytes,
    bytesByPart: parts.byPart,
    otherBytes: parts.otherBytes,
    fileCount: names.length,
    missingFiles: missing,
    notes,
  });
}

async function readConfig(directory: string): Promise<Result<Config, ModelProblem>> {
  const place = join(directory, CONFIG);
  const text = await readConfigText(place);
  if (!text.ok) return text;
  const config = text.value;
  const architecture = readArchitecture(config, place);
  if (!architecture.ok) return architecture;
  const separate = await readSeparateQuantization(directory);
  if (!separate.ok) return separate;
  const quantization = readQuantization(config, place, separate.value ?? undefined);
  if (quantization.ok) {
    const {value} = quantization;
    return ok({architecture: architecture.value, quantization: value, format: value.format, notes: []});
  }
  // The headers still give the bytes; only the derived size is not available.
  if (quantization.error.code !== 'memory.unknown-quantization') return quantization;
  return ok({architecture: architecture.value, quantization: null, format: 'unknown', notes: [quantization.error]});
}

async function findShards(directory: string, files: readonly string[]): Promise<Result<Shards, ModelProblem>> {
  if (files.includes(INDEX)) {
    const index = await readSafetensorsIndex(join(directory, INDEX));
    if (!index.ok) return index;
    const missing = index.value.shards.filter((shard) => !files.includes(shard));
    const names = index.value.shards.filter((shard) => files.includes(shard));
    if (names.length === 0) {
      return err(brokenFile(join(directory, INDEX), `all ${missing.length} shards that it names are missing`));
    }
    return ok({names, missing, statedBytes: index.value.totalBytes, statedTensors: index.value.tensorCount});
  }
  const all = files.filter((name) => name.endsWith('.safetensors')).sort();
  // Mistral publishes the same weights twice, once for its own loader.
  const ordinary = all.filter((name) => !name.startsWith('consolidated'));
  const names = ordinary.length > 0 ? ordinary : all;
  return ok({names, missing: missingParts(names), statedBytes: null, statedTensors: null});
}

/**
 * Reads the headers a few at a time; returns the total number of tensors. Of several broken files the first by name
 * is reported, whichever answers first: earlier ones are already being read when one fails.
 */
async function readHeaders(
  directory: string,
  names: readonly string[],
  onTensor: (name: string, bytes: number) => void,
): Promise<Result<number, ModelProblem>> {
  const waiting = [...names.entries()];
  const problems: {readonly position: number; readonly problem: ModelProblem}[] = [];
  let tensorCount = 0;
  const readNext = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined && problems.length === 0; next = waiting.shift()) {
      const [position, name] = next;
      const header = await readSafetensorsHeader(join(directory, name), onTensor);
      if (header.ok) tensorCount += header.value.tensorCount;
      else problems.push({position, problem: header.error});
    }
  };
  await Promise.all(Array.from({length: HEADERS_AT_ONCE}, readNext));
  const [first] = problems.sort((a, b) => a.position - b.position);
  return first === undefined ? ok(tensorCount) : err(first.problem);
}

function differentFromIndex(directory: string, what: string, stated: number, found: number): ModelProblem {
  const [inIndex, inFiles] = [stated, found].map(countText);
  return {
    code: 'memory.index-differs',
    message: `${join(directory, INDEX)}: it lists ${inIndex} ${what}, the files contain ${inFiles}.`,
    remedy: 'Unless the files were converted on this machine, download the ones with a different size again.',
  };
}
