import {chmod, symlink, truncate} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import type {ModelOnDisk} from '../../../src/domain/memory/model/checkpoint.ts';
import type {ModelProblem} from '../../../src/domain/memory/model/model-problem.ts';
import {checkpointBytes, weightParts} from '../../../src/domain/memory/model/weights.ts';
import {readModelOnDisk} from '../../../src/sources/model-files/model-on-disk.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';
import {
  buildSafetensors,
  safetensorsFile,
  safetensorsHeader,
  type TensorSpec,
  tensorBytes,
  writeFiles,
} from './build-model-files.ts';
import {tinyConfig, tinyShards} from './tiny-models.ts';

const first = 'model-00001-of-00002.safetensors';
const second = 'model-00002-of-00002.safetensors';
const [firstShard, secondShard] = tinyShards;
const allTensors = [...firstShard, ...secondShard];
const allBytes = allTensors.reduce((sum, tensor) => sum + tensorBytes(tensor), 0);

function indexOf(totalBytes: unknown = allBytes): unknown {
  const weight_map = Object.fromEntries([
    ...firstShard.map(([name]) => [name, first]),
    ...secondShard.map(([name]) => [name, second]),
  ]);
  return {metadata: {total_size: totalBytes}, weight_map};
}

/** A whole tiny checkpoint; files given here replace or remove its own. */
async function writeCheckpoint(changes: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const directory = temporaryDirectory();
  const files: Record<string, unknown> = {
    'config.json': tinyConfig,
    'model.safetensors.index.json': indexOf(),
    [first]: buildSafetensors(firstShard),
    [second]: buildSafetensors(secondShard),
    'tokenizer.json': '{}',
    ...changes,
  };
  await writeFiles(directory, Object.fromEntries(Object.entries(files).filter(([, content]) => content !== undefined)));
  return directory;
}

