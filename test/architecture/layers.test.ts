import {execFile} from 'node:child_process';
import {cp, mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {z} from 'zod';
import {knownPackages, type LayerRule, layerRules} from '../../scripts/layer-rules.ts';
import {makeTemporaryDirectory} from '../harness/temporary-directory.ts';
import {
  readSource,
  repositoryRoot,
  type SourceImport,
  sourceFiles,
  sourceFolders,
  sourceImports,
} from './source-tree.ts';

const folders = layerRules.map(({folder}) => folder);
const ruleOf = new Map(layerRules.map((rule) => [rule.folder, rule]));

function forbiddenFolders(rule: LayerRule): readonly string[] {
  return folders.filter((folder) => folder !== rule.folder && !rule.imports.includes(folder));
}

function forbiddenPackages(rule: LayerRule): readonly string[] {
  return knownPackages.filter((name) => !rule.packages.includes(name));
}

describe('the real tree', () => {
  test('is found: a check of no files proves nothing', () => {
    expect(sourceFiles().length).toBeGreaterThan(150);
    expect(sourceImports().length).toBeGreaterThan(500);
  });

  test('has exactly the folders of the table', () => {
    expect(sourceFolders().filter((folder) => !folder.includes('/'))).toEqual([...folders].sort());
  });

  test('has no inner folder named like a layer, which the rules would mistake for the layer', () => {
    const inner = sourceFolders().filter((folder) => folder.includes('/'));
    expect(inner.filter((folder) => folders.includes(path.basename(folder)))).toEqual([]);
  });

  test('imports only what the table allows each folder', () => {
    const violations = sourceImports().filter((found) => !isAllowed(found));
    expect(violations.map(({file, target}) => `${file} -> ${target}`)).toEqual([]);
  });
});

function isAllowed({file, folder, kind, target}: SourceImport): boolean {
  const rule = ruleOf.get(folder);
  if (rule === undefined) return false;
  switch (kind) {
    case 'folder':
      return target === folder || rule.imports.includes(target);
    case 'package':
      return rule.packages.includes(target);
    case 'node':
      return mayUseNode(rule, file);
    case 'outside':
      // The built-in layouts and nothing else lie outside.
      return /^\.\.\/layouts\/[a-z-]+\.json$/.test(target);
  }
}

function mayUseNode(rule: LayerRule, file: string): boolean {
  if (typeof rule.node === 'string') return rule.node === 'all';
  return rule.node.includes(file.slice(rule.folder.length + 1));
}

test('a file that may use Date never reads the current time', () => {
  const files = layerRules.flatMap(({folder, dateFiles = []}) => dateFiles.map((file) => `${folder}/${file}`));
  for (const file of files) expect(readSource(file)).not.toMatch(/Date\.now|new Date\(\)/);
});

test('imports go one way: no folder reaches itself', () => {
  for (const folder of folders) expect(reachableFrom(folder)).not.toContain(folder);
});

function reachableFrom(folder: string): ReadonlySet<string> {
  const reached = new Set<string>();
  const pending = [...(ruleOf.get(folder)?.imports ?? [])];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (reached.has(next)) continue;
    reached.add(next);
    pending.push(...(ruleOf.get(next)?.imports ?? []));
  }
  return reached;
}

test('console and commands never reach what only the supervisor may touch', () => {
  for (const folder of ['tui', 'views', 'client', 'layout']) {
    for (const forbidden of ['supervisor', 'sources', 'engines', 'history']) {
      expect(ruleOf.get(folder)?.imports).not.toContain(forbidden);
    }
  }
});

