import {execFileSync} from 'node:child_process';
import {mkdir, truncate, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {beforeEach, expect, test} from 'vitest';
import {lookUpModel} from '../../../src/sources/model-files/look-up-model.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';
import {buildSafetensors, writeFiles} from './build-model-files.ts';
import {tinyConfig, tinyShards} from './tiny-models.ts';

const repository = '.cache/huggingface/hub/models--org--kimi';
const snapshot = `${repository}/snapshots/0a1b2c3d`;
const [firstShard, secondShard] = tinyShards;
const checkpoint = {
  'config.json': tinyConfig,
  'model.safetensors': buildSafetensors([...firstShard, ...secondShard]),
};

let directory: string;
beforeEach(() => {
  directory = temporaryDirectory('look-up');
});

const lookUp = (model: string) =>
  lookUpModel(model, {workingDirectory: directory, homeDirectory: directory, variables: {}});

/** The same files below a directory. */
function below(place: string, files: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(files).map(([name, content]) => [`${place}/${name}`, content]));
}

test('a model that this host does not have is nothing, without a problem', async () => {
  expect(await lookUp('org/kimi')).toEqual({ok: true, value: null});
  expect(await lookUp('./kimi')).toEqual({ok: true, value: null});
});

test('a model in the cache that has no files yet is a problem', async () => {
  await writeFiles(directory, {[`${repository}/blobs/abc.incomplete`]: 'x'});
  expect(await lookUp('org/kimi')).toMatchObject({ok: false, error: {code: 'memory.model-incomplete'}});
});

test('a complete checkpoint is read without a note', async () => {
  await writeFiles(directory, below('kimi', checkpoint));
  const result = await lookUp('./kimi');
  expect(result).toMatchObject({ok: true, value: {kind: 'safetensors', fileCount: 1, notes: []}});
});

test.each([
  [1, /: 1 file\./],
  [2, /: 2 files\./],
])('%i unfinished downloads of the same model are noted', async (count, message) => {
  await writeFiles(directory, below(snapshot, checkpoint));
  for (let blob = 0; blob < count; blob += 1)
    await writeFiles(directory, {[`${repository}/blobs/${blob}.incomplete`]: 'x'});
  expect(await lookUp('org/kimi')).toMatchObject({
    ok: true,
    value: {
      path: join(directory, snapshot),
      notes: [{code: 'memory.download-incomplete', message: expect.stringMatching(message)}],
    },
  });
});

test('a configuration alone gives the shapes, and no bytes', async () => {
  await writeFiles(directory, {'kimi/config.json': tinyConfig});
  const config = join(directory, 'kimi/config.json');
  const alone = await lookUp('./kimi');
  expect(alone).toMatchObject({
    ok: true,
    value: {
      path: config,
      kind: 'config',
      architecture: {layers: tinyConfig.text_config.num_hidden_layers},
      tensorBytes: 0,
      otherBytes: 0,
      fileCount: 0,
      bytesByPart: {},
      missingFiles: [],
      notes: [],
    },
  });
  expect(await lookUp('./kimi/config.json')).toEqual(alone);
});

test('a directory without a model and without a configuration is a problem', async () => {
  await mkdir(join(directory, 'kimi/config.json'), {recursive: true});
  expect(await lookUp('./kimi')).toMatchObject({ok: false, error: {code: 'memory.no-model-files'}});
  await mkdir(join(directory, 'empty'));
  expect(await lookUp('./empty')).toMatchObject({ok: false, error: {code: 'memory.no-model-files'}});
});

test('files of a model that are broken are a problem, whatever the configuration says', async () => {
  await writeFiles(directory, {...below('kimi', checkpoint), 'kimi/model.safetensors': 'no tensors'});
  const result = await lookUp('./kimi');
  expect(result.ok).toBe(false);
  expect(!result.ok && result.error.code).not.toBe('memory.no-model-files');
});

test('a file of more than 8 MiB is not read as a configuration', async () => {
  const file = join(directory, 'config.json');
  const most = 8 * 1024 ** 2;
  await writeFile(file, JSON.stringify(tinyConfig).padEnd(most, ' '));
  expect(await lookUp('./config.json')).toMatchObject({ok: true, value: {kind: 'config'}});
  await truncate(file, most + 1);
  expect(await lookUp('./config.json')).toMatchObject({ok: false, error: {code: 'memory.broken-model-file'}});
});

test('a configuration that is a named pipe is refused instead of waited for', async () => {
  execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', join(directory, 'config.json')]);
  expect(await lookUp('./config.json')).toMatchObject({ok: false, error: {code: 'memory.broken-model-file'}});
});

test('a configuration that cannot be read or understood is a problem', async () => {
  await mkdir(join(directory, 'config.json'));
  expect(await lookUp('./config.json')).toMatchObject({
    ok: false,
    error: {message: expect.stringContaining('config.json')},
  });
  await writeFiles(directory, {'kimi/config.json': 'no JSON'});
  expect(await lookUp('./kimi')).toMatchObject({ok: false});
});

test('a configuration alone is stored as the file of ModelOpt next to it says', async () => {
  const nvfp4 = {quantization: {quant_algo: 'NVFP4', group_size: 16, exclude_modules: ['lm_head']}};
  await writeFiles(directory, {'kimi/config.json': tinyConfig, 'kimi/hf_quant_config.json': nvfp4});
  for (const model of ['./kimi', './kimi/config.json']) {
    expect(await lookUp(model)).toMatchObject({ok: true, value: {kind: 'config', format: 'nvfp4'}});
  }
  await writeFiles(directory, {'kimi/hf_quant_config.json': '{'});
  expect(await lookUp('./kimi')).toMatchObject({ok: false, error: {code: 'memory.broken-config'}});
});
