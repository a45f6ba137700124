// Writes the generated files: JSON Schemas for editors, the linter's layer rules, the map's import table, the list of
// engines, and the pages of the failures that are recognized, of Gantry's own metrics with their dashboard, and
// of the keys of the console.
// With --verify it writes nothing and fails if a file is not up to date.
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {withLayerOverrides} from './biome-configuration.ts';
import {engineFolders, engineNamesText, registryText} from './engine-list.ts';
import {withImportTable} from './import-table.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folders = engineFolders(path.join(root, 'src/engines'));

type Generator = (before: string) => string | Promise<string>;

/**
 * The files in the order in which they are written, and how the text of each is made; `before` is its current text,
 * empty if there is none. Files made from the list of engines come after it.
 */
const generators: Readonly<Record<string, Generator>> = {
  'src/engines/registry.ts': () => registryText(folders),
  'src/engines/engine-names.ts': async () => engineNamesText((await import('../src/engines/registry.ts')).engines),
  '.biome.json': withLayerOverrides,
  'docs/configuration.schema.json': async () =>
    (await import('../src/config/configuration.ts')).configurationJsonSchemaText(),
  'docs/finding-details.schema.json': async () =>
    (await import('./finding-details-schema.ts')).findingDetailsSchemaText(),
  'docs/diagnosis.md': async () => (await import('./diagnosis-page.ts')).diagnosisPageText(),
  'docs/metrics.md': async () => (await import('./metrics-page.ts')).metricsPageText(),
  'docs/grafana.json': async () => (await import('./grafana-dashboard.ts')).grafanaDashboardText(),
  'docs/keys.md': async () => (await import('./key-page.ts')).keyPageText(),
  'layouts/layout.schema.json': async () => (await import('../src/layout/layout-schema.ts')).layoutJsonSchemaText(),
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
let isStale = false;
for (const [file, generate] of Object.entries(generators)) {
  const before = currentText(file);
  const text = await generate(before);
  if (text === before) continue;
  isStale = true;
  if (isVerifying) {
    console.error(`${file} is stale: run "npm run generate".`);
    continue;
  }
  mkdirSync(path.dirname(path.join(root, file)), {recursive: true});
  writeFileSync(path.join(root, file), text);
  console.log(`wrote ${file}`);
}
if (isVerifying && isStale) process.exitCode = 1;
