import {readdir, stat} from 'node:fs/promises';
import {basename, dirname} from 'node:path';
import type {ModelOnDisk} from '../../domain/memory/model/checkpoint.ts';
import type {ModelProblem} from '../../domain/memory/model/model-problem.ts';
import {errorCode} from '../../shared/error-code.ts';
import {err, type Result} from '../../shared/result.ts';
import {brokenFile, unreadable} from './file-problem.ts';
import {readGgufModel} from './gguf/gguf-model.ts';
import {chooseGguf} from './gguf/gguf-sets.ts';
import {readSafetensorsModel} from './safetensors/safetensors-model.ts';

export type ReadModelOptions = {
  /** Selects one of several GGUF files of a directory by a part of its name, such as `Q4_K_M`. */
  readonly variant?: string;
};

/** More entries than any model directory has; a wrong path must not take minutes. */
const MOST_ENTRIES = 20_000;
const DEEPEST_DIRECTORY = 2;

/**
 * Reads a model from its files: a directory with `config.json` and safetensors, a `.gguf` file, any part of a split
 * set of those, or a directory with one GGUF model. Only headers are read, so that a terabyte takes under a second.
 */
export async function readModelOnDisk(
  path: string,
  options: ReadModelOptions = {},
): Promise<Result<ModelOnDisk, ModelProblem>> {
  try {
    const stats = await stat(path);
    if (stats.isDirectory()) return await readDirectory(path, options);
    if (path.endsWith('.gguf')) return await readGgufModel(dirname(path), basename(path));
    return err(brokenFile(path, 'not a directory or a .gguf file'));
  } catch (error) {
    return err(unreadable(path, error));
  }
}

async function readDirectory(
  directory: string,
  {variant}: ReadModelOptions,
): Promise<Result<ModelOnDisk, ModelProblem>> {
  const listing = await listFiles(directory);
  const direct = listing.filter((name) => !name.includes('/'));
  const hasSafetensors = direct.some(
    (name) => name.endsWith('.safetensors') || name.endsWith('.safetensors.index.json'),
  );
  const hasGguf = listing.some((name) => name.endsWith('.gguf'));
  if (hasSafetensors && (variant === undefined || !hasGguf)) return await readSafetensorsModel(directory, direct);
  if (!hasGguf) return err(noModel(directory, direct));
  const chosen = chooseGguf(directory, listing, variant);
  return chosen.ok ? await readGgufModel(directory, chosen.value) : chosen;
}

/** Files of a directory and those below it, the layout of repositories with several GGUF files. */
async function listFiles(directory: string): Promise<string[]> {
  const found: string[] = [];
  let seen = 0;
  const walk = async (below: string, depth: number): Promise<void> => {
    const entries = await readdir(below === '' ? directory : `${directory}/${below}`, {withFileTypes: true});
    for (const entry of entries) {
      seen += 1;
      if (seen > MOST_ENTRIES) return;
      const name = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isSymbolicLink() && !(await leadsToFile(`${directory}/${name}`))) continue;
      if (!entry.isDirectory()) found.push(name);
      else if (depth < DEEPEST_DIRECTORY && !entry.name.startsWith('.')) await walk(name, depth + 1);
    }
  };
  await walk('', 1);
  return found.sort();
}

/** A cache contains links to blobs; a link without its blob is a missing file. */
async function leadsToFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

function noModel(directory: string, files: readonly string[]): ModelProblem {
  const other = files.find((name) => /\.(?:bin|pth|pt|ckpt)$/.test(name));
  return {
    code: 'memory.no-model-files',
    message: `${directory}: it contains neither safetensors nor GGUF${other === undefined ? '' : `, only files such as ${other}`}.`,
    remedy: 'Use the directory with config.json and the *.safetensors files, or a .gguf file.',
  };
}
