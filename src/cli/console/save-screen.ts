import {randomUUID} from 'node:crypto';
import {link, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {errorCode} from '../../shared/error-code.ts';
import {stampText} from '../../shared/quantities/moments.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {makeDirectory} from '../../supervisor/state-dir/ownership/make-directory.ts';
import type {SavedScreen, SaveProblem} from '../../tui/saving/saved-screen.ts';

export type SaveOptions = {
  /** Where the operator is; null where that is unknown. Never created: whoever has removed it wants it gone. */
  readonly current: string | null;
  /** Gantry's own, in its place. Created, accessible only by this user, if it does not exist. */
  readonly own: string;
  readonly nowMs: () => number;
};

/** Names of one second that are tried before giving up. */
const MOST_NAMES = 100;

/**
 * Saves a screen as `gantry-overview-20261123T120000Z.txt`, readable only by its owner. A file that exists is
 * never replaced: the name gets a number. Resolves with the path, in the own directory where the
 * current one is gone or read-only; the error names each directory and why it did not work.
 */
export async function saveScreen(
  screen: SavedScreen,
  {current, own, nowMs}: SaveOptions,
): Promise<Result<string, SaveProblem>> {
  const name = `gantry-${screen.name}-${stampText(nowMs())}`;
  const reasons: string[] = [];
  for (const directory of current === null ? [own] : [current, own]) {
    try {
      if (directory === own) await makeDirectory(own);
      return ok(await writeNew(directory, name, screen));
    } catch (error) {
      const code = errorCode(error) ?? String(error);
      reasons.push(`${directory} (${code === 'ENOENT' ? 'it does not exist' : code})`);
    }
  }
  return err({
    message: `no file could be written in ${reasons.join(' or ')}.`,
    remedy: 'Start the console in a directory that you can write to, with free space.',
  });
}

/** Written whole under another name first: a full disk leaves no half of a file. */
async function writeNew(directory: string, name: string, {extension, content}: SavedScreen): Promise<string> {
  const draft = path.join(directory, `.${name}-${randomUUID()}`);
  try {
    await writeFile(draft, content, {flag: 'wx', mode: 0o600});
    for (let count = 1; count <= MOST_NAMES; count += 1) {
      const file = path.join(directory, `${name}${count === 1 ? '' : `-${count}`}.${extension}`);
      // Unlike a rename, a link never replaces a file.
      const isNew = await link(draft, file).then(
        () => true,
        (error: unknown) => {
          if (errorCode(error) === 'EEXIST') return false;
          throw error;
        },
      );
      if (isNew) return file;
    }
    throw new Error(`${MOST_NAMES} files of this second exist`);
  } finally {
    await rm(draft, {force: true});
  }
}
