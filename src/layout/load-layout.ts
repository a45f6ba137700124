import {constants} from 'node:fs';
import {open, readdir} from 'node:fs/promises';
import {join} from 'node:path';
import cost from '../../layouts/cost.json' with {type: 'json'};
import engine from '../../layouts/engine.json' with {type: 'json'};
import gpus from '../../layouts/gpus.json' with {type: 'json'};
import latency from '../../layouts/latency.json' with {type: 'json'};
import overview from '../../layouts/overview.json' with {type: 'json'};
import wall from '../../layouts/wall.json' with {type: 'json'};
import {errorCode} from '../shared/error-code.ts';
import {kibText} from '../shared/quantities/bytes.ts';
import {err, ok, type Result} from '../shared/result.ts';
import {type WrittenLayout, withDefaults} from './layout-defaults.ts';
import type {Layout} from './layout-schema.ts';
import type {LayoutError} from './parse-layout.ts';

/** Larger than any layout a screen can show. */
const MAX_FILE_BYTES = 64 * 1024;

const builtInLayouts: ReadonlyMap<string, object> = new Map(
  Object.entries({overview, gpus, engine, latency, cost, wall}),
);

/** Names of the built-in layouts. */
export const builtInLayoutNames: readonly string[] = [...builtInLayouts.keys()];

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
    return (await import('./parse-layout.ts')).parseLayout(text, path);
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

/** The layout of a screen by its name. */
export type LayoutOf = (screen: ScreenLayoutName) => Layout;
export type ScreenLayoutName = 'overview' | 'gpus' | 'engine' | 'latency' | 'cost';

/**
 * The layouts of all screens: the user's where there is one, otherwise the built-in one, which is read when its screen is
 * shown first. `name` is that of the first screen. An error as with `loadLayout`.
 */
export async function loadLayouts(input: {
  readonly userDirectory: string | null;
  readonly name: string;
}): Promise<Result<LayoutOf, LayoutError>> {
  const first = await loadLayout(input);
  if (!first.ok) return first;
  const loaded = new Map<string, Layout>();
  for (const name of await userLayoutNames(input.userDirectory)) {
    const layout = await loadLayout({userDirectory: input.userDirectory, name});
    if (!layout.ok) return layout;
    loaded.set(name, layout.value);
  }
  loaded.set('overview', first.value);
  return ok(layoutsWith(loaded));
}

/** These layouts, and for the other screens the built-in ones. */
export function layoutsWith(loaded: Map<string, Layout>): LayoutOf {
  return (name) => {
    const known = loaded.get(name);
    if (known !== undefined) return known;
    const builtIn = builtInLayout(name);
    if (!builtIn.ok) throw new Error(builtIn.error.message);
    loaded.set(name, builtIn.value);
    return builtIn.value;
  };
}

/** The screens for which the user has a file. */
async function userLayoutNames(userDirectory: string | null): Promise<readonly string[]> {
  if (userDirectory === null) return [];
  try {
    const files = new Set(await readdir(join(userDirectory, 'layouts')));
    return builtInLayoutNames.filter((name) => name !== 'overview' && files.has(`${name}.json`));
  } catch {
    // Without the directory there is none; one that cannot be read was an error of the first layout.
    return [];
  }
}

/** A built-in layout. */
export function builtInLayout(name: string): Result<Layout, LayoutError> {
  const json = builtInLayouts.get(name);
  if (json === undefined) {
    return err({
      code: 'layout.unknown',
      message: `There is no layout "${name}".`,
      remedy: `Use one of: ${builtInLayoutNames.join(', ')}; or add layouts/${name}.json to the configuration directory.`,
    });
  }
  // Loading a schema takes longer than drawing the screen: these have passed it in the tests.
  const written: WrittenLayout = JSON.parse(JSON.stringify(json));
  return ok(withDefaults(written));
}

/** The file's text, or null if it is too large for a layout. Rejects for what cannot be read. */
async function readBounded(path: string): Promise<string | null> {
  // Without waiting: a pipe that nobody writes to would never open.
  await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const status = await file.stat();
  if (status.isFIFO() || status.isSocket()) throw new Error('it is a pipe');
  const {buffer, bytesRead} = await file.read(Buffer.alloc(MAX_FILE_BYTES + 1), 0, MAX_FILE_BYTES + 1, 0);
  return bytesRead > MAX_FILE_BYTES ? null : buffer.subarray(0, bytesRead).toString('utf8');
}

function isMissingFile(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '');
}
