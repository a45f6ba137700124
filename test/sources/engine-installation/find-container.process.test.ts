import path from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {versionInTag} from '../../../src/sources/engine-installation/find-container.ts';
import {findEngineInstallation} from '../../../src/sources/engine-installation/find-engine.ts';
import {createHost, vllmInstallation} from './search-bench.ts';

let host: ReturnType<typeof createHost>;
beforeEach(() => {
  host = createHost();
});
afterEach(() => host.clean());

const installation = vllmInstallation();
/** The fake client is a shell script. */
const withShell = (): Record<string, string> => ({PATH: `${host.bin}:/usr/bin:/bin`});

async function look(change: Parameters<typeof host.places>[0] = {}) {
  return findEngineInstallation(installation, host.places(change, withShell()));
}

describe('an image', () => {
  test('in docker is found if nothing else is, the newest of several', async () => {
    host.client('docker', ['vllm/vllm-openai:v0.9.2', 'vllm/vllm-openai:v0.28.0-cu129', 'vllm/vllm-openai:<none>']);
    expect(await look()).toMatchObject({
      ok: true,
      value: {
        kind: 'container',
        client: 'docker',
        clientPath: path.join(host.bin, 'docker'),
        image: 'vllm/vllm-openai:v0.28.0-cu129',
        entrypoint: 'vllm',
        version: '0.28.0',
      },
    });
    expect(host.clientWords()).toEqual(['image ls --format {{.Repository}}:{{.Tag}}']);
  });

  test.each([
    [['latest', 'v0.9.2', 'nightly', 'v0.28.0'], 'v0.28.0'],
    [['v0.28', 'v0.28.1', 'latest'], 'v0.28.1'],
    [['v0.28.0', 'v0.9.2', 'v0.27.12'], 'v0.28.0'],
  ])('of %j is the one with the newest version, %s', async (tags, newest) => {
    host.client(
      'docker',
      tags.map((tag) => `vllm/vllm-openai:${tag}`),
    );
    expect(await look()).toMatchObject({ok: true, value: {image: `vllm/vllm-openai:${newest}`}});
  });

  test('for other hardware, or without a server, is skipped; one for CUDA is preferred', async () => {
    const published = {
      ...installation,
      images: [{repository: 'ghcr.io/ggml-org/llama.cpp', entrypoint: '/app/llama-server'}],
    };
    const repository = 'ghcr.io/ggml-org/llama.cpp';
    const tags = ['server-b10900', 'light-cuda-b10950', 'server-rocm-b10990', 'server-cuda-b10573'];
    host.client(
      'docker',
      tags.map((tag) => `${repository}:${tag}`),
    );
    expect(await findEngineInstallation(published, host.places({}, withShell()))).toMatchObject({
      ok: true,
      value: {image: `${repository}:server-cuda-b10573`, entrypoint: '/app/llama-server', version: '10573'},
    });
  });

  test('in podman is found with its registry in front', async () => {
    host.client('podman', ['docker.io/vllm/vllm-openai:latest', 'docker.io/other/vllm-openai-tools:v9']);
    host.label('0.27.1');
    expect(await look()).toMatchObject({
      ok: true,
      value: {client: 'podman', image: 'docker.io/vllm/vllm-openai:latest', version: '0.27.1'},
    });
  });

  test('without a version in tag or label has an unknown version, with the reason', async () => {
    host.client('docker', ['vllm/vllm-openai:nightly']);
    const result = await look();
    expect(result.ok ? result.value : null).toMatchObject({
      version: null,
      versionSource: 'no version in the tag or label of vllm/vllm-openai:nightly',
    });
  });

  test('is not searched for if the program is installed', async () => {
    host.client('docker', ['vllm/vllm-openai:v0.28.0']);
    host.program(path.join(host.bin, 'vllm'), '#!/bin/sh\necho 0.27.0\n');
    expect(await look()).toMatchObject({ok: true, value: {kind: 'program'}});
    expect(host.clientWords()).toEqual([]);
  });

  test('that is configured is preferred to a program, with its own arguments', async () => {
    host.client('docker', ['registry.local/ai/serve:2026-11']);
    host.program(path.join(host.bin, 'vllm'), '#!/bin/sh\necho 0.27.0\n');
    const container = {client: null, image: 'registry.local/ai/serve:2026-11', arguments: ['--shm-size=32g']};
    expect(await look({container})).toMatchObject({
      ok: true,
      value: {kind: 'container', image: container.image, extraArguments: ['--shm-size=32g'], entrypoint: 'vllm'},
    });
  });

  test('that is configured but missing is reported, with the command that pulls it', async () => {
    host.client('docker', []);
    const container = {client: 'docker', image: 'vllm/vllm-openai:v0.30.0', arguments: []} as const;
    const result = await look({container});
    expect(result.ok ? null : result.error).toMatchObject({
      message: 'engine.container: docker failed: Error: No such image: vllm/vllm-openai:v0.30.0.',
      remedy: expect.stringContaining('docker pull vllm/vllm-openai:v0.30.0'),
    });
  });

  test("cannot be looked up while the daemon is down, which is reported with the client's message", async () => {
    host.client('docker', [], 'down');
    const result = await look();
    expect(result.ok ? '' : result.error.message).toContain('docker failed: Cannot connect to the daemon.');
  });

  test('is not waited for if the daemon hangs', async () => {
    host.client('docker', [], 'hangs');
    const result = await look();
    expect(result.ok ? '' : result.error.message).toContain('docker did not answer within 5 s');
  });

  test('is not available without the client', async () => {
    const container = {client: 'podman', image: 'vllm/vllm-openai:v0.30.0', arguments: []} as const;
    const result = await findEngineInstallation(installation, host.places({container}));
    expect(result.ok ? '' : result.error.message).toBe('engine.container: there is no podman on PATH.');
  });
});

test.each([
  ['vllm/vllm-openai:v0.28.0', '0.28.0'],
  ['vllm/vllm-openai:v0.28.0-cu129', '0.28.0'],
  ['lmsysorg/sglang:v0.5.18.post1-cu130', '0.5.18.post1'],
  ['localhost:5000/vllm:0.11.0rc1', '0.11.0rc1'],
  ['ghcr.io/ggml-org/llama.cpp:server-cuda-b10573', '10573'],
  ['vllm/vllm-openai:v0.28.0@sha256:abc', '0.28.0'],
  ['vllm/vllm-openai:latest', null],
  ['localhost:5000/vllm', null],
])('the tag of %s says %s', (reference, version) => {
  expect(versionInTag(reference)).toBe(version);
});
