import {constants} from 'node:fs';
import {open, readFile, stat} from 'node:fs/promises';
import path from 'node:path';
import {findIn, pathDirectories} from './executable-files.ts';
import {namesIn} from './python-environments.ts';

/** A Python distribution, from its metadata. */
export type Distribution = {readonly version: string /** The metadata's directory. */; readonly path: string};

const FIRST_BYTES = 1024;
const MOST_PYVENV_BYTES = 64 * 1024;

/**
 * The version of a distribution in an environment, from its metadata, without starting Python, which takes ten seconds
 * for an engine. The newest counts if there are several. Null if the environment does not have it.
 */
export async function readDistribution(environment: string, distribution: string): Promise<Distribution | null> {
  const wanted = normalized(distribution);
  const found: (Distribution & {readonly modifiedMs: number})[] = [];
  for (const directory of await packageDirectories(environment)) {
    for (const name of await namesIn(directory)) {
      const match = /^(?<name>.+?)-(?<version>\d[^-]*)\.dist-info$/.exec(name);
      const version = match?.groups?.['version'];
      if (version === undefined || normalized(match?.groups?.['name'] ?? '') !== wanted) continue;
      const modifiedMs = await modifiedAt(path.join(directory, name, 'METADATA'));
      if (modifiedMs !== null) found.push({version, path: path.join(directory, name), modifiedMs});
    }
  }
  const [newest] = found.toSorted((a, b) => b.modifiedMs - a.modifiedMs);
  return newest === undefined ? null : {version: newest.version, path: newest.path};
}

/** True if a module is among the packages of an environment: `sglang.bench_serving`. Those of a source tree are not found. */
export async function hasPythonModule(environment: string, module: string): Promise<boolean> {
  const file = `${module.replaceAll('.', '/')}.py`;
  for (const directory of await packageDirectories(environment)) {
    if ((await modifiedAt(path.join(directory, file))) !== null) return true;
  }
  return false;
}

/** The directories with an environment's packages, including the system's if the environment uses them. */
async function packageDirectories(environment: string): Promise<readonly string[]> {
  const own = await packageDirectoriesOf(environment);
  const base = await systemEnvironment(environment);
  return base === null ? own : [...own, ...(await packageDirectoriesOf(base))];
}

async function packageDirectoriesOf(environment: string): Promise<readonly string[]> {
  // A system Python keeps manually installed packages separate.
  const roots = environment === '/usr' ? ['/usr/local', '/usr'] : [environment];
  const found: string[] = [];
  for (const root of roots) {
    for (const library of [path.join(root, 'lib'), path.join(root, 'lib64')]) {
      const versions = (await namesIn(library)).filter((name) => /^python3(?:\.\d+t?)?$/.test(name));
      for (const version of versions) {
        found.push(path.join(library, version, 'site-packages'), path.join(library, version, 'dist-packages'));
      }
    }
  }
  return found;
}

/** The base environment whose packages a virtual environment uses; null if it does not. */
async function systemEnvironment(environment: string): Promise<string | null> {
  try {
    const file = path.join(environment, 'pyvenv.cfg');
    const found = await stat(file);
    if (!found.isFile() || found.size > MOST_PYVENV_BYTES) return null;
    const text = await readFile(file, 'utf8');
    const values = valuesOf(text);
    const bin = values.get('home');
    if (values.get('include-system-site-packages')?.toLowerCase() !== 'true') return null;
    return bin?.startsWith('/') === true ? path.dirname(bin) : null;
  } catch {
    // No virtual environment, or no read permission.
    return null;
  }
}

/** The `key = value` lines of a pyvenv.cfg; keys in lower case. */
function valuesOf(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split('\n').flatMap((line) => {
      const equals = line.indexOf('=');
      return equals < 0 ? [] : [[line.slice(0, equals).trim().toLowerCase(), line.slice(equals + 1).trim()] as const];
    }),
  );
}

/**
 * The environment whose Python runs a program, by its first line: `#!/opt/venv/bin/python`, `#!/usr/bin/env python3`,
 * or the two lines that installers write for long paths. Null for a program that is not a Python script.
 */
export async function environmentOf(program: string, searchPath: string): Promise<string | null> {
  const text = await readStart(program);
  if (!text.startsWith('#!')) return null;
  const [first = ''] = text.slice(2).split('\n');
  const words = first.trim().split(/\s+/);
  const [interpreter = ''] = words;
  if (isPython(interpreter)) return rootOf(interpreter);
  if (path.basename(interpreter) === 'env') {
    const name = words.slice(1).find((word) => !word.startsWith('-') && !word.includes('='));
    const python = name !== undefined && isPython(name) ? await findIn(pathDirectories(searchPath), name) : null;
    return python === null ? null : rootOf(python);
  }
  const long = /^'''exec'[ \t]+(?:"(?<quoted>\/[^"\n]*)"|(?<plain>\/[^\s"]*))[ \t]+"\$0"/m.exec(text)?.groups;
  const python = long?.['quoted'] ?? long?.['plain'];
  return python === undefined || !isPython(python) ? null : rootOf(python);
}

function isPython(interpreter: string): boolean {
  return /^python[\d.]*t?$/.test(path.basename(interpreter));
}

/** Never the real path: in a virtual environment the interpreter is a link to the system's. */
function rootOf(python: string): string {
  return path.dirname(path.dirname(python));
}

async function readStart(file: string): Promise<string> {
  try {
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const {buffer, bytesRead} = await handle.read(Buffer.alloc(FIRST_BYTES), 0, FIRST_BYTES, 0);
      return buffer.subarray(0, bytesRead).toString('utf8');
    } finally {
      await handle.close();
    }
  } catch {
    // A program that is executable but not readable: nothing is known about it.
    return '';
  }
}

async function modifiedAt(file: string): Promise<number | null> {
  try {
    return (await stat(file)).mtimeMs;
  } catch {
    return null;
  }
}

/** PEP 503: names that differ only in case and these characters are equal. */
function normalized(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, '-');
}
