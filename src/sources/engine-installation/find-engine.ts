import path from 'node:path';
import type {EngineInstallation} from '../../engines/engine-installation.ts';
import {versionName} from '../../engines/launch/engine-version.ts';
import {secondsText} from '../../shared/quantities/durations.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {runOnce} from '../nvidia-smi/run-once.ts';
import {environmentOf, readDistribution} from './distribution-version.ts';
import {findIn, isExecutable, pathDirectories} from './executable-files.ts';
import {findContainer} from './find-container.ts';
import type {EngineNotFound, FoundEngine, SearchPlaces} from './found-engine.ts';
import {listEnvironments, type PythonEnvironment} from './python-environments.ts';

/** vLLM takes ten seconds from a cold disk; a start should not wait longer than this. */
const VERSION_TIMEOUT_MS = 20_000;

/**
 * Finds an engine on this host and its version: the configured one, otherwise its program on PATH, in the active
 * environment or in the usual locations, otherwise `python -m` if only the distribution is installed, otherwise an
 * image in docker or podman. Nothing is downloaded.
 */
export async function findEngineInstallation(
  installation: EngineInstallation,
  places: SearchPlaces,
): Promise<Result<FoundEngine, EngineNotFound>> {
  const found = await searchEngine(installation, places);
  if (!found.ok || found.value.version === null) return found;
  return ok({...found.value, version: versionName(found.value.version)});
}

async function searchEngine(
  installation: EngineInstallation,
  places: SearchPlaces,
): Promise<Result<FoundEngine, EngineNotFound>> {
  const searchPath = places.variables['PATH'] ?? '';
  const {program} = installation;
  if (places.container !== null) return findContainer(installation, places.container, searchPath);
  if (places.executable !== null) return findConfigured(installation, places.executable, places);
  const onPath = await findIn(pathDirectories(searchPath), program);
  if (onPath !== null) return ok(await programAt(installation, onPath, 'PATH', searchPath));
  const names = [...new Set([program, ...(installation.distribution === null ? [] : [installation.distribution])])];
  const environments = await listEnvironments(places, names);
  for (const {directory, foundBy} of environments) {
    const file = path.join(directory, 'bin', program);
    if (await isExecutable(file)) return ok(await programAt(installation, file, foundBy, searchPath));
  }
  const usual = (installation.directories ?? []).map((directory) => expandHome(directory, places.homeDirectory));
  const built = await findIn(usual, program);
  if (built !== null) return ok(await programAt(installation, built, path.dirname(built), searchPath));
  const module = await findModule(installation, environments, searchPath);
  if (module !== null) return ok(module);
  const container = await findContainer(installation, null, searchPath);
  return container.ok ? container : err(notFound(installation, places, environments, usual, container.error));
}

async function findConfigured(
  installation: EngineInstallation,
  executable: string,
  {variables, homeDirectory}: SearchPlaces,
): Promise<Result<FoundEngine, EngineNotFound>> {
  const searchPath = variables['PATH'] ?? '';
  const isPath = executable.includes('/');
  const asPath = expandHome(executable, homeDirectory);
  const file = isPath
    ? (await isExecutable(asPath)) && path.isAbsolute(asPath)
      ? asPath
      : null
    : await findIn(pathDirectories(searchPath), executable);
  if (file !== null) return ok(await programAt(installation, file, 'engine.executable', searchPath));
  return err({
    code: 'engine.not-found',
    message: `engine.executable: ${configuredProblem(executable, asPath, searchPath)}`,
    remedy: 'Correct engine.executable in the configuration, or remove it to search for the engine.',
    places: [isPath ? asPath : `PATH: ${searchPath}`],
  });
}

function configuredProblem(executable: string, asPath: string, searchPath: string): string {
  if (!executable.includes('/')) {
    return `there is no program "${executable}" on PATH (${searchPath || 'which is empty'}).`;
  }
  if (!path.isAbsolute(asPath)) return `${executable} is a relative path; use an absolute one.`;
  return `${asPath} does not exist or is not an executable file.`;
}