describe('the linter, over planted files,', () => {
  const {directory, remove} = makeTemporaryDirectory('layers');
  let found: ReadonlyMap<string, readonly string[]>;

  beforeAll(async () => {
    for (const file of ['.biome.json', '.gitignore'])
      await cp(path.join(repositoryRoot, file), path.join(directory, file));
    for (const rule of layerRules) await plant(directory, rule);
    found = await lint(directory);
  });

  afterAll(remove);

  test.each(folders)('finds every violation in src/%s', (folder) => {
    const rule = ruleOf.get(folder);
    if (rule === undefined) throw new Error(`${folder} is not in the table`);
    const expected = [
      ...forbiddenFolders(rule).map((name) => `src/${folder} may not import src/${name}`),
      ...forbiddenPackages(rule).map((name) => `src/${folder} may not import the package ${name}`),
    ];
    const messages = found.get(`src/${folder}/planted/bad.ts`) ?? [];
    for (const message of expected) expect(messages.join('\n')).toContain(`${message}:`);
    expect(messages.some((message) => message.startsWith('lint/correctness/noNodejsModules'))).toBe(
      rule.node !== 'all',
    );
    expect(messages.filter((message) => message.startsWith('lint/style/noRestrictedGlobals'))).toHaveLength(
      rule.isPure ? 3 : 0,
    );
    expect(messages.filter((message) => message.startsWith('lint/style/noRestrictedImports'))).toHaveLength(
      expected.length,
    );
  });

  test.each(folders)('accepts what src/%s may import', (folder) => {
    expect(found.get(`src/${folder}/planted/good.ts`)).toBeUndefined();
  });

  test('accepts that the named file of layout reads files', () => {
    expect(found.get('src/layout/load-layout.ts')).toBeUndefined();
  });
});

async function plant(directory: string, rule: LayerRule): Promise<void> {
  const planted = path.join(directory, 'src', rule.folder, 'planted');
  await mkdir(planted, {recursive: true});
  const bad = [...forbiddenFolders(rule).map((name) => `../../${name}/deep/thing.ts`), ...forbiddenPackages(rule)];
  const world = 'export const world = [readFileSync, Date.now(), process.pid, setTimeout];\n';
  await writeFile(
    path.join(planted, 'bad.ts'),
    `${importLines(bad, 'bad')}import {readFileSync} from 'node:fs';\n${world}`,
  );
  const good = [...rule.imports.map((name) => `../../${name}/deep/thing.ts`), './bad.ts', ...rule.packages];
  await writeFile(path.join(planted, 'good.ts'), importLines(good, 'good'));
  if (typeof rule.node === 'string') return;
  for (const file of rule.node) {
    await writeFile(
      path.join(directory, 'src', rule.folder, file),
      "import {readFileSync} from 'node:fs';\nexport const read = readFileSync;\n",
    );
  }
}

/** Imports that are used, so that nothing but their source can be held against them. */
function importLines(specifiers: readonly string[], prefix: string): string {
  const imports = specifiers.map((specifier, index) => `import {${prefix}${index}} from '${specifier}';\n`).join('');
  const names = specifiers.map((_, index) => `${prefix}${index}`).join(', ');
  return `${imports}export const ${prefix}Things = [${names}];\n`;
}

const reportSchema = z.object({
  diagnostics: z.array(
    z.object({
      category: z.string(),
      message: z.union([z.string(), z.array(z.object({content: z.string()}))]),
      location: z.object({path: z.union([z.string(), z.object({file: z.string()})])}),
    }),
  ),
});

/** Diagnostics of Biome by file: `category: message`. */
async function lint(directory: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const biome = path.join(repositoryRoot, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  const output = await new Promise<string>((resolve) => {
    const args = [biome, 'lint', '--reporter=json', '--max-diagnostics=none', '.'];
    execFile(process.execPath, args, {cwd: directory, maxBuffer: 64 * 1024 * 1024}, (_, stdout) => resolve(stdout));
  });
  const found = new Map<string, string[]>();
  for (const {category, message, location} of reportSchema.parse(JSON.parse(output)).diagnostics) {
    const file = typeof location.path === 'string' ? location.path : location.path.file;
    const text = typeof message === 'string' ? message : message.map(({content}) => content).join('');
    found.set(file, [...(found.get(file) ?? []), `${category}: ${text}`]);
  }
  return found;
}
