import {open} from 'node:fs/promises';
import {join} from 'node:path';
import overview from '../../layouts/overview.json' with {type: 'json'};
import {errorCode} from '../shared/error-code.ts';
import {kibText} from '../shared/quantities/bytes.ts';
import {err, type Result} from '../shared/result.ts';
import type {Layout} from './layout-schema.ts';
import {checkLayout, type LayoutError, parseLayout} from './parse-layout.ts';

/** Larger than any layout a screen can show. */
const MAX_FILE_BYTES = 64 * 1024;

const builtInLayouts: Readonly<Record<string, unknown>> = {overview};

/** Names of the built-in layouts. */
export const builtInLayoutNames: readonly string[] = Object.keys(builtInLayouts);

/**
 * The layout called `name`: the user's `<userDirectory>/layouts/<name>.json` if it exists, otherwise the built-in one.
 * An unreadable or invalid user file is an error, never silently replaced; use `builtInLayout` as fallback.
 */
export async function loadLayout(input: {
  readonly userDirectory: string | null;
  readonly name: string;
}): Promise<Result<Layout, LayoutError>> {
  const {userDirectory, name} = input;
  if (userDirectory === null || !/^[a-z][a-z0-9-]*$/.test(name)) return builtInLayout(name);
  const path = join(userDirectory, 'layouts', `${name}.json`);
  try {
    const text = await readBounded(path);
    if (text === null) {
      return err({
        code: 'layout.invalid',
        message: `${path}: at the top: the file is larger than ${kibText(MAX_FILE_BYTES)}`,
        remedy: 'Make the layout smaller, or remove the file to use the built-in layout.',
      });
    }
    return parseLayout(text, path);
  } catch (error) {
    if (isMissingFile(error)) return builtInLayout(name);
    const detail = error instanceof Error ? error.message : String(error);
    return err({
      code: 'layout.unreadable',
      message: `${path} cannot be read: ${detail}`,
      remedy: 'Correct its permissions, or remove it to use the built-in layout.',
    });
  }
}

/** A built-in layout. */
export function builtInLayout(name: string): Result<Layout, LayoutError> {
  const json = Object.hasOwn(builtInLayouts, name) ? builtInLayouts[name] : undefined;
  if (json === undefined) {
    return err({
      code: 'layout.unknown',
      message: `There is no layout "${name}".`,
      remedy: `Use one of: ${builtInLayoutNames.join(', ')}; or add layouts/${name}.json to the configuration directory.`,
    });
  }
  return checkLayout(json, `built-in layout ${name}`);
}

/** The file's text, or null if it is too large for a layout. */
async function readBounded(path: string): Promise<string | null> {
  await using file = await open(path, 'r');
  const {buffer, bytesRead} = await file.read(Buffer.alloc(MAX_FILE_BYTES + 1), 0, MAX_FILE_BYTES + 1, 0);
  return bytesRead > MAX_FILE_BYTES ? null : buffer.subarray(0, bytesRead).toString('utf8');
}

function isMissingFile(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '');
}
