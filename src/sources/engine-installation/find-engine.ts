import path from 'node:path';
import type {EngineInstallation} from '../../engines/engine-installation.ts';
import {versionName} from '../../engines/launch/engine-version.ts';
import {secondsText} from '../../shared/quantities/durations.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {runOnce} from '../nvidia-smi/run-once.ts';
import {environmentOf, readDistribution} from './distribution-version.ts';
import {findIn, isExecutable, pathDirectories} from './executable-files.ts';
import {findContainer, versionInTag} from './find-container.ts';
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

/**
 * The version of that engine from files alone: nothing is run, because an engine takes ten seconds to say its version.
 * Null if it is not installed, or if only the program, docker or podman could tell.
 */
export async function readInstalledVersion(
  installation: EngineInstallation,
  places: SearchPlaces,
): Promise<string | null> {
  const version = await packagedVersion(installation, places);
  return version === null ? null : versionName(version);
}

async function packagedVersion(installation: EngineInstallation, places: SearchPlaces): Promise<string | null> {
  const {container, executable} = places;
  if (container !== null) return versionInTag(container.image);
  const searchPath = places.variables['PATH'] ?? '';
  const environments = await likelyEnvironments(installation, places);
  const program =
    executable === null
      ? await findProgram(installation, places, environments)
      : await configuredProgram(executable, places);
  if (program !== null) return (await readMetadata(installation, program.path, searchPath))?.version ?? null;
  return executable === null ? ((await findModule(installation, environments, searchPath))?.version ?? null) : null;
}

async function searchEngine(
  installation: EngineInstallation,
  places: SearchPlaces,
): Promise<Result<FoundEngine, EngineNotFound>> {
  const searchPath = places.variables['PATH'] ?? '';
  if (places.container !== null) return findContainer(installation, places.container, searchPath);
  if (places.executable !== null) return findConfigured(installation, places.executable, places);
  const environments = await likelyEnvironments(installation, places);
  const program = await findProgram(installation, places, environments);
  if (program !== null) return ok(await withVersion(installation, program, searchPath));
  const module = await findModule(installation, environments, searchPath);
  if (module !== null) return ok(module);
  const container = await findContainer(installation, null, searchPath);
  return container.ok ? container : err(notFound(installation, places, environments, container.error));
}

/** A program on this host, and how it was found. */
type Program = {readonly path: string; readonly foundBy: string};

function likelyEnvironments({program, distribution}: EngineInstallation, places: SearchPlaces) {
  return listEnvironments(places, [...new Set([program, ...(distribution === null ? [] : [distribution])])]);
}

async function findProgram(
  installation: EngineInstallation,
  places: SearchPlaces,
  environments: readonly PythonEnvironment[],
): Promise<Program | null> {
  const {program} = installation;
  const onPath = await findIn(pathDirectories(places.variables['PATH'] ?? ''), program);
  if (onPath !== null) return programAt(onPath, 'PATH');
  for (const {directory, foundBy} of environments) {
    const file = path.join(directory, 'bin', program);
    if (await isExecutable(file)) return programAt(file, foundBy);
  }
  const built = await findIn(usualDirectories(installation, places), program);
  return built === null ? null : programAt(built, path.dirname(built));
}

function usualDirectories({directories = []}: EngineInstallation, {homeDirectory}: SearchPlaces): readonly string[] {
  return directories.map((directory) => expandHome(directory, homeDirectory));
}

async function configuredProgram(
  executable: string,
  {variables, homeDirectory}: SearchPlaces,
): Promise<Program | null> {
  if (!executable.includes('/')) {
    const file = await findIn(pathDirectories(variables['PATH'] ?? ''), executable);
    return file === null ? null : programAt(file, 'engine.executable');
  }
  const file = expandHome(executable, homeDirectory);
  return path.isAbsolute(file) && (await isExecutable(file)) ? programAt(file, 'engine.executable') : null;
}

function programAt(file: string, foundBy: string): Program {
  return {path: file, foundBy};
}

async function findConfigured(
  installation: EngineInstallation,
  executable: string,
  places: SearchPlaces,
): Promise<Result<FoundEngine, EngineNotFound>> {
  const searchPath = places.variables['PATH'] ?? '';
  const program = await configuredProgram(executable, places);
  if (program !== null) return ok(await withVersion(installation, program, searchPath));
  const asPath = expandHome(executable, places.homeDirectory);
  return err({
    code: 'engine.not-found',
    message: `engine.executable: ${configuredProblem(executable, asPath, searchPath)}`,
    remedy: 'Correct engine.executable in the configuration, or remove it to search for the engine.',
    places: [executable.includes('/') ? asPath : `PATH: ${searchPath}`],
  });
}

function configuredProblem(executable: string, asPath: string, searchPath: string): string {
  if (!executable.includes('/')) {
    return `there is no program "${executable}" on PATH (${searchPath || 'which is empty'}).`;
  }
  if (!path.isAbsolute(asPath)) return `${executable} is a relative path; use an absolute one.`;
  return `${asPath} does not exist or is not an executable file.`;
}

async function withVersion(
  installation: EngineInstallation,
  program: Program,
  searchPath: string,
): Promise<FoundEngine> {
  const found = {kind: 'program', ...program} as const;
  const metadata = await readMetadata(installation, program.path, searchPath);
  if (metadata !== null) return {...found, version: metadata.version, versionSource: metadata.path};
  return {...found, ...(await askVersion(installation, program.path))};
}

/** The metadata of the distribution that this program belongs to; null if there is none. */
async function readMetadata({distribution}: EngineInstallation, file: string, searchPath: string) {
  if (distribution === null) return null;
  const own = path.dirname(path.dirname(file));
  const environment = (await environmentOf(file, searchPath)) ?? own;
  // Packages that pip installs for one user are not in the Python's own directory.
  for (const root of new Set([environment, own])) {
    const metadata = await readDistribution(root, distribution);
    if (metadata !== null) return metadata;
  }
  return null;
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
  places: SearchPlaces,
  environments: readonly PythonEnvironment[],
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
      `PATH: ${places.variables['PATH'] ?? ''}`,
      ...environments.map(({directory}) => path.join(directory, 'bin')),
      ...usualDirectories(installation, places),
      ...container.places,
    ],
  };
}

function expandHome(file: string, homeDirectory: string): string {
  return file.startsWith('~/') ? path.join(homeDirectory, file.slice(2)) : file;
}
