import {existsSync, readdirSync} from 'node:fs';
import path from 'node:path';

const HEADER = '// Generated from the folders next to this file: npm run generate.';

/** Folders of src/engines with an engine: each has a file of the same name that exports it under that name. */
export function engineFolders(enginesDirectory: string): readonly string[] {
  return readdirSync(enginesDirectory, {withFileTypes: true})
    .filter((entry) => entry.isDirectory() && existsSync(path.join(enginesDirectory, entry.name, `${entry.name}.ts`)))
    .map(({name}) => name)
    .sort();
}

/** `src/engines/registry.ts`: every engine, by its folder. */
export function registryText(folders: readonly string[]): string {
  return [
    HEADER,
    "import type {Engine} from './engine.ts';",
    ...folders.map((name) => `import {${name}} from './${name}/${name}.ts';`),
    '',
    '/** Every engine Gantry knows. */',
    `export const engines: readonly Engine[] = [${folders.join(', ')}];`,
    '',
    '/** The engine with this name, as written in settings. */',
    'export function findEngine(name: string): Engine | undefined {',
    '  return engines.find((engine) => engine.name === name);',
    '}',
    '',
  ].join('\n');
}

/** `src/engines/engine-names.ts`: only the names, for code that must not load the engines. */
export function engineNamesText(engines: readonly {readonly name: string; readonly isDefault: boolean}[]): string {
  const defaults = engines.filter(({isDefault}) => isDefault).map(({name}) => name);
  if (defaults.length !== 1) throw new Error(`one engine must be the default, not ${defaults.join(' and ') || 'none'}`);
  return [
    HEADER,
    '/** The names of the engines in settings. */',
    `export const engineNames: readonly string[] = [${engines.map(({name}) => `'${name}'`).join(', ')}];`,
    '/** The default engine of a configuration. */',
    `export const defaultEngineName = '${defaults[0]}';`,
    '',
  ].join('\n');
}