async function programAt(
  installation: EngineInstallation,
  file: string,
  foundBy: string,
  searchPath: string,
): Promise<FoundEngine> {
  const found = {kind: 'program', path: file, foundBy} as const;
  const {distribution} = installation;
  if (distribution !== null) {
    const environment = (await environmentOf(file, searchPath)) ?? path.dirname(path.dirname(file));
    // Packages that pip installs for one user are not in the Python's own directory.
    for (const root of new Set([environment, path.dirname(path.dirname(file))])) {
      const metadata = await readDistribution(root, distribution);
      if (metadata !== null) return {...found, version: metadata.version, versionSource: metadata.path};
    }
  }
  return {...found, ...(await askVersion(installation, file))};
}

/** Asks the program; reads both streams, because llama.cpp prints its version to stderr. */
async function askVersion(
  {versionArguments, parseVersion}: EngineInstallation,
  file: string,
): Promise<Pick<FoundEngine, 'version' | 'versionSource'>> {
  const question = [file, ...versionArguments].join(' ');
  const answer = await runOnce(file, versionArguments, {timeoutMs: VERSION_TIMEOUT_MS});
  if (answer.kind === 'ended') {
    const version = parseVersion(answer.stdout) ?? parseVersion(answer.stderr);
    if (version !== null) return {version, versionSource: question};
    return {
      version: null,
      versionSource: `${question} exited with ${answer.exitCode === null ? 'a signal' : `code ${answer.exitCode}`} and printed no version`,
    };
  }
  const late = `did not answer within ${secondsText(VERSION_TIMEOUT_MS)}`;
  const reason = answer.kind === 'not-started' ? `could not be started (${answer.code})` : late;
  return {version: null, versionSource: `${question} ${reason}`};
}

async function findModule(
  {pythonModule, distribution}: EngineInstallation,
  environments: readonly PythonEnvironment[],
  searchPath: string,
): Promise<FoundEngine | null> {
  if (pythonModule === null || distribution === null) return null;
  for (const {python, root, foundBy} of await interpreters(environments, searchPath)) {
    const metadata = await readDistribution(root, distribution);
    if (metadata === null) continue;
    const {name: module, droppedArguments} = pythonModule;
    const {version, path: versionSource} = metadata;
    return {kind: 'python-module', python, module, droppedArguments, foundBy, version, versionSource};
  }
  return null;
}

async function interpreters(environments: readonly PythonEnvironment[], searchPath: string) {
  const found: {python: string; root: string; foundBy: string}[] = [];
  for (const directory of pathDirectories(searchPath)) {
    const python = await findIn([directory], 'python3');
    if (python !== null) found.push({python, root: path.dirname(directory), foundBy: 'PATH'});
  }
  for (const {directory, foundBy} of environments) {
    const bin = [path.join(directory, 'bin')];
    const python = (await findIn(bin, 'python3')) ?? (await findIn(bin, 'python'));
    if (python !== null) found.push({python, root: directory, foundBy});
  }
  return found;
}

function notFound(
  installation: EngineInstallation,
  {variables}: SearchPlaces,
  environments: readonly PythonEnvironment[],
  usual: readonly string[],
  container: EngineNotFound,
): EngineNotFound {
  const {program, distribution, images} = installation;
  const [image] = images;
  const active = environments.filter(({directory, foundBy}) => foundBy !== directory).map(({foundBy}) => foundBy);
  const others = environments.length - active.length;
  const inPython = distribution === null ? '' : `, no Python there has ${distribution}`;
  return {
    code: 'engine.not-found',
    message: `There is no program "${program}" on PATH${active.map((name) => `, in ${name}`).join('')} or in ${others} usual locations${inPython}, and ${container.message}`,
    remedy: [
      `Install ${program}, add its directory to PATH, or set engine.executable in the configuration`,
      image === undefined ? '' : `, or engine.container.image: ${image.repository}:TAG`,
      '.',
    ].join(''),
    places: [
      `PATH: ${variables['PATH'] ?? ''}`,
      ...environments.map(({directory}) => path.join(directory, 'bin')),
      ...usual,
      ...container.places,
    ],
  };
}

function expandHome(file: string, homeDirectory: string): string {
  return file.startsWith('~/') ? path.join(homeDirectory, file.slice(2)) : file;
}
