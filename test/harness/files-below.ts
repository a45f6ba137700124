import {type Dirent, readdirSync, readFileSync, statSync} from 'node:fs';
import path from 'node:path';
import {errorCode} from '../../src/shared/error-code.ts';

/** A regular file as it was read. */
export interface FileBelow {
  readonly name: string;
  readonly bytes: Buffer;
  /** Permission bits, such as 0o600. */
  readonly mode: number;
}

/** What the call gives; null if the file or directory is no longer there. Other errors are thrown. */
function ifThere<Result>(call: () => Result): Result | null {
  try {
    return call();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/**
 * Every regular file below a directory, by its full path. Running processes may write there meanwhile: a file that they
 * replace or remove between the listing and the read is left out.
 */
export function filesBelow(directory: string): readonly FileBelow[] {
  const entries: readonly Dirent[] = ifThere(() => readdirSync(directory, {withFileTypes: true})) ?? [];
  return entries.flatMap((entry) => {
    const name = path.join(directory, entry.name);
    if (entry.isDirectory()) return filesBelow(name);
    if (!entry.isFile()) return [];
    const file = ifThere(() => ({name, bytes: readFileSync(name), mode: statSync(name).mode & 0o777}));
    return file === null ? [] : [file];
  });
}
