import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

export const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url));
const sourceRoot = path.join(repositoryRoot, 'src');

/** One import in the real tree. `target` is a folder of src/, or a package, or a module of Node. */
export type SourceImport = {
  /** Path below src/. */
  readonly file: string;
  readonly folder: string;
  readonly kind: 'folder' | 'package' | 'node' | 'outside';
  readonly target: string;
};

/** Every source file below src/, as paths with forward slashes. */
export function sourceFiles(): readonly string[] {
  return readdirSync(sourceRoot, {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => path.relative(sourceRoot, path.join(entry.parentPath, entry.name)))
    .sort();
}

/** The text of a source file, by its path below src/. */
export function readSource(file: string): string {
  return readFileSync(path.join(sourceRoot, file), 'utf8');
}

/** Every folder below src/ that holds a source file, itself or further down: `domain`, `domain/memory`. */
export function sourceFolders(): readonly string[] {
  const folders = sourceFiles().flatMap((file) => {
    const parts = path.dirname(file).split('/');
    return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  });
  return [...new Set(folders)].sort();
}

/** Every import, export-from and dynamic import of the real tree. */
export function sourceImports(): readonly SourceImport[] {
  return sourceFiles().flatMap((file) => {
    const text = readSource(file);
    const specifiers = [...text.matchAll(/(?:\bfrom\s+|\bimport\s*\(\s*|\bimport\s+)'([^']+)'/g)];
    return specifiers.map(([, specifier = '']) => importOf(file, specifier));
  });
}

function importOf(file: string, specifier: string): SourceImport {
  const folder = file.split('/')[0] ?? file;
  if (specifier.startsWith('node:')) return {file, folder, kind: 'node', target: specifier};
  if (!specifier.startsWith('.')) {
    const parts = specifier.split('/');
    return {file, folder, kind: 'package', target: parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/')};
  }
  const target = path.relative(sourceRoot, path.resolve(sourceRoot, path.dirname(file), specifier));
  if (target.startsWith('..')) return {file, folder, kind: 'outside', target};
  return {file, folder, kind: 'folder', target: target.split('/')[0] ?? target};
}
