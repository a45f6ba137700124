import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import type {ModelOnDisk} from '../../../../src/domain/memory/model/checkpoint.ts';
import type {ModelProblem} from '../../../../src/domain/memory/model/model-problem.ts';
import {readModelOnDisk} from '../../../../src/sources/model-files/model-on-disk.ts';
import {temporaryDirectory} from '../../../harness/temporary-directory.ts';
import {buildGguf, type GgufTensorSpec, writeFiles} from '../build-model-files.ts';
import {tinyGgufMetadata, tinyGgufParts} from '../tiny-models.ts';

const first = 'tiny-Q8_0-00001-of-00002.gguf';
const second = 'tiny-Q8_0-00002-of-00002.gguf';
const [firstTensors, secondTensors] = tinyGgufParts;
const allTensors = [...firstTensors, ...secondTensors];
const bytesOf = (tensors: readonly GgufTensorSpec[]): number => tensors.reduce((sum, {bytes}) => sum + bytes, 0);
const whole = buildGguf(tinyGgufMetadata, allTensors);

async function write(files: Readonly<Record<string, unknown>>): Promise<string> {
  const directory = temporaryDirectory();
  await writeFiles(directory, files);
  return directory;
}

async function read(path: string, variant?: string): Promise<ModelOnDisk> {
  const result = await readModelOnDisk(path, variant === undefined ? {} : {variant});
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

async function problemOf(path: string, variant?: string): Promise<ModelProblem> {
  const result = await readModelOnDisk(path, variant === undefined ? {} : {variant});
  if (result.ok) throw new Error('it was read');
  return result.error;
}

describe('one file', () => {
  test('has the architecture in its metadata, the bytes in its tensors, the format in its file type', async () => {
    const path = join(await write({'tiny.gguf': whole}), 'tiny.gguf');
    const model = await read(path);
    expect(model).toMatchObject({
      kind: 'gguf',
      path,
      format: 'Q8_0',
      quantization: null,
      missingFiles: [],
      fileCount: 1,
    });
    expect(model.architecture).toEqual({
      name: 'Tiny Kimi',
      layers: 2,
      hiddenSize: 64,
      attention: {
        kind: 'mla',
        heads: 2,
        queryLoraRank: 32,
        kvLoraRank: 32,
        queryKeyNopeHeadSize: 2,
        queryKeyRopeHeadSize: 4,
        valueHeadSize: 4,
      },
      denseIntermediateSize: 128,
      experts: {
        firstDenseLayers: 1,
        layerStep: 1,
        routedExperts: 2,
        expertsPerToken: 1,
        expertIntermediateSize: 32,
        sharedExperts: 1,
        sharedIntermediateSize: 32,
        hasCorrectionBias: true,
        hasBiases: false,
      },
      vocabularySize: 96,
      tiesEmbeddings: false,
      maxContextTokens: 4096,
      vision: null,
      layerCaches: null,
      windowTokens: null,
      linearAttention: null,
      indexer: null,
      predictionLayers: 0,
    });
    expect(model.tensorBytes).toBe(bytesOf(allTensors));
    expect(model.bytesByPart).toEqual({
      embedding: 64 * 96 * 4,
      'attention-down': 64 * 32 * 4,
      'dense-mlp': 64 * 128 * 4,
      'attention-up': 32 * 12 * 4,
      router: 64 * 2 * 4,
      'router-bias': 8,
      'routed-experts': ((64 * 32 * 2) / 32) * 34,
      'shared-experts': ((64 * 32) / 32) * 34,
      norms: 2 * 64 * 4,
      'output-head': ((64 * 96) / 32) * 34,
    });
    expect(model.otherBytes).toBe(8);
  });

  test('grouped attention: flags are derived from the tensors, and a missing head is tied', async () => {
    const metadata = {
      'general.architecture': 'qwen2',
      'qwen2.block_count': 1,
      'qwen2.context_length': 32_768,
      'qwen2.embedding_length': 64,
      'qwen2.feed_forward_length': 128,
      'qwen2.attention.head_count': 4,
      'qwen2.attention.head_count_kv': [2, 2],
    };
    const tensors = [
      {name: 'token_embd.weight', shape: [64, 96], type: 1, bytes: 64 * 96 * 2},
      {name: 'blk.0.attn_q.bias', shape: [64], type: 0, bytes: 256},
    ];
    const {architecture, format} = await read(join(await write({'q.gguf': buildGguf(metadata, tensors)}), 'q.gguf'));
    expect(architecture).toMatchObject({
      name: 'qwen2',
      tiesEmbeddings: true,
      experts: null,
      attention: {kind: 'gqa', kvHeads: 2, headSize: 16, hasQueryKeyValueBias: true, hasQueryKeyNorms: false},
    });
    expect(format).toBe('mixed');
  });

  test('an unknown type has the bytes up to the next tensor', async () => {
    const tensors = allTensors.map((tensor) => (tensor.name === 'output.weight' ? {...tensor, type: 144} : tensor));
    const model = await read(join(await write({'t.gguf': buildGguf(tinyGgufMetadata, tensors)}), 't.gguf'));
    expect(model.bytesByPart['output-head']).toBe(((64 * 96) / 32) * 34);
  });

  test('a long vocabulary is skipped without loading it', async () => {
    const tokens = Array.from({length: 120_000}, (_, index) => `token number ${index}`);
    const file = buildGguf({...tinyGgufMetadata, 'tokenizer.ggml.tokens': tokens}, allTensors);
    expect(file.length).toBeGreaterThan(3_000_000);
    expect((await read(join(await write({'v.gguf': file}), 'v.gguf'))).tensorBytes).toBe(bytesOf(allTensors));
  });
});

describe('the end of the file', () => {
  // No metadata that ends at a multiple of 32, so that the tensors begin behind a gap.
  const metadata = (length: number) => ({...tinyGgufMetadata, 'general.name': 'T'.repeat(length)});
  const lengths = Array.from({length: 32}, (_, index) => index + 1);

  test('is at the end of its last tensor, and one byte less is an error, wherever its tensors begin', async () => {
    const last = allTensors.at(-1);
    if (last === undefined) throw new Error('there are no tensors');
    const padding = Math.ceil(last.bytes / 32) * 32 - last.bytes;
    for (const length of lengths) {
      const file = buildGguf(metadata(length), allTensors);
      const end = file.length - padding;
      const directory = await write({'whole.gguf': file.subarray(0, end), 'cut.gguf': file.subarray(0, end - 1)});
      expect((await read(join(directory, 'whole.gguf'))).tensorBytes).toBe(bytesOf(allTensors));
      expect(await problemOf(join(directory, 'cut.gguf'))).toMatchObject({code: 'memory.truncated-model-file'});
    }
  });
});

describe('a split set', () => {
  const parts = {
    [first]: buildGguf(tinyGgufMetadata, firstTensors),
    [second]: buildGguf({'split.no': 1}, secondTensors),
  };

  test.each([
    ['the directory', ''],
    ['its first part', first],
    ['any part', second],
  ])('is complete by %s', async (_name, file) => {
    const model = await read(join(await write(parts), file));
    expect(model).toMatchObject({fileCount: 2, missingFiles: [], tensorBytes: bytesOf(allTensors)});
  });

  test('a missing part is reported; without the first nothing is known', async () => {
    const directory = await write({[first]: parts[first]});
    expect(await read(directory)).toMatchObject({missingFiles: [second], tensorBytes: bytesOf(firstTensors)});
    const headless = await write({[second]: parts[second]});
    expect(await problemOf(headless)).toMatchObject({code: 'memory.missing-first-part'});
    expect((await problemOf(headless)).message).toContain(first);
  });
});

describe('several models in one directory', () => {
  const files = {'Q8_0/tiny-Q8_0.gguf': whole, 'UD-Q4_K_XL/tiny-UD-Q4_K_XL.gguf': whole, 'mmproj-BF16.gguf': whole};

  test('are distinguished by a label, and are ambiguous without one', async () => {
    const directory = await write(files);
    expect((await read(directory, 'q4_k_xl')).path).toBe(join(directory, 'UD-Q4_K_XL/tiny-UD-Q4_K_XL.gguf'));
    expect((await problemOf(directory)).message).toContain(
      'it contains 2 GGUF models: Q8_0/tiny-Q8_0.gguf, UD-Q4_K_XL',
    );
    expect((await problemOf(directory, 'Q5_K_M')).message).toContain('no GGUF model Q5_K_M');
  });
});

describe('refused and broken', () => {
  const changed = (changes: Readonly<Record<string, number | string | readonly number[]>>): Buffer =>
    buildGguf({...tinyGgufMetadata, ...changes}, allTensors);

  const hugeList = Buffer.alloc(2000);
  hugeList.writeBigUInt64LE(1n, 0);
  hugeList.writeUInt32LE(9, 9);
  hugeList.writeUInt32LE(8, 13);
  hugeList.writeBigUInt64LE(2n ** 60n, 17);

  test.each([
    ['not GGUF', Buffer.from('not a model at all, but long enough'), 'it does not start with GGUF'],
    ['empty', Buffer.alloc(0), 'it does not start with GGUF'],
    ['only the magic', Buffer.from('GGUF'), 'has 4 bytes, expected at least 24'],
    ['another version', buildGguf(tinyGgufMetadata, allTensors, {version: 9}), 'it has version 9, expected 2 or 3'],
    ['absurd counts', buildGguf({}, [], {tensorCount: 2n ** 60n}), 'it has 1152921504606846976 tensors'],
    ['more tensors than it has room for', buildGguf({}, [], {tensorCount: 100_000n}), 'expected at least 2,400,024'],
    ['more keys than it has', buildGguf(tinyGgufMetadata, [], {keyCount: 60n}), 'g.gguf'],
    ['cut in its metadata', whole.subarray(0, 700), 'has 700 bytes, expected at least'],
    ['cut in the description of its tensors', whole.subarray(0, 1500), 'has 1,500 bytes, expected'],
    ['a list of 2^60 texts', Buffer.concat([whole.subarray(0, 24), hugeList]), 'it has a list of 115292150460684'],
    ['cut in its tensors', whole.subarray(0, whole.length - 4000), 'it is incomplete'],
    ['no architecture', buildGguf({}, []), 'general.architecture is missing'],
    ['sliding window', changed({'deepseek2.attention.sliding_window': 128}), 'sliding-window attention'],
    ['state space', changed({'deepseek2.ssm.state_size': 128}), 'deepseek2.ssm.state_size'],
    ['different layers', changed({'deepseek2.attention.head_count_kv': [1, 2]}), 'different numbers of KV heads'],
    [
      'an absurd layer count',
      changed({'deepseek2.block_count': 4_000_000_000}),
      'deepseek2.block_count is 4000000000, expected',
    ],
    ['text for a number', changed({'deepseek2.embedding_length': 'x'}), 'deepseek2.embedding_length is "x", expected'],
    ['mamba', buildGguf({'general.architecture': 'mamba'}, []), 'architecture mamba has state-space layers'],
    ['gpt-oss', buildGguf({'general.architecture': 'gpt-oss'}, []), 'gpt-oss.block_count is missing'],
  ])('%s', async (_name, file, expected) => {
    const path = join(await write({'g.gguf': file}), 'g.gguf');
    const problem = await problemOf(path);
    expect(problem.message).toContain(path);
    expect(problem.message).toContain(expected);
  });
});
