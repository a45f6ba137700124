import {stat} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {type ModelOnDisk, modelOfConfig} from '../../domain/memory/model/checkpoint.ts';
import {readModelConfig} from '../../domain/memory/model/config-json/model-config.ts';
import type {ModelProblem} from '../../domain/memory/model/model-problem.ts';
import {countedText} from '../../shared/quantities/counts.ts';
import {ok, type Result} from '../../shared/result.ts';
import {type FoundModel, findModelDirectory, type ModelEnvironment} from './find-model-directory.ts';
import {readModelOnDisk} from './model-on-disk.ts';
import {readConfigText} from './read-part.ts';
import {readSeparateQuantization} from './separate-quantization.ts';

/**
 * What this host has of a model: its files, or only its `config.json`; null if it has nothing, so that only built-in
 * knowledge remains. Problems are those of existing files.
 */
export async function lookUpModel(
  model: string,
  environment: ModelEnvironment,
): Promise<Result<ModelOnDisk | null, ModelProblem>> {
  const found = await findModelDirectory(model, environment);
  if (!found.ok) return found.error.code === 'memory.model-not-found' ? ok(null) : found;
  const {path, variant} = found.value;
  if (basename(path) === 'config.json') return readConfigAlone(path);
  const files = await readModelOnDisk(path, variant === undefined ? {} : {variant});
  if (files.ok) return ok({...files.value, notes: [...files.value.notes, ...downloadNote(found.value)]});
  if (files.error.code !== 'memory.no-model-files') return files;
  const config = join(path, 'config.json');
  return (await isFile(config)) ? readConfigAlone(config) : files;
}

async function readConfigAlone(path: string): Promise<Result<ModelOnDisk, ModelProblem>> {
  const text = await readConfigText(path);
  if (!text.ok) return text;
  const separate = await readSeparateQuantization(dirname(path));
  if (!separate.ok) return separate;
  const config = readModelConfig(text.value, path, separate.value ?? undefined);
  if (!config.ok) return config;
  return ok(modelOfConfig(path, config.value));
}

function downloadNote({incompleteDownloads, path}: FoundModel): readonly ModelProblem[] {
  if (incompleteDownloads === 0) return [];
  return [
    {
      code: 'memory.download-incomplete',
      message: `An unfinished download in ${path}: ${countedText(incompleteDownloads, 'file')}.`,
      remedy: 'Wait for it, or start it again: it continues where it stopped.',
    },
  ];
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    // If it cannot be checked, there is no configuration to read.
    return false;
  }
}
