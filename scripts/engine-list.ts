import {existsSync, readdirSync} from 'node:fs';
import path from 'node:path';

/** Folders of src/engines that hold an engine: each has a file of its own name that exports it by that name. */
export function engineFolders(enginesDirectory: string): readonly string[] {
  return readdirSync(enginesDirectory, {withFileTypes: true})
    .filter((entry) => entry.isDirectory() && existsSync(path.join(enginesDirectory, entry.name, `${entry.name}.ts`)))
    .map(({name}) => name)
    .sort();
}

/** `src/engines/engine-list.ts`: every engine, by its folder. */
export function engineListText(folders: readonly string[]): string {
  return [
    '// Generated from the folders beside this file: npm run generate.',
    ...['./engine.ts', ...folders.map((name) => `./${name}/${name}.ts`)].map((file, index) =>
      index === 0 ? `import type {Engine} from '${file}';` : `import {${folders[index - 1]}} from '${file}';`,
    ),
    '',
    '/** Every engine Gantry knows. */',
    `export const engines: readonly Engine[] = [${folders.join(', ')}];`,
    '',
  ].join('\n');
}

/** `src/engines/engine-names.ts`: their names alone, for what must not load them. */
export function engineNamesText(folders: readonly string[]): string {
  return [
    '// Generated from the folders beside this file: npm run generate.',
    '/** The words that settings know the engines by. */',
    `export const engineNames: readonly string[] = [${folders.map((name) => `'${name}'`).join(', ')}];`,
    '',
  ].join('\n');
}
