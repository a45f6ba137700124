import path from 'node:path';
import type {Directories} from './directories.ts';

/** Files and directories that only Gantry makes, or that an operator makes for it. */
const ownNames: readonly RegExp[] = [
  /^journal\.jsonl/,
  /^supervisor\.(?:lock|log)/,
  /^(?:runs|incidents|simulated-node|engine-cache)$/,
  /^history\.sqlite/,
  /^gantry\.(?:sock|yaml)$/,
  /^(?:api|digest)-key$/,
  /^gantry-stop-/,
  /^last-end\.json/,
];
/** Of a file system, not of a program. */
const LOST_AND_FOUND = 'lost+found';

/**
 * True for an empty directory, one named `gantry`, and one with something of Gantry in it.
 *
 * @param names - what is in it
 * @param known - what else may be: Gantry's directories inside each other
 */
export function areOurs(directory: string, names: readonly string[], known: ReadonlySet<string>): boolean {
  if (path.basename(directory) === 'gantry') return true;
  const present = names.filter((name) => name !== LOST_AND_FOUND);
  return present.length === 0 || present.some((name) => known.has(name) || ownNames.some((own) => own.test(name)));
}

/** Names of Gantry's directories that are inside another one of them. */
export function namesBelow({configDir, stateDir, dataDir, runtimeDir}: Directories): ReadonlySet<string> {
  const all = [configDir, stateDir, dataDir, runtimeDir];
  return new Set(
    all.flatMap((outer) =>
      all.flatMap((inner) =>
        inner.startsWith(`${outer}/`) ? [inner.slice(outer.length + 1).split('/', 1)[0] ?? ''] : [],
      ),
    ),
  );
}
