import path from 'node:path';
import {expect, test} from 'vitest';
import {bundle} from '../../scripts/bundle.mjs';

const {outputs} = (await bundle()).metafile;

/** Everything that Node reads before the first line of this file runs: it and what it imports, not what it may import later. */
function loadedWith(file: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const {path: imported, kind} of outputs[file]?.imports ?? []) {
    if (kind === 'import-statement' && outputs[imported] !== undefined) loadedWith(imported, seen);
  }
  return seen;
}

function sourcesOf(files: ReadonlySet<string>): readonly string[] {
  return [...files].flatMap((file) =>
    Object.entries(outputs[file]?.inputs ?? {}).flatMap(([source, {bytesInOutput}]) =>
      bytesInOutput > 0 ? [source] : [],
    ),
  );
}

function packagesOf(sources: readonly string[]): readonly string[] {
  const packages = sources.flatMap((source) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1] ?? []);
  return [...new Set(packages)].toSorted();
}

const fileOf = (source: string) => Object.keys(outputs).find((file) => outputs[file]?.entryPoint === source) ?? '';
const entry = fileOf('src/cli/main.ts');

test('an answer of a running supervisor is printed without a package', () => {
  const loaded = loadedWith(entry);
  expect(sourcesOf(loaded)).toContain('src/cli/quick/run-quick.ts');
  expect(packagesOf(sourcesOf(loaded))).toEqual([]);
  expect(sourcesOf(loaded).filter((source) => /^src\/(?:config\/schema|history|tui\/(?!theme))/.test(source))).toEqual(
    [],
  );
});

test('what it loads is small', () => {
  const bytes = [...loadedWith(entry)].reduce((sum, file) => sum + (outputs[file]?.bytes ?? 0), 0);
  expect(bytes).toBeLessThan(60_000);
});

test('the first frame of the console is drawn without parsers of the command line and of YAML, and before Ink is loaded', () => {
  const sources = sourcesOf(loadedWith(fileOf('src/cli/quick/quick-console.ts')));
  expect(sources).toContain('src/tui/draw-console.ts');
  expect(packagesOf(sources)).toEqual(['zod']);
  expect(sources.filter((source) => /open-pager|save-screen|src\/sources\/log/.test(source))).toEqual([]);
  expect(sourcesOf(loadedWith(fileOf('src/tui/console.tsx')))).toContain('node_modules/ink/build/ink.js');
});

test('of zod only what is used is bundled', () => {
  const zodFiles = new Set(Object.values(outputs).flatMap(({inputs}) => Object.keys(inputs)));
  const locales = [...zodFiles].filter((file) => file.includes('/zod/v4/locales/')).map((file) => path.basename(file));
  expect(locales).toEqual(['en.js']);
});

test("no program imports Node's HTTP module, whose exports load a second client", () => {
  const importing = Object.entries(outputs).filter(([, {imports}]) =>
    imports.some(({path: imported, kind}) => kind === 'import-statement' && /^(?:node:)?https?$/.test(imported)),
  );
  expect(importing.map(([file]) => file)).toEqual([]);
});
