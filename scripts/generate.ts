// Writes what is generated from the source: JSON Schemas for editors, the linter's layer rules, the map's import table.
// With --verify it writes nothing and fails when a file is not what the source says.
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {configurationJsonSchemaText} from '../src/config/json-schema.ts';
import {layoutJsonSchemaText} from '../src/layout/json-schema.ts';
import {withLayerOverrides} from './biome-configuration.ts';
import {withImportTable} from './import-table.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The files, and how each one's text comes about; `before` is what is there now, empty where nothing is. */
const generators: Readonly<Record<string, (before: string) => string>> = {
  '.biome.json': withLayerOverrides,
  'docs/configuration.schema.json': configurationJsonSchemaText,
  'layouts/layout.schema.json': layoutJsonSchemaText,
  'src/README.md': withImportTable,
};

function currentText(file: string): string {
  try {
    return readFileSync(path.join(root, file), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

const isVerifying = process.argv.includes('--verify');
const stale = Object.entries(generators).flatMap(([file, generate]) => {
  const before = currentText(file);
  const text = generate(before);
  return text === before ? [] : [{file, text}];
});
for (const {file, text} of stale) {
  if (isVerifying) {
    console.error(`${file} is stale: run "npm run generate".`);
    continue;
  }
  mkdirSync(path.dirname(path.join(root, file)), {recursive: true});
  writeFileSync(path.join(root, file), text);
  console.log(`wrote ${file}`);
}
if (isVerifying && stale.length > 0) process.exitCode = 1;
