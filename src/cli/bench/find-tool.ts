import path from 'node:path';
import {toEngineChoice} from '../../config/configuration.ts';
import type {BenchTool} from '../../engines/bench/bench-tool.ts';
import {guidellm} from '../../engines/bench/guidellm.ts';
import type {Engine} from '../../engines/engine.ts';
import {hasPythonModule} from '../../sources/engine-installation/distribution-version.ts';
import {findIn, isExecutable, pathDirectories} from '../../sources/engine-installation/executable-files.ts';
import {findEngineInstallation} from '../../sources/engine-installation/find-engine.ts';
import type {FoundEngine} from '../../sources/engine-installation/found-engine.ts';
import {searchPlaces} from '../../supervisor/launch/installed-engines.ts';
import type {Wiring} from '../wiring.ts';

/** A tool on this host, and the words that start it before its arguments. */
export type FoundTool = {readonly tool: BenchTool; readonly words: readonly string[]; readonly version: string | null};

/** What the command line chooses. */
export type BenchChoice = 'engine' | 'guidellm' | 'own';

/** The first of the engine's tools that is on this host, else guidellm; null for none, and for `own`. */
export async function findBenchTool(
  engine: Engine,
  {configuration, environment}: Pick<Wiring, 'configuration' | 'environment'>,
  choice: BenchChoice | undefined,
): Promise<FoundTool | null> {
  const tools = [...(choice === 'guidellm' ? [] : engine.benchTools), ...(choice === 'engine' ? [] : [guidellm])];
  if (choice === 'own') return null;
  const places = searchPlaces(engine, toEngineChoice(configuration), environment);
  const found = await findEngineInstallation(engine.installation, places);
  const installed = found.ok ? found.value : null;
  for (const tool of tools) {
    const words = await wordsOf(tool, installed, environment['PATH'] ?? '');
    if (words !== null) return {tool, words, version: versionOf(tool, installed)};
  }
  return null;
}

async function wordsOf(
  {place}: BenchTool,
  engine: FoundEngine | null,
  searchPath: string,
): Promise<readonly string[] | null> {
  if (place.kind === 'program') {
    const near = engine?.kind === 'program' ? [path.dirname(engine.path)] : [];
    const file = await findIn([...near, ...pathDirectories(searchPath)], place.program);
    return file === null ? null : [file];
  }
  if (engine === null || engine.kind === 'container' || engine.kind === 'stand-in') return null;
  if (place.kind === 'engine-program') {
    return engine.kind === 'program' ? [engine.path] : [engine.python, '-m', engine.module];
  }
  const python = engine.kind === 'python-module' ? engine.python : path.join(path.dirname(engine.path), 'python3');
  if (!(await isExecutable(python))) return null;
  const environment = path.dirname(path.dirname(python));
  const isThere = place.isInEveryVersion || (await hasPythonModule(environment, place.module));
  return isThere ? [python, '-m', place.module] : null;
}

/** Tools of the engine have its version. */
function versionOf({place}: BenchTool, engine: FoundEngine | null): string | null {
  return place.kind === 'program' ? null : (engine?.version ?? null);
}
