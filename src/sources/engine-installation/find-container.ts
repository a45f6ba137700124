import type {ContainerImage, EngineInstallation} from '../../engines/engine-installation.ts';
import {type ContainerClient, containerClients} from '../../engines/launch/container-command.ts';
import {secondsText} from '../../shared/quantities/durations.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {runOnce} from '../nvidia-smi/run-once.ts';
import {findIn, pathDirectories} from './executable-files.ts';
import type {ContainerChoice, EngineNotFound, FoundEngine} from './found-engine.ts';

/** Time limit for a container client; a slower daemon is not used to start an engine. */
const CLIENT_TIMEOUT_MS = 5_000;

/** Tags of images that are for other hardware, or without a server. */
const otherHardware = /(?:^|-)(?:rocm|vulkan|intel|musa|xpu|cpu|light)/;

type Client = {readonly name: ContainerClient; readonly path: string};

/**
 * An image of the engine that a client on this host has: the configured one, otherwise the newest published one by its
 * tag. Queried with a time limit; nothing is downloaded.
 */
export async function findContainer(
  installation: EngineInstallation,
  choice: ContainerChoice | null,
  searchPath: string,
): Promise<Result<FoundEngine, EngineNotFound>> {
  const clients = await findClients(choice, searchPath);
  const wanted = choice === null ? containerClients : [choice.client ?? containerClients].flat();
  if (clients.length === 0) return err(problem(`there is no ${wanted.join(' and no ')} on PATH.`, choice, wanted));
  const complaints: string[] = [];
  for (const client of clients) {
    const found =
      choice === null ? await findPublished(installation, client) : await inspect(installation, client, choice);
    if (found.ok) return found;
    complaints.push(found.error);
  }
  return err(problem(`${complaints.join('; ')}.`, choice, wanted));
}

async function findClients(choice: ContainerChoice | null, searchPath: string): Promise<readonly Client[]> {
  const found: Client[] = [];
  for (const name of containerClients) {
    if (choice !== null && choice.client !== null && choice.client !== name) continue;
    const file = await findIn(pathDirectories(searchPath), name);
    if (file !== null) found.push({name, path: file});
  }
  return found;
}

async function findPublished({images}: EngineInstallation, client: Client): Promise<Result<FoundEngine, string>> {
  const listed = await ask(client, ['image', 'ls', '--format', '{{.Repository}}:{{.Tag}}']);
  if (!listed.ok) return listed;
  const present = listed.value.split('\n').map((line) => line.trim());
  const candidates = present
    .filter((line) => !line.includes('<none>') && !otherHardware.test(tagOf(line)))
    .flatMap((reference) => {
      const image = images.find((published) => isOf(reference, published));
      return image === undefined ? [] : [{reference, image, version: versionInTag(reference)}];
    })
    .toSorted((a, b) => byCards(b.reference) - byCards(a.reference) || compareVersions(b.version, a.version));
  const [best] = candidates;
  if (best === undefined) {
    return err(`${client.name} has no image ${images.map(({repository}) => repository).join(' or ') || 'of it'}`);
  }
  const {reference, image} = best;
  return ok({...(await containerOf(client, reference, image.entrypoint)), foundBy: `${client.name} image ls`});
}

async function inspect(
  {images, program}: EngineInstallation,
  client: Client,
  choice: ContainerChoice,
): Promise<Result<FoundEngine, string>> {
  const inspected = await ask(client, ['image', 'inspect', '--format', '{{.Id}}', choice.image]);
  if (!inspected.ok) return inspected;
  const published = images.find((image) => isOf(choice.image, image));
  const container = await containerOf(client, choice.image, published?.entrypoint ?? program);
  return ok({...container, extraArguments: choice.arguments, foundBy: 'engine.container'});
}

async function containerOf(client: Client, image: string, entrypoint: string) {
  const container = {
    kind: 'container',
    client: client.name,
    clientPath: client.path,
    image,
    entrypoint,
    extraArguments: [],
  } as const;
  const tagged = versionInTag(image);
  if (tagged !== null) return {...container, version: tagged, versionSource: `the tag of ${image}`};
  const label = '{{index .Config.Labels "org.opencontainers.image.version"}}';
  const labelled = await ask(client, ['image', 'inspect', '--format', label, image]);
  const version = labelled.ok ? versionInTag(`:${labelled.value.trim()}`) : null;
  if (version !== null) return {...container, version, versionSource: `the label of ${image}`};
  return {...container, version: null, versionSource: `no version in the tag or label of ${image}`};
}

/** The output of a client, or the reason for its failure. */
async function ask(client: Client, words: readonly string[]): Promise<Result<string, string>> {
  const answer = await runOnce(client.path, words, {timeoutMs: CLIENT_TIMEOUT_MS});
  if (answer.kind === 'ended' && answer.exitCode === 0) return ok(answer.stdout);
  if (answer.kind === 'ended') {
    const [firstLine = ''] = answer.stderr.trim().split('\n', 1);
    const problem = firstLine.trimEnd().replace(/[.?!]$/, '');
    return err(
      problem === ''
        ? `${client.name} exited with code ${answer.exitCode} without output`
        : `${client.name} failed: ${problem.slice(0, 300)}`,
    );
  }
  if (answer.kind === 'not-started') return err(`${client.path} could not be started (${answer.code})`);
  return err(`${client.name} did not answer within ${secondsText(CLIENT_TIMEOUT_MS)}`);
}

/** True for a reference to this image; podman prepends the registry. */
function isOf(reference: string, {repository}: ContainerImage): boolean {
  const name = withoutDigest(reference).replace(/:[^:/]*$/, '');
  return name === repository || name.endsWith(`/${repository}`);
}

/** The version in a tag: `v0.28.0-cu129`, `0.5.18`, `server-cuda-b10573`; null for `latest` and the like. */
export function versionInTag(reference: string): string | null {
  const tag = /:(?<tag>[^:/@]+)$/.exec(withoutDigest(reference))?.groups?.['tag'] ?? '';
  const release = /^v?(?<version>\d+\.\d[^-]*)/.exec(tag)?.groups?.['version'];
  return release ?? /(?:^|-)b(?<build>\d{3,})$/.exec(tag)?.groups?.['build'] ?? null;
}

/** If a project has images with and without CUDA, those with it have it in the tag. */
function byCards(reference: string): number {
  return Number(/cuda/.test(tagOf(reference)));
}

function withoutDigest(reference: string): string {
  const [name = ''] = reference.split('@', 1);
  return name;
}

/** What follows the last colon. */
function tagOf(reference: string): string {
  return reference.slice(reference.lastIndexOf(':') + 1);
}

/** Compares version numbers part by part; a tag without a version comes first. */
function compareVersions(a: string | null, b: string | null): number {
  const [left, right] = [a, b].map((text) => (text?.match(/\d+/g) ?? []).map(Number));
  for (let index = 0; index < Math.max(left?.length ?? 0, right?.length ?? 0); index += 1) {
    const difference = (left?.[index] ?? -1) - (right?.[index] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}

function problem(message: string, choice: ContainerChoice | null, clients: readonly ContainerClient[]): EngineNotFound {
  const client = choice?.client ?? clients[0] ?? 'docker';
  return {
    code: 'engine.not-found',
    message: choice === null ? message : `engine.container: ${message}`,
    remedy:
      choice === null
        ? ''
        : `Check that ${client} works for this user and has the image (${client} pull ${choice.image}), or remove engine.container.`,
    places: clients.map((name) => `images of ${name}`),
  };
}
