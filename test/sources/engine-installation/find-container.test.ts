import {beforeEach, describe, expect, test, vi} from 'vitest';
import type {EngineInstallation} from '../../../src/engines/engine-installation.ts';
import {findContainer} from '../../../src/sources/engine-installation/find-container.ts';
import type {ContainerChoice} from '../../../src/sources/engine-installation/found-engine.ts';
import type {RunResult} from '../../../src/sources/nvidia-smi/run-once.ts';
import {endedRun, vllmInstallation} from './search-bench.ts';

let present: readonly string[] = [];
let answers: Record<string, RunResult> = {};
let asked: string[] = [];

vi.mock('../../../src/sources/nvidia-smi/run-once.ts', () => ({
  runOnce: (executable: string, args: readonly string[]) => {
    const question = [executable, ...args].join(' ');
    asked.push(question);
    const answer = Object.entries(answers).find(([beginning]) => question.startsWith(beginning))?.[1];
    return Promise.resolve(answer ?? endedRun('', 1, 'Error: not found.\nMore.\n'));
  },
}));
vi.mock('../../../src/sources/engine-installation/executable-files.ts', async (original) => ({
  ...(await original<object>()),
  findIn: (directories: readonly string[], name: string) =>
    Promise.resolve(present.includes(name) ? `${directories[0]}/${name}` : null),
}));

const installation = vllmInstallation();
const CUDA = {...installation, images: [{repository: 'ghcr.io/ggml-org/llama.cpp', entrypoint: '/app/llama-server'}]};
const choiceOf = (image: string, client: ContainerChoice['client'] = null): ContainerChoice => ({
  client,
  image,
  arguments: [],
});
const LIST = '/bin/docker image ls';
const INSPECT = '/bin/docker image inspect --format {{.Id}}';
const LABEL = '/bin/docker image inspect --format {{index';

beforeEach(() => {
  present = ['docker'];
  answers = {};
  asked = [];
});

async function found(choice: ContainerChoice | null = null, of: EngineInstallation = installation) {
  const result = await findContainer(of, choice, '/bin');
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}
async function problem(choice: ContainerChoice | null = null, of: EngineInstallation = installation) {
  const result = await findContainer(of, choice, '/bin');
  if (result.ok) throw new Error('it was found');
  return result.error;
}
async function imageOf(lines: readonly string[], of: EngineInstallation = CUDA): Promise<string> {
  answers = {[LIST]: endedRun(lines.join('\n'))};
  const value = await found(null, of);
  return value.kind === 'container' ? value.image : value.kind;
}

describe('the published image', () => {
  const repository = 'ghcr.io/ggml-org/llama.cpp';

  test('is found in a list with blanks around its lines', async () => {
    answers = {[LIST]: endedRun('\r\n vllm/vllm-openai:v0.28.0 \r\n')};
    expect(await found()).toEqual({
      kind: 'container',
      client: 'docker',
      clientPath: '/bin/docker',
      image: 'vllm/vllm-openai:v0.28.0',
      entrypoint: 'vllm',
      extraArguments: [],
      version: '0.28.0',
      versionSource: expect.stringContaining('vllm/vllm-openai:v0.28.0'),
      foundBy: 'docker image ls',
    });
    expect(asked).toEqual([`${LIST} --format {{.Repository}}:{{.Tag}}`]);
  });

  test.each(['rocm', 'vulkan', 'intel', 'musa', 'xpu', 'cpu', 'light'])('for %s is not one', async (hardware) => {
    const other = [`${repository}:${hardware}-b99999`, `${repository}:server-${hardware}-b99999`];
    expect(await imageOf([...other, `${repository}:server-b10000`])).toBe(`${repository}:server-b10000`);
  });

  test('with CUDA in its tag is preferred, and only the tag counts', async () => {
    const images = [`${repository}:server-b10900`, `${repository}:server-cuda-b10573`, `${repository}:server-cuda-b9`];
    expect(await imageOf(images)).toBe(`${repository}:server-cuda-b10573`);
    const mirrors = [`cuda.local/${repository}:server-b10900`, `${repository}:server-b10901`];
    expect(await imageOf(mirrors)).toBe(`${repository}:server-b10901`);
    expect(await imageOf([`cpu-light.local/${repository}:server-b10900`])).toContain('b10900');
  });

  test.each([
    [['v0.9.2', 'v0.28.0'], 'v0.28.0'],
    [['v0.28.1', 'v0.28'], 'v0.28.1'],
    [['v0.28', 'v0.28.1'], 'v0.28.1'],
    [['v0.28.0', 'latest'], 'v0.28.0'],
    [['latest', 'v0.0'], 'v0.0'],
    [['v0.28.0', 'v0.28.0-cu129'], 'v0.28.0'],
  ])('of %j is %s', async (tags, newest) => {
    const lines = tags.map((tag) => `vllm/vllm-openai:${tag}`);
    expect(await imageOf(lines, installation)).toBe(`vllm/vllm-openai:${newest}`);
  });

  test.each([
    'xvllm/vllm-openai:v1.0',
    'vllm/vllm-openai-tools:v1.0',
    'vllm/vllm-openai/more:v1.0',
    'vllm/vllm-openai:<none>',
    '<none>:<none>',
  ])('is not %s', async (line) => {
    answers = {[LIST]: endedRun(line)};
    expect((await problem()).message).toContain('docker has no image vllm/vllm-openai.');
  });

  test('without a version in its tag has that of its label, or none', async () => {
    answers = {[LIST]: endedRun('vllm/vllm-openai:nightly'), [LABEL]: endedRun(' v0.27.1\n')};
    expect(await found()).toMatchObject({version: '0.27.1', versionSource: expect.stringContaining('label')});
    answers = {[LIST]: endedRun('vllm/vllm-openai:nightly'), [LABEL]: endedRun('<no value>\n')};
    expect(await found()).toMatchObject({version: null});
    answers = {[LIST]: endedRun('vllm/vllm-openai:nightly')};
    expect(await found()).toMatchObject({version: null});
  });
});

