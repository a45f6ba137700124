import {mkdirSync} from 'node:fs';
import path from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {listEnvironments, namesIn} from '../../../src/sources/engine-installation/python-environments.ts';
import {createHost} from './search-bench.ts';

let host: ReturnType<typeof createHost>;
beforeEach(() => {
  host = createHost();
});
afterEach(() => host.clean());

async function directories(variables: Record<string, string> = {}, names = ['vllm']): Promise<readonly string[]> {
  const found = await listEnvironments(host.places({}, variables), names);
  return found.map(({directory}) => path.relative(host.root, directory));
}

test('the usual locations are searched in order: of the user, of everybody, then of conda', async () => {
  expect(await directories()).toEqual([
    'home/vllm',
    'home/vllm/.venv',
    'home/vllm/venv',
    'home/.venvs/vllm',
    'home/.virtualenvs/vllm',
    'home/.local/share/uv/tools/vllm',
    'home/.local/share/pipx/venvs/vllm',
    'home/.venv',
    'home/venv',
    'home/.local',
    'opt/vllm',
    'opt/vllm/.venv',
    'opt/vllm/venv',
    'opt/venv',
    'opt/.venv',
    'home/miniconda3',
    'home/miniforge3',
    'home/mambaforge',
    'home/anaconda3',
    'home/micromamba',
    'opt/conda',
    'opt/miniconda3',
  ]);
});

test('the shared directory is /opt unless another is named', async () => {
  const found = await listEnvironments({variables: {}, homeDirectory: host.home, executable: null, container: null}, [
    'vllm',
  ]);
  expect(found.map(({directory}) => directory)).toContain('/opt/vllm/.venv');
});

test('the active environments are first, each once, with the variable that names them', async () => {
  const active = path.join(host.home, '.venv');
  const variables = {CONDA_PREFIX: path.join(host.root, 'opt/conda/'), VIRTUAL_ENV: `${active}/`};
  const found = await listEnvironments(host.places({}, variables), ['vllm']);
  expect(found.slice(0, 3)).toEqual([
    {directory: active, foundBy: 'VIRTUAL_ENV'},
    {directory: path.join(host.root, 'opt/conda'), foundBy: 'CONDA_PREFIX'},
    {directory: path.join(host.home, 'vllm'), foundBy: path.join(host.home, 'vllm')},
  ]);
  const all = found.map(({directory}) => directory);
  expect(new Set(all).size).toBe(all.length);
});

test('a relative path in a variable is ignored', async () => {
  expect(await directories({VIRTUAL_ENV: 'venv', CONDA_PREFIX: ''})).toEqual(await directories());
});

test("of conda's environments those with the engine's name are first, and the base is last", async () => {
  for (const name of ['aaa', 'vllm', 'zzz'])
    mkdirSync(path.join(host.home, 'miniforge3/envs', name), {recursive: true});
  const all = await directories();
  const start = all.indexOf('home/miniforge3/envs/vllm');
  expect(all.slice(start, start + 4)).toEqual([
    'home/miniforge3/envs/vllm',
    'home/miniforge3/envs/aaa',
    'home/miniforge3/envs/zzz',
    'home/miniforge3',
  ]);
  expect(all.indexOf('home/miniconda3')).toBe(start - 1);
});

test('of very many environments the first hundred by name are searched', async () => {
  for (let index = 0; index < 102; index += 1) {
    mkdirSync(path.join(host.home, 'miniconda3/envs', `env-${String(index).padStart(3, '0')}`), {recursive: true});
  }
  const found = (await directories()).filter((directory) => directory.includes('/envs/'));
  expect(found).toHaveLength(100);
  expect(found.at(-1)).toBe('home/miniconda3/envs/env-099');
});

test('the names in a directory are sorted; one that cannot be read has none', async () => {
  for (const name of ['b', 'c', 'a']) mkdirSync(path.join(host.home, name));
  expect(await namesIn(host.home)).toEqual(['a', 'b', 'c']);
  expect(await namesIn(path.join(host.home, 'missing'))).toEqual([]);
});
