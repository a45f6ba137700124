import {symlinkSync} from 'node:fs';
import path from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {findEngineInstallation, readInstalledVersion} from '../../../src/sources/engine-installation/find-engine.ts';
import type {FoundEngine, SearchPlaces} from '../../../src/sources/engine-installation/found-engine.ts';
import {createHost, vllmInstallation} from './search-bench.ts';

let host: ReturnType<typeof createHost>;
beforeEach(() => {
  host = createHost();
});
afterEach(() => host.clean());

const installation = vllmInstallation();

async function found(places: SearchPlaces, of = installation): Promise<FoundEngine> {
  const result = await findEngineInstallation(of, places);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

describe('an engine is found', () => {
  test('on PATH, with the version of the environment in its first line, without starting it', async () => {
    const environment = host.environment(path.join(host.root, 'somewhere/venv'), 'vllm', '0.28.0', 'vllm');
    symlinkSync(path.join(environment, 'bin/vllm'), path.join(host.bin, 'vllm'));
    expect(await found(host.places())).toEqual({
      kind: 'program',
      path: path.join(host.bin, 'vllm'),
      foundBy: 'PATH',
      version: '0.28.0',
      versionSource: path.join(environment, 'lib/python3.12/site-packages/vllm-0.28.0.dist-info'),
    });
  });

  test('on PATH before the active environment, and there before the usual places', async () => {
    const active = host.environment(path.join(host.root, 'active'), 'vllm', '0.27.0', 'vllm');
    host.environment(path.join(host.home, 'vllm/.venv'), 'vllm', '0.26.0', 'vllm');
    const places = host.places({}, {VIRTUAL_ENV: active});
    expect(await found(places)).toMatchObject({foundBy: 'VIRTUAL_ENV', version: '0.27.0'});
    host.program(path.join(host.bin, 'vllm'), '#!/bin/sh\necho 0.29.1\n');
    expect(await found(places)).toMatchObject({foundBy: 'PATH', version: '0.29.1'});
  });

  test.each([
    ['home/.venv'],
    ['home/vllm/.venv'],
    ['home/.local/share/uv/tools/vllm'],
    ['home/miniconda3/envs/serving'],
    ['home/miniforge3'],
    ['opt/venv'],
    ['opt/vllm'],
  ])('in %s', async (place) => {
    const directory = host.environment(path.join(host.root, place), 'vllm', '0.28.0', 'vllm');
    expect(await found(host.places())).toMatchObject({path: path.join(directory, 'bin/vllm'), version: '0.28.0'});
  });

  test('in the conda environment with its name, of several', async () => {
    for (const [name, version] of [
      ['aaa', '0.1.0'],
      ['vllm', '0.28.0'],
    ] as const) {
      host.environment(path.join(host.home, 'miniconda3/envs', name), 'vllm', version, 'vllm');
    }
    expect(await found(host.places())).toMatchObject({version: '0.28.0'});
  });

  test('as a Python module if the program is missing', async () => {
    const conda = host.environment(path.join(host.root, 'conda'), 'vllm', '0.28.0', null);
    expect(await found(host.places({}, {CONDA_PREFIX: conda}))).toMatchObject({
      kind: 'python-module',
      python: path.join(conda, 'bin/python3'),
      module: installation.pythonModule?.name,
      version: '0.28.0',
      foundBy: 'CONDA_PREFIX',
    });
  });

  test('where it was built manually', async () => {
    const built = {
      ...installation,
      program: 'llama-server',
      distribution: null,
      directories: ['~/llama.cpp/build/bin'],
    };
    const file = path.join(host.home, 'llama.cpp/build/bin/llama-server');
    host.program(file, '#!/bin/sh\necho "0.7.0" >&2\n');
    expect(await found(host.places(), built)).toMatchObject({path: file, version: '0.7.0'});
  });

  test('only at the configured path, also one in the home directory', async () => {
    const file = host.program(path.join(host.home, 'mine/serve'), '#!/bin/sh\necho 0.28.0\n');
    expect(await found(host.places({executable: '~/mine/serve'}))).toMatchObject({
      path: file,
      foundBy: 'engine.executable',
      versionSource: `${file} --version`,
    });
  });
});

describe('a version', () => {
  test.each([
    [
      'of a script with the two lines of a long path',
      (python: string) => `#!/bin/sh\n'''exec' "${python}" "$0" "$@"\n' '''\n`,
    ],
    ['of a script that env runs', () => '#!/usr/bin/env python3\n'],
  ])('%s is that of its Python', async (_, script) => {
    const environment = host.environment(path.join(host.root, 'a long path'), 'vllm', '0.25.1', null);
    const python = path.join(environment, 'bin/python3');
    host.program(path.join(host.bin, 'vllm'), script(python));
    const places = host.places({}, {PATH: `${host.bin}:${path.join(environment, 'bin')}`});
    expect(await found(places)).toMatchObject({kind: 'program', version: '0.25.1'});
  });

  test('is not read from a distribution of a similar name, nor from a partly removed one', async () => {
    const environment = host.environment(path.join(host.home, '.venv'), 'vllm-metal', '9.9.9', 'vllm');
    host.environment(environment, '~llm', '0.1.0', null);
    expect(await found(host.places())).toMatchObject({version: null});
  });

  test('that is not available is unknown, with the reason', async () => {
    const file = host.program(path.join(host.bin, 'vllm'), '#!/bin/sh\necho "no such option" >&2\nexit 2\n');
    expect(await found(host.places())).toMatchObject({
      version: null,
      versionSource: `${file} --version exited with code 2 and printed no version`,
    });
  });

  test('printed to stderr counts too', async () => {
    host.program(path.join(host.bin, 'vllm'), '#!/bin/sh\necho "INFO 08-17 importing" \necho 0.28.0 >&2\n');
    expect(await found(host.places())).toMatchObject({version: '0.28.0'});
  });
});

describe('an engine that is not installed', () => {
  test('is an error with the searched places and a remedy', async () => {
    host.client('podman', ['docker.io/library/busybox:latest']);
    const result = await findEngineInstallation(installation, host.places());
    if (result.ok) throw new Error('nothing is installed');
    expect(result.error.message).toContain('no program "vllm" on PATH');
    expect(result.error.message).toContain('podman has no image vllm/vllm-openai.');
    expect(result.error.remedy).toContain('engine.executable');
    expect(result.error.remedy).toContain('vllm/vllm-openai:TAG');
    expect(result.error.places).toContain(path.join(host.home, '.venv/bin'));
  });

  test.each([
    ['a path', '/nonexistent/vllm', '/nonexistent/vllm does not exist'],
    ['a name', 'vllm-nightly', 'no program "vllm-nightly" on PATH'],
    ['a relative path', './vllm', './vllm is a relative path'],
  ])('configured as %s is not searched for elsewhere', async (_, executable, words) => {
    host.program(path.join(host.bin, 'vllm'), '#!/bin/sh\necho 0.28.0\n');
    const result = await findEngineInstallation(installation, host.places({executable}));
    expect(result.ok ? '' : result.error.message).toContain(`engine.executable: `);
    expect(result.ok ? '' : result.error.message).toContain(words);
  });
});

describe('the installed version is read from files alone', () => {
  test('of the program that would be started, of a module, and of a configured program', async () => {
    const active = host.environment(path.join(host.root, 'active'), 'vllm', '0.27.0', 'vllm');
    const other = host.environment(path.join(host.home, 'vllm/.venv'), 'vllm', '0.26.0+cu129', 'vllm');
    expect(await readInstalledVersion(installation, host.places())).toBe('0.26.0');
    expect(await readInstalledVersion(installation, host.places({}, {VIRTUAL_ENV: active}))).toBe('0.27.0');
    const executable = path.join(other, 'bin/vllm');
    expect(await readInstalledVersion(installation, host.places({executable}, {VIRTUAL_ENV: active}))).toBe('0.26.0');
  });

  test('and is unknown where only the program could tell, which is not run', async () => {
    host.program(path.join(host.bin, 'vllm'), '#!/bin/sh\necho 0.29.1\n');
    expect(await readInstalledVersion(installation, host.places())).toBeNull();
    expect(await found(host.places())).toMatchObject({version: '0.29.1'});
  });

  test('and in the tag of a configured image', async () => {
    const image = (tag: string) => ({container: {client: null, image: `vllm/vllm-openai:${tag}`, arguments: []}});
    expect(await readInstalledVersion(installation, host.places(image('v0.28.0-cu129')))).toBe('0.28.0');
    expect(await readInstalledVersion(installation, host.places(image('latest')))).toBeNull();
  });

  test('and of nothing installed, or a configured program that is not there', async () => {
    expect(await readInstalledVersion(installation, host.places())).toBeNull();
    expect(await readInstalledVersion(installation, host.places({executable: '/nonexistent/vllm'}))).toBeNull();
  });
});