describe('the configured image', () => {
  test('has the entrypoint of the published one, by tag, digest or both; another one has the program', async () => {
    answers = {[INSPECT]: endedRun('sha256:1\n')};
    const repository = 'ghcr.io/ggml-org/llama.cpp';
    const digest = `@sha256:${'0a'.repeat(32)}`;
    for (const reference of ['', ':server', digest, `:server${digest}`]) {
      expect(await found(choiceOf(`mirror.local:5000/${repository}${reference}`), CUDA)).toMatchObject({
        entrypoint: '/app/llama-server',
        foundBy: 'engine.container',
      });
    }
    expect(await found(choiceOf('mirror.local:5000/mine:server'), CUDA)).toMatchObject({entrypoint: CUDA.program});
  });

  test('is looked for in its client alone, or in any', async () => {
    present = ['docker', 'podman'];
    answers = {'/bin/podman image inspect': endedRun('sha256:1\n')};
    expect(await found(choiceOf('mine:v1.0'))).toMatchObject({client: 'podman', clientPath: '/bin/podman'});
    asked = [];
    expect((await problem(choiceOf('mine:v1.0', 'docker'))).places).toEqual(['images of docker']);
    expect(asked).toEqual([`${INSPECT} mine:v1.0`]);
  });
});

describe('no image', () => {
  test('is the complaint of every client, without a remedy: it is only the last place', async () => {
    present = ['docker', 'podman'];
    answers = {'/bin/podman': {kind: 'not-started', code: 'EACCES'}};
    expect(await problem()).toEqual({
      code: 'engine.not-found',
      message: 'docker failed: Error: not found; /bin/podman could not be started (EACCES).',
      remedy: '',
      places: ['images of docker', 'images of podman'],
    });
  });

  test('that was configured has its key in front, and a remedy with its client', async () => {
    const docker = await problem(choiceOf('mine:v1.0'));
    expect(docker.message).toBe('engine.container: docker failed: Error: not found.');
    expect(docker.remedy).toContain('docker pull mine:v1.0');
    present = ['podman'];
    expect((await problem(choiceOf('mine:v1.0', 'podman'))).remedy).toContain('podman pull mine:v1.0');
  });

  test.each<[string, RunResult, string]>([
    ['without output', endedRun('x', 3, ' \n'), 'docker exited with code 3 without output.'],
    ['with a long message', endedRun('', 1, 'y'.repeat(301)), `docker failed: ${'y'.repeat(300)}.`],
    ['with several lines', endedRun('', 1, '\n first! \nsecond'), 'docker failed: first.'],
    ['late', {kind: 'timed-out', stdout: 'vllm/vllm-openai:v1.0', stderr: ''}, 'docker did not answer within 5 s.'],
  ])('where the client ends %s', async (_, result, message) => {
    answers = {[LIST]: result};
    expect((await problem()).message).toBe(message);
  });

  test.each([
    [null, 'there is no docker and no podman on PATH.'],
    [choiceOf('mine'), 'engine.container: there is no docker and no podman on PATH.'],
    [choiceOf('mine', 'podman'), 'engine.container: there is no podman on PATH.'],
  ])('where there is no client, %j', async (choice, message) => {
    present = [];
    expect((await problem(choice)).message).toBe(message);
    expect(asked).toEqual([]);
  });

  test('of an engine that publishes several, or none', async () => {
    answers = {[LIST]: endedRun('')};
    const [image] = installation.images;
    if (image === undefined) throw new Error('vLLM publishes an image');
    const several = {...installation, images: [image, {...image, repository: 'other'}]};
    expect((await problem(null, several)).message).toBe('docker has no image vllm/vllm-openai or other.');
    expect((await problem(null, {...installation, images: []})).message).toBe('docker has no image of it.');
  });
});
