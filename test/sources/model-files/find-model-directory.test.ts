import {mkdir, symlink, utimes} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import type {ModelProblem} from '../../../src/domain/memory/model/model-problem.ts';
import {
  cacheDirectory,
  type FoundModel,
  findModelDirectory,
  type ModelEnvironment,
} from '../../../src/sources/model-files/find-model-directory.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';
import {writeFiles} from './build-model-files.ts';

const commit = '0a1b2c3d4e5f60718293a4b5c6d7e8f901234567';
const repository = '.cache/huggingface/hub/models--moonshotai--Kimi-K2.7-Code';

function environmentOf(directory: string, variables: ModelEnvironment['variables'] = {}): ModelEnvironment {
  return {workingDirectory: directory, homeDirectory: directory, variables};
}

async function find(model: string, environment: ModelEnvironment): Promise<FoundModel> {
  const result = await findModelDirectory(model, environment);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

async function problemOf(model: string, environment: ModelEnvironment): Promise<ModelProblem> {
  const result = await findModelDirectory(model, environment);
  if (result.ok) throw new Error('it was found');
  return result.error;
}

describe('a path', () => {
  test('absolute, relative and below the home directory is used unchanged', async () => {
    const directory = temporaryDirectory();
    await writeFiles(directory, {'models/kimi/config.json': '{}', 'kimi.gguf': 'GGUF'});
    const environment = environmentOf(directory);
    const expected = {path: join(directory, 'models/kimi'), source: 'path', incompleteDownloads: 0};
    for (const model of [expected.path, 'models/kimi', './models/kimi/', '~/models/kimi']) {
      expect(await find(model, environment)).toEqual(expected);
    }
    expect((await find('kimi.gguf', environment)).path).toBe(join(directory, 'kimi.gguf'));
  });

  test.each([
    '/no/such/model',
    './kimi',
    '~/kimi',
    'kimi.gguf',
    '',
    'a\0b',
    `${'x'.repeat(5000)}`,
    '../nothing-of-this-name',
  ])('%j that does not exist is reported', async (model) => {
    expect(await problemOf(model, environmentOf(temporaryDirectory()))).toMatchObject({
      code: 'memory.model-not-found',
    });
  });
});

describe('what looks like a path', () => {
  test.each([
    ['/no//such/model', '/no/such/model'],
    ['./kimi', '/nowhere/kimi'],
    ['../no-such-kimi', '/no-such-kimi'],
    ['~/kimi', '/nowhere/op/kimi'],
    ['~', '/nowhere/op'],
    ['kimi.gguf', '/nowhere/kimi.gguf'],
  ])('%s is reported with the place that was looked at', async (model, place) => {
    const environment = {workingDirectory: '/nowhere', homeDirectory: '/nowhere/op', variables: {}};
    expect((await problemOf(model, environment)).message).toBe(`${place}: no such file or directory.`);
  });

  test.each(['kimi.gguf', './moonshotai/Kimi', '~moonshotai', '/moonshotai/Kimi'])(
    '%s is not looked for in the cache, also where the cache has that name',
    async (model) => {
      const directory = temporaryDirectory();
      await mkdir(join(directory, '.cache/huggingface/hub', `models--${model.replace('/', '--')}`), {recursive: true});
      const {code, message} = await problemOf(model, environmentOf(directory));
      expect(code).toBe('memory.model-not-found');
      expect(message).toContain('no such file or directory');
    },
  );
});

describe('a Hugging Face id', () => {
  test('gives the snapshot that main points to, and a label after a colon is kept', async () => {
    const directory = temporaryDirectory();
    await writeFiles(directory, {
      [`${repository}/refs/main`]: `${commit}\n`,
      [`${repository}/snapshots/${commit}/config.json`]: '{}',
      [`${repository}/snapshots/ffffffff/config.json`]: '{}',
    });
    await utimes(join(directory, repository, 'snapshots', commit), 1000, 1000);
    const path = join(directory, repository, 'snapshots', commit);
    const environment = environmentOf(directory);
    expect(await find('moonshotai/Kimi-K2.7-Code', environment)).toEqual({
      path,
      source: 'hugging-face-cache',
      incompleteDownloads: 0,
    });
    expect(await find('moonshotai/Kimi-K2.7-Code:Q4_K_M', environment)).toMatchObject({path, variant: 'Q4_K_M'});
  });

  test('without a usable reference gives the newest snapshot', async () => {
    const directory = temporaryDirectory();
    await writeFiles(directory, {[`${repository}/refs/main`]: '../../../../etc'});
    for (const [name, seconds] of [
      ['aaaaaaaa', 1000],
      ['bbbbbbbb', 3000],
      ['cccccccc', 2000],
    ] as const) {
      await mkdir(join(directory, repository, 'snapshots', name), {recursive: true});
      await utimes(join(directory, repository, 'snapshots', name), seconds, seconds);
    }
    const {path} = await find('moonshotai/Kimi-K2.7-Code', environmentOf(directory));
    expect(path).toBe(join(directory, repository, 'snapshots/bbbbbbbb'));
  });

  test.each([
    ['text after the commit', `${commit}-old`],
    ['a commit that is too short', 'abc123'],
    ['nothing', ''],
  ])('a reference with %s is not used', async (_, reference) => {
    const directory = temporaryDirectory();
    await writeFiles(directory, {[`${repository}/refs/main`]: reference});
    for (const [name, seconds] of [
      [reference === '' ? 'dddddddd' : reference, 1000],
      ['eeeeeeee', 2000],
    ] as const) {
      await mkdir(join(directory, repository, 'snapshots', name), {recursive: true});
      await utimes(join(directory, repository, 'snapshots', name), seconds, seconds);
    }
    const {path} = await find('moonshotai/Kimi-K2.7-Code', environmentOf(directory));
    expect(path).toBe(join(directory, repository, 'snapshots/eeeeeeee'));
  });

  test('a directory in the place of the reference is not used', async () => {
    const directory = temporaryDirectory();
    await mkdir(join(directory, repository, 'refs/main'), {recursive: true});
    await mkdir(join(directory, repository, 'snapshots/aaaaaaaa'), {recursive: true});
    const {path} = await find('moonshotai/Kimi-K2.7-Code', environmentOf(directory));
    expect(path).toBe(join(directory, repository, 'snapshots/aaaaaaaa'));
  });

  test('a cache without a snapshot and without a download has none', async () => {
    const directory = temporaryDirectory();
    await mkdir(join(directory, repository, 'blobs'), {recursive: true});
    const {code, message} = await problemOf('moonshotai/Kimi-K2.7-Code', environmentOf(directory));
    expect(code).toBe('memory.model-incomplete');
    expect(message).toContain('the cache has no snapshot of it');
  });

  test('an unfinished download is reported, with and without files', async () => {
    const directory = temporaryDirectory();
    await writeFiles(directory, {[`${repository}/blobs/abc.123.incomplete`]: 'x'});
    const environment = environmentOf(directory);
    const problem = await problemOf('moonshotai/Kimi-K2.7-Code', environment);
    expect(problem.code).toBe('memory.model-incomplete');
    expect(problem.message).toContain('its download is not complete');
    await writeFiles(directory, {[`${repository}/blobs/def`]: '{}'});
    await mkdir(join(directory, repository, 'snapshots', commit), {recursive: true});
    await symlink('../../blobs/def', join(directory, repository, 'snapshots', commit, 'config.json'));
    expect(await find('moonshotai/Kimi-K2.7-Code', environment)).toMatchObject({incompleteDownloads: 1});
  });

  test('that is not in the cache is refused with the path of the cache', async () => {
    const directory = temporaryDirectory();
    const problem = await problemOf('moonshotai/Kimi-K9', environmentOf(directory));
    expect(problem.message).toBe(
      `moonshotai/Kimi-K9: not a directory, and not in the cache ${join(directory, '.cache/huggingface/hub')}.`,
    );
  });

  test('a directory of the same name comes first, as in engines', async () => {
    const directory = temporaryDirectory();
    await writeFiles(directory, {
      'moonshotai/Kimi-K2.7-Code/config.json': '{}',
      [`${repository}/snapshots/${commit}/config.json`]: '{}',
    });
    expect((await find('moonshotai/Kimi-K2.7-Code', environmentOf(directory))).source).toBe('path');
  });
});

test.each([
  [{}, '/home/op/.cache/huggingface/hub'],
  [{XDG_CACHE_HOME: '/var/cache'}, '/var/cache/huggingface/hub'],
  [{HF_HOME: '~/hf', XDG_CACHE_HOME: '/var/cache'}, '/home/op/hf/hub'],
  [{HF_HUB_CACHE: '/mnt/models', HF_HOME: '/hf'}, '/mnt/models'],
  [{HF_HUB_CACHE: '', HUGGINGFACE_HUB_CACHE: '/old'}, '/old'],
])('with %j the cache is %s', (variables, expected) => {
  expect(cacheDirectory({workingDirectory: '/', homeDirectory: '/home/op', variables})).toBe(expected);
});
