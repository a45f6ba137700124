import {readdir, readFile, stat} from 'node:fs/promises';
import {isAbsolute, join, resolve} from 'node:path';
import type {ModelProblem} from '../../domain/memory/model/model-problem.ts';
import {errorCode} from '../../shared/error-code.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {unreadable} from './file-problem.ts';

/** What decides where a model is found. */
export type ModelEnvironment = {
  readonly workingDirectory: string;
  readonly homeDirectory: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
};

/** The location of a model. */
export type FoundModel = {
  /** A directory, or a `.gguf` file. */
  readonly path: string;
  readonly source: 'path' | 'hugging-face-cache';
  /** If the directory has several GGUF models: the label after the colon of `org/name:Q4_K_M`. */
  readonly variant?: string;
  /** Files with an unfinished download, running or interrupted. */
  readonly incompleteDownloads: number;
};

const hubId = /^(?<id>[\w][\w.-]{0,95}(?:\/[\w][\w.-]{0,95})?)(?::(?<variant>[\w.-]{1,64}))?$/;
const MOST_BLOBS = 20_000;

/**
 * Finds the model of a setting as the engines do: an existing path first, then the snapshot of a Hugging
 * Face id in the cache of the user (`HF_HUB_CACHE`, `HF_HOME`, `~/.cache/huggingface`). Nothing is downloaded.
 */
export async function findModelDirectory(
  model: string,
  environment: ModelEnvironment,
): Promise<Result<FoundModel, ModelProblem>> {
  const path = resolve(environment.workingDirectory, expandHome(model, environment));
  try {
    if (model !== '' && !model.includes('\0') && (await exists(path))) {
      return ok({path, source: 'path', incompleteDownloads: 0});
    }
    const match = hubId.exec(model);
    const id = match?.groups?.['id'];
    const isPath = isAbsolute(model) || /^[.~]/.test(model) || model.endsWith('.gguf');
    if (id === undefined || isPath)
      return err(notFound(isPath || model === '' ? path : model, 'no such file or directory'));
    return await findSnapshot(id, match?.groups?.['variant'], environment);
  } catch (error) {
    return err(unreadable(path, error));
  }
}

async function findSnapshot(
  id: string,
  variant: string | undefined,
  environment: ModelEnvironment,
): Promise<Result<FoundModel, ModelProblem>> {
  const cache = cacheDirectory(environment);
  const repository = join(cache, `models--${id.replace('/', '--')}`);
  if (!(await exists(repository))) return err(notFound(id, `not a directory, and not in the cache ${cache}`));
  const incompleteDownloads = await countIncomplete(join(repository, 'blobs'));
  const path = await snapshotPath(repository);
  if (path === undefined) {
    const state = incompleteDownloads > 0 ? 'its download is not complete' : 'the cache has no snapshot of it';
    return err({...notFound(id, `${state} (${repository})`), code: 'memory.model-incomplete'});
  }
  const source = 'hugging-face-cache';
  return ok({path, source, incompleteDownloads, ...(variant === undefined ? {} : {variant})});
}

/** The directory that huggingface_hub keeps its snapshots in. */
export function cacheDirectory(environment: ModelEnvironment): string {
  const hub = stated('HF_HUB_CACHE', environment) ?? stated('HUGGINGFACE_HUB_CACHE', environment);
  return hub ?? join(huggingFaceHome(environment), 'hub');
}

/** huggingface_hub's home: snapshots, the token, and code included in models. */
export function huggingFaceHome(environment: ModelEnvironment): string {
  const caches = stated('XDG_CACHE_HOME', environment) ?? join(environment.homeDirectory, '.cache');
  return stated('HF_HOME', environment) ?? join(caches, 'huggingface');
}

function stated(name: string, environment: ModelEnvironment): string | undefined {
  const value = environment.variables[name];
  return value === undefined || value === '' ? undefined : expandHome(value, environment);
}

/** The snapshot that `main` points to, otherwise the newest one. */
async function snapshotPath(repository: string): Promise<string | undefined> {
  const snapshots = join(repository, 'snapshots');
  const commit = await readReference(join(repository, 'refs', 'main'));
  if (commit !== undefined && (await exists(join(snapshots, commit)))) return join(snapshots, commit);
  const dated: {path: string; modifiedMs: number}[] = [];
  for (const name of await namesIn(snapshots)) {
    const stats = await stat(join(snapshots, name));
    if (stats.isDirectory()) dated.push({path: join(snapshots, name), modifiedMs: stats.mtimeMs});
  }
  return dated.sort((a, b) => b.modifiedMs - a.modifiedMs)[0]?.path;
}

async function readReference(path: string): Promise<string | undefined> {
  try {
    const stats = await stat(path);
    if (!stats.isFile() || stats.size > 1024) return undefined;
    const commit = (await readFile(path, 'utf8')).trim();
    return /^[0-9a-f]{7,64}$/.test(commit) ? commit : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function countIncomplete(blobs: string): Promise<number> {
  return (await namesIn(blobs)).slice(0, MOST_BLOBS).filter((name) => name.endsWith('.incomplete')).length;
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(errorCode(error) ?? '');
}

function expandHome(path: string, {homeDirectory}: ModelEnvironment): string {
  return path === '~' || path.startsWith('~/') ? join(homeDirectory, path.slice(1)) : path;
}

function notFound(what: string, reason: string): ModelProblem {
  return {
    code: 'memory.model-not-found',
    message: `${what.slice(0, 300).replace(/\p{C}/gu, '?')}: ${reason}.`,
    remedy: 'Check the name, or download the model first: hf download ORGANIZATION/NAME.',
  };
}
