// Writes a build next to the one that running programs use.
import {mkdir, readdir, readFile, rename, rm, stat, writeFile} from 'node:fs/promises';
import path from 'node:path';

/** A supervisor of an earlier build loads parts of it long after a newer one was written. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1_000;

/**
 * Writes the files of a build into `directory`. A file that is the same stays untouched; another one is replaced in one step,
 * entries last, so that a program that starts meanwhile is either the earlier or the new one. Parts of earlier builds stay
 * until they are a month old.
 *
 * @param {readonly {readonly path: string, readonly contents: Uint8Array}[]} files
 * @param {string} directory
 * @param {number} nowMs
 */
export async function writeBuild(files, directory, nowMs) {
  await mkdir(directory, {recursive: true});
  const isPart = (file) => path.basename(file.path).startsWith('chunk-');
  for (const file of [...files.filter(isPart), ...files.filter((file) => !isPart(file))]) await replace(file);
  const names = new Set(files.map((file) => path.basename(file.path)));
  for (const name of await readdir(directory)) {
    const found = path.join(directory, name);
    if (!names.has(name) && nowMs - (await stat(found)).mtimeMs > KEPT_MS) await rm(found, {recursive: true});
  }
}

async function replace(file) {
  const present = await readFile(file.path).catch(() => null);
  if (present?.equals(file.contents)) return;
  const fresh = `${file.path}.new-${process.pid}`;
  await writeFile(fresh, file.contents);
  await rename(fresh, file.path);
}