async function read(directory: string): Promise<ModelOnDisk> {
  const result = await readModelOnDisk(directory);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

async function problemOf(path: string): Promise<ModelProblem> {
  const result = await readModelOnDisk(path);
  if (result.ok) throw new Error('it was read');
  return result.error;
}

describe('a complete checkpoint', () => {
  test('its bytes by part are those of the architecture, and its files are counted', async () => {
    const model = await read(await writeCheckpoint());
    expect(model).toMatchObject({kind: 'safetensors', format: 'bf16', fileCount: 2, missingFiles: [], notes: []});
    expect([model.tensorBytes, model.otherBytes]).toEqual([allBytes, 0]);
    const {quantization} = model;
    if (quantization === null) throw new Error('it is known');
    const parts = weightParts(model.architecture, quantization);
    expect(model.bytesByPart).toEqual(Object.fromEntries(parts.map(({name, bytes}) => [name, bytes])));
    expect(model.tensorBytes).toBe(checkpointBytes(parts));
  });

  test('one file without an index is complete', async () => {
    const directory = temporaryDirectory();
    await writeFiles(directory, {'config.json': tinyConfig, 'model.safetensors': buildSafetensors(allTensors)});
    expect(await read(directory)).toMatchObject({tensorBytes: allBytes, fileCount: 1, missingFiles: []});
  });

  test('the same weights in a second form, for another loader, are not counted', async () => {
    const copy = {'consolidated.safetensors': buildSafetensors(allTensors)};
    const alone = {'model.safetensors.index.json': undefined, [first]: undefined, [second]: undefined};
    const both = await read(
      await writeCheckpoint({...alone, ...copy, 'model.safetensors': buildSafetensors(allTensors)}),
    );
    expect(both).toMatchObject({fileCount: 1, tensorBytes: allBytes});
    expect(await read(await writeCheckpoint({...alone, ...copy}))).toMatchObject({fileCount: 1, tensorBytes: allBytes});
  });

  test('a GGUF file in the same directory is used only where it is chosen', async () => {
    const directory = await writeCheckpoint({'tiny-Q4_K_M.gguf': 'no GGUF'});
    expect(await read(directory)).toMatchObject({kind: 'safetensors', fileCount: 2});
    const chosen = await readModelOnDisk(directory, {variant: 'Q4_K_M'});
    expect(!chosen.ok && chosen.error.message).toContain('tiny-Q4_K_M.gguf');
  });

  test('an index names files of its own directory only', async () => {
    for (const name of ['../other.safetensors', 'sub/other.safetensors', '.hidden.safetensors', 'other.bin']) {
      const index = {weight_map: {'model.embed_tokens.weight': name}};
      const result = await readModelOnDisk(await writeCheckpoint({'model.safetensors.index.json': index}));
      expect(result).toMatchObject({ok: false, error: {code: 'memory.broken-model-file'}});
    }
  });

  test('unknown parts are in otherBytes, and layers beyond the last apart', async () => {
    const extra: TensorSpec[] = [
      ['language_model.model.layers.2.mlp.gate_proj.weight', 'BF16', [4, 4]],
      ['language_model.model.layers.0.self_attn.rotary_emb.inv_freq', 'F32', [2]],
    ];
    const directory = temporaryDirectory();
    await writeFiles(directory, {
      'config.json': tinyConfig,
      'model.safetensors': buildSafetensors([...allTensors, ...extra]),
    });
    expect(await read(directory)).toMatchObject({
      tensorBytes: allBytes + 40,
      otherBytes: 8,
      bytesByPart: {prediction: 32},
    });
  });

  test('a snapshot of links to blobs is read like files; a link whose blob is gone is a missing file', async () => {
    const source = await writeCheckpoint();
    const snapshot = temporaryDirectory();
    for (const name of ['config.json', 'model.safetensors.index.json', first])
      await symlink(join(source, name), join(snapshot, name));
    await symlink(join(source, 'gone'), join(snapshot, second));
    expect(await read(snapshot)).toMatchObject({fileCount: 1, missingFiles: [second]});
  });

  test('an unknown quantization is noted, and the bytes are those of the files', async () => {
    const config = {...tinyConfig, quantization_config: {quant_method: 'bitsandbytes'}};
    const model = await read(await writeCheckpoint({'config.json': config}));
    expect(model).toMatchObject({quantization: null, format: 'unknown', tensorBytes: allBytes});
    expect(model.notes.map(({code}) => code)).toEqual(['memory.unknown-quantization']);
  });

  test('hf_quant_config.json next to it has the format', async () => {
    const quantization = {quant_algo: 'NVFP4', group_size: 16, exclude_modules: ['lm_head']};
    const model = await read(await writeCheckpoint({'hf_quant_config.json': {quantization}}));
    expect(model.format).toBe('nvfp4');
  });

  test('an index with other bytes than the files is noted', async () => {
    const [note] = (await read(await writeCheckpoint({'model.safetensors.index.json': indexOf(allBytes + 7)}))).notes;
    expect(note?.message).toContain(`it lists ${(allBytes + 7).toLocaleString('en-US')} bytes, the files contain`);
  });
});

describe('missing', () => {
  test('a missing shard of the index is listed by name', async () => {
    const model = await read(await writeCheckpoint({[second]: undefined}));
    expect(model).toMatchObject({fileCount: 1, missingFiles: [second]});
    expect(model.tensorBytes).toBe(firstShard.reduce((sum, tensor) => sum + tensorBytes(tensor), 0));
  });

  test('without an index the numbering shows what is missing', async () => {
    const model = await read(await writeCheckpoint({[first]: undefined, 'model.safetensors.index.json': undefined}));
    expect(model.missingFiles).toEqual([first]);
  });

  test.each([
    ['all shards', {[first]: undefined, [second]: undefined}, 'all 2 shards that it names are missing'],
    ['config.json', {'config.json': undefined}, 'config.json: no such file'],
  ])('%s', async (_name, changes, expected) => {
    expect((await problemOf(await writeCheckpoint(changes))).message).toContain(expected);
  });

  test('a directory without a model is reported with its contents', async () => {
    const directory = temporaryDirectory();
    await writeFiles(directory, {'config.json': tinyConfig, 'pytorch_model.bin': 'x'});
    const problem = await problemOf(directory);
    expect(problem.code).toBe('memory.no-model-files');
    expect(problem.message).toContain('only files such as pytorch_model.bin');
  });

  test('GGUF files two levels down, or in a hidden directory, are not of it; those one level down are', async () => {
    const directory = temporaryDirectory();
    await writeFiles(directory, {'.cache/x.gguf': 'no GGUF', 'a/b/x.gguf': 'no GGUF', 'a.bin': ''});
    expect((await problemOf(directory)).code).toBe('memory.no-model-files');
    await writeFiles(directory, {'Q4./x.gguf': 'no GGUF'});
    expect((await problemOf(directory)).message).toContain('Q4./x.gguf');
  });

  test('a path that does not exist, and a file of another type', async () => {
    expect((await problemOf('/nonexistent/model')).code).toBe('memory.model-not-found');
    expect((await problemOf('/dev/null')).message).toContain('not a directory or a .gguf file');
  });

  test('a shard that this user cannot read', async () => {
    const directory = await writeCheckpoint();
    await chmod(directory, 0o755);
    await chmod(join(directory, second), 0);
    const problem = await asOrdinaryUser(() => problemOf(directory));
    expect(problem).toMatchObject({code: 'memory.model-not-readable'});
    expect(problem.message).toContain(`${join(directory, second)}: permission denied`);
  });
});

/** Root may read everything, so that a test of permissions must not run as root. */
async function asOrdinaryUser<T>(work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return await work();
  process.seteuid?.('nobody');
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

describe('broken', () => {
  test('with two broken shards, the first one is reported, also where the second is read sooner', async () => {
    const header = Buffer.alloc(8 + 2_000_000, ' ');
    header.writeBigUInt64LE(2_000_000n);
    header.write('{', 8);
    const directory = await writeCheckpoint({[first]: header, [second]: 'y'});
    expect((await problemOf(directory)).message).toContain(join(directory, first));
  });

  test.each(['x'.repeat(201), 'a b', 'ä'])('an index with the shard name %j is refused', async (name) => {
    const index = {weight_map: {'lm_head.weight': `${name}.safetensors`}};
    const {message} = await problemOf(await writeCheckpoint({'model.safetensors.index.json': index}));
    expect(message).toContain('expected a safetensors file in the same directory');
  });

  test('a truncated shard is reported with the bytes it should have', async () => {
    const directory = await writeCheckpoint();
    const whole = buildSafetensors(secondShard).length;
    await truncate(join(directory, second), whole - 100);
    expect(await problemOf(directory)).toMatchObject({
      code: 'memory.truncated-model-file',
      message: `${join(directory, second)}: has ${(whole - 100).toLocaleString('en-US')} bytes, expected ${whole.toLocaleString('en-US')}: it is incomplete.`,
    });
  });

  const huge = Buffer.from('ffffffffffffff7f', 'hex');
  const tensor = {dtype: 'U8', shape: [4], data_offsets: [0, 4]};
  test.each([
    ['an empty shard', Buffer.alloc(0), 'has 0 bytes'],
    ['a shard cut in its header', buildSafetensors(secondShard).subarray(0, 200), 'has 200 bytes, expected'],
    ['a huge header length', Buffer.concat([huge, Buffer.alloc(64)]), 'its header has 9223372036854775807 bytes'],
    [
      'a header that is no JSON',
      safetensorsFile('{"a": nope}', 0),
      'its header is broken: expected an object at byte 6',
    ],
    ['a nested header', safetensorsFile(`{"__metadata__":${'['.repeat(50_000)}`, 0), 'no more than 32 levels'],
    ['overlapping tensors', safetensorsFile({a: tensor, b: {...tensor, data_offsets: [2, 6]}}, 6), 'overlap at byte 2'],
    ['a hole', safetensorsFile({a: tensor, b: {...tensor, data_offsets: [8, 12]}}, 12), 'leave a hole at byte 4'],
    ['offsets that go back', safetensorsFile({a: {...tensor, data_offsets: [4, 0]}}, 4), '"a" has offsets 4 to 0'],
    ['another shape', safetensorsFile({a: {...tensor, shape: [5]}}, 4), 'expected the bytes of 5 x "U8"'],
    ['a tensor without offsets', safetensorsFile({a: {dtype: 'U8', shape: []}}, 4), '"a" has no dtype, shape or two'],
    ['bytes after the last', safetensorsFile({a: tensor}, 9), 'it has 5 bytes after its last tensor'],
    ['text after the header', safetensorsFile('{} x', 0), 'expected the end at byte 3'],
    ['negative offsets', safetensorsFile({a: {...tensor, data_offsets: [-4, 0]}}, 4), 'a non-negative whole number'],
    ['offsets past 2^53', safetensorsFile({a: {...tensor, data_offsets: [0, 2 ** 60]}}, 4), 'a number below 2^53'],
  ])('%s', async (_name, shard, expected) => {
    const directory = await writeCheckpoint({[second]: shard});
    const problem = await problemOf(directory);
    expect(problem.message).toContain(join(directory, second));
    expect(problem.message).toContain(expected);
  });

  test.each([
    ['an index that is no JSON', 'model.safetensors.index.json', '{"weight_map": {"a": "b"', 'not a valid index'],
    [
      'an index that leads out',
      'model.safetensors.index.json',
      {weight_map: {a: '../../x.safetensors'}},
      'expected a safetensors file in the same directory',
    ],
    ['an empty index', 'model.safetensors.index.json', {weight_map: {}}, 'its weight_map is empty'],
    ['a broken config.json', 'config.json', '{"architectures": [', 'is not JSON'],
    ['a config.json of nothing', 'config.json', {}, 'num_hidden_layers is missing'],
  ])('%s', async (_name, file, content, expected) => {
    const directory = await writeCheckpoint({[file]: content});
    const problem = await problemOf(directory);
    expect(problem.message).toContain(join(directory, file));
    expect(problem.message).toContain(expected);
  });

  test('escapes in names are read, and two headers with the same names are equal', async () => {
    const header = JSON.stringify(safetensorsHeader(allTensors)).replaceAll('embed_tokens', 'embed\\u005ftokens');
    const directory = temporaryDirectory();
    await writeFiles(directory, {'config.json': tinyConfig, 'model.safetensors': safetensorsFile(header, allBytes)});
    expect((await read(directory)).bytesByPart.embedding).toBe(512);
  });
});
