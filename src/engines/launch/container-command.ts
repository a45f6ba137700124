import type {LaunchArgument, LaunchCommand} from '../engine.ts';

/** Programs that run containers; podman takes docker's words, but for the cards. */
export const containerClients = ['docker', 'podman'] as const;
export type ContainerClient = (typeof containerClients)[number];

/** A directory of the host that the container sees at the same path, so that no word has to be translated. */
export type ContainerMount = {
  /** Absolute. */
  readonly path: string;
  readonly isWritable: boolean;
  readonly why: string;
};

/** What a run in a container needs besides the engine's own command. */
export type ContainerRun = {
  readonly client: ContainerClient;
  /** With its tag: `vllm/vllm-openai:v0.28.0`. */
  readonly image: string;
  readonly entrypoint: string;
  readonly name: string;
  /** Where the client notes the container's id, absolute; the file must not exist. */
  readonly idFile: string;
  readonly mounts: readonly ContainerMount[];
  /** Variables of the client's own environment that go in under their names, whatever they hold. */
  readonly passedVariables: readonly string[];
  /** Variables that only the container has. Never a secret: their values are on the command line. */
  readonly variables: readonly {readonly name: string; readonly value: string; readonly why: string}[];
  /** The operator's own words for the client; they come last, and the client lets the last one win. */
  readonly extraArguments: readonly string[];
};

/** What `docker stop` and the container itself wait before they kill: longer than Gantry does, which decides. */
export const CONTAINER_STOP_SECONDS = 120;

/** The container of a run. */
export function containerName(runId: string): string {
  return `gantry-${runId}`;
}

/** The client's words, without the client itself, that run this command in a container, each with its reason. */
export function containerArguments(command: LaunchCommand, run: ContainerRun): readonly LaunchArgument[] {
  const {client, entrypoint, image, extraArguments} = run;
  return [
    {words: ['run', '--rm'], why: 'nothing of the container is left when the engine has ended'},
    {words: ['--name', run.name], why: 'what Gantry stops it by'},
    {words: [`--cidfile=${run.idFile}`], why: "tells which of the host's processes are in the container"},
    {words: ['--pull=never'], why: 'the image is here: a start downloads nothing'},
    {words: ['--log-driver=none'], why: 'the log is kept by Gantry, not a second time by the client'},
    {words: ['--init'], why: 'passes signals to the engine alone and reaps what its workers leave'},
    {words: [`--stop-timeout=${CONTAINER_STOP_SECONDS}`], why: 'Gantry decides when it is killed'},
    ...cardArguments(client),
    {words: ['--ipc=host'], why: "ranks share memory through /dev/shm, and a container's own has 64 MiB"},
    {words: ['--network=host'], why: 'the address and port of the API mean what they say'},
    ...mountArguments(command, run),
    ...variableArguments(command, run),
    ...(extraArguments.length === 0 ? [] : [{words: extraArguments, why: 'from your configuration'}]),
    {words: [`--entrypoint=${entrypoint}`], why: "the program, whatever the image's own choice is"},
    {words: [image], why: 'the image'},
    ...command.arguments,
  ];
}

function cardArguments(client: ContainerClient): readonly LaunchArgument[] {
  if (client === 'podman') {
    return [
      {words: ['--device=nvidia.com/gpu=all'], why: 'the cards, by the list that nvidia-ctk made'},
      {words: ['--security-opt=label=disable'], why: 'SELinux keeps a container from the cards otherwise'},
    ];
  }
  return [
    {words: ['--gpus=all'], why: 'the cards'},
    {words: ['--ulimit=memlock=-1', '--ulimit=stack=67108864'], why: 'what NCCL pins, as NVIDIA recommends'},
  ];
}

function mountArguments({files}: LaunchCommand, {mounts}: ContainerRun): readonly LaunchArgument[] {
  const ofFiles = files.map(({path, why}) => ({path, isWritable: false, why}));
  // Not --volume, which makes a directory where there is none, owned by root.
  return [...mounts, ...ofFiles].map(({path, isWritable, why}) => ({
    words: [`--mount=type=bind,${csv('source', path)},${csv('target', path)}${isWritable ? '' : ',readonly'}`],
    why,
  }));
}

/** A field as the clients read it: comma-separated values, quoted where they hold a comma or a quotation mark. */
function csv(key: string, value: string): string {
  const field = `${key}=${value}`;
  return /[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

function variableArguments({environment}: LaunchCommand, run: ContainerRun): readonly LaunchArgument[] {
  const stated = environment.map(({name, value, why, isSecret}) => ({
    words: [`--env=${isSecret ? name : `${name}=${value}`}`],
    why: isSecret ? `${why}; by name, so that its value is in no command line` : why,
  }));
  const own = run.variables.map(({name, value, why}) => ({words: [`--env=${name}=${value}`], why}));
  const taken = new Set([...environment, ...run.variables].map(({name}) => name));
  const passed = run.passedVariables.filter((name) => !taken.has(name)).map((name) => `--env=${name}`);
  return [...stated, ...own, ...(passed.length === 0 ? [] : [{words: passed, why: 'from your environment, by name'}])];
}

const passedPrefixes: readonly string[] = ['HF_', 'NCCL_', 'TORCH_', 'PYTORCH_', 'GLOO_', 'UCX_'];
/** Of CUDA's variables only those that choose cards: its paths are those of the host. Proxies go by both cases. */
const passedNames: ReadonlySet<string> = new Set([
  'HUGGING_FACE_HUB_TOKEN',
  'CUDA_VISIBLE_DEVICES',
  'CUDA_DEVICE_ORDER',
  'NVIDIA_VISIBLE_DEVICES',
  'OMP_NUM_THREADS',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
]);

/**
 * Names among the operator's variables that the engine in a container is meant to see: those of the hub, of NCCL, of
 * the choice of cards, of proxies, and of the engine's own family (`VLLM_...`, as its key's variable begins).
 */
export function passedVariables(names: readonly string[], apiKeyVariable: string): readonly string[] {
  const prefixes = [...passedPrefixes, `${apiKeyVariable.split('_', 1)[0] ?? apiKeyVariable}_`];
  return names
    .filter((name) => passedNames.has(name.toUpperCase()) || prefixes.some((prefix) => name.startsWith(prefix)))
    .filter((name) => /^[A-Za-z_]\w*$/.test(name))
    .toSorted();
}

/** Words that ask a container to end, and kill it when it has not within `CONTAINER_STOP_SECONDS`. */
export function stopWords(name: string): readonly string[] {
  return ['stop', '-t', String(CONTAINER_STOP_SECONDS), name];
}

/** Words that end a container by force and remove it; no error where it is gone already. */
export function removeWords(name: string): readonly string[] {
  return ['rm', '-f', name];
}
