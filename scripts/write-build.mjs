// Writes a build next to the one that running programs use.
import {mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile} from 'node:fs/promises';
import path from 'node:path';

/** A supervisor of an earlier build loads parts of it long after a newer one was written. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1_000;

/**
 * Writes the files of a build into `directory`. A file that is the same is not written again; another one is replaced in one
 * step, entries last, so that a program that starts meanwhile is either the earlier or the new one. Parts of earlier builds
 * stay for a month after the last build that has them: the time of a file is that of this build.
 *
 * @param {readonly {readonly path: string, readonly contents: Uint8Array}[]} files
 * @param {string} directory
 * @param {number} nowMs
 */
export async function writeBuild(files, directory, nowMs) {
  await mkdir(directory, {recursive: true});
  const isPart = (file) => path.basename(file.path).startsWith('chunk-');
  for (const file of [...files.filter(isPart), ...files.filter((file) => !isPart(file))]) await replace(file, nowMs);
  const names = new Set(files.map((file) => path.basename(file.path)));
  for (const name of await readdir(directory)) {
    const found = path.join(directory, name);
    if (!names.has(name) && nowMs - (await stat(found)).mtimeMs > KEPT_MS) await rm(found, {recursive: true});
  }
}

async function replace(file, nowMs) {
  const present = await readFile(file.path).catch(() => null);
  const touch = (name) => utimes(name, nowMs / 1_000, nowMs / 1_000);
  // Only its owner may set the time of a file: one of another user is replaced by an equal one.
  if (
    present?.equals(file.contents) &&
    (await touch(file.path).then(
      () => true,
      () => false,
    ))
  )
    return;
  const fresh = `${file.path}.new-${process.pid}`;
  await writeFile(fresh, file.contents);
  await touch(fresh);
  await rename(fresh, file.path);
}
