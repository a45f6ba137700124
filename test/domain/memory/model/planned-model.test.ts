import {describe, expect, test} from 'vitest';
import type {ModelOnDisk} from '../../../../src/domain/memory/model/checkpoint.ts';
import {findKnownModel} from '../../../../src/domain/memory/model/known-models.ts';
import {type PlannedModel, resolveModel} from '../../../../src/domain/memory/model/planned-model.ts';
import {
  describeQuantization,
  publishedQuantization,
  WHOLE_SIDE,
} from '../../../../src/domain/memory/model/quantization.ts';
import {checkpointBytes, weightParts} from '../../../../src/domain/memory/model/weights.ts';
import {knownArchitecture} from '../plan-samples.ts';

const KIMI = 'moonshotai/Kimi-K2.7-Code';
const architecture = knownArchitecture();
const int4 = publishedQuantization('int4');
const derivedParts = weightParts(architecture, int4);
const exactBytes = Object.fromEntries(derivedParts.map(({name, bytes}) => [name, bytes]));

function onDisk(change: Partial<ModelOnDisk> = {}): ModelOnDisk {
  return {
    path: '/models/k2',
    kind: 'safetensors',
    architecture,
    quantization: int4,
    format: 'int4',
    tensorBytes: checkpointBytes(derivedParts),
    bytesByPart: exactBytes,
    otherBytes: 0,
    fileCount: 64,
    missingFiles: [],
    notes: [],
    ...change,
  };
}

function resolved(format: string, disk: ModelOnDisk | null, id = KIMI): PlannedModel {
  const result = resolveModel(id, format, disk);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

const sum = (parts: PlannedModel['parts']) => parts.reduce((total, {bytes}) => total + bytes, 0);

describe('a model on disk', () => {
  test('that is complete counts by its files', () => {
    const model = resolved('auto', onDisk({tensorBytes: 600e9}));
    expect(model.checkpoint).toEqual({
      format: 'int4',
      bytes: 600e9,
      source: 'safetensors',
      detail: '/models/k2',
      derivedBytes: checkpointBytes(derivedParts),
      fileCount: 64,
      missingFiles: [],
    });
    expect(sum(model.parts)).toBe(checkpointBytes(derivedParts));
    expect(model).toMatchObject({id: KIMI, nativeFormat: 'int4', quantization: int4, notes: []});
  });

  test('that lacks files counts by its shapes, and lists the missing files', () => {
    const model = resolved('auto', onDisk({tensorBytes: 5e9, bytesByPart: {}, missingFiles: ['a', 'b']}));
    expect(model.checkpoint).toMatchObject({
      source: 'derived',
      bytes: checkpointBytes(derivedParts),
      missingFiles: ['a', 'b'],
    });
    expect(sum(model.parts)).toBe(checkpointBytes(derivedParts));
  });

  test('of unknown storage counts by its files, complete or not', () => {
    for (const missingFiles of [[], ['a']]) {
      const model = resolved('auto', onDisk({quantization: null, tensorBytes: 7e9, missingFiles}));
      expect(model.checkpoint).toMatchObject({source: 'safetensors', bytes: 7e9, derivedBytes: null});
    }
  });

  test('each part has the bytes of its tensors, over its layers in the same shares', () => {
    const doubled = Object.fromEntries(derivedParts.map(({name, bytes}) => [name, bytes * 2]));
    const model = resolved('auto', onDisk({bytesByPart: doubled}));
    for (const part of model.parts) {
      const derived = derivedParts.find(({name}) => name === part.name);
      expect(part.bytes).toBe((derived?.bytes ?? 0) * 2);
      expect(part.bytesByLayer).toEqual(derived?.bytesByLayer.map((bytes) => bytes * 2));
      expect([part.firstBytes, part.lastBytes]).toEqual([
        (derived?.firstBytes ?? 0) * 2,
        (derived?.lastBytes ?? 0) * 2,
      ]);
    }
  });

  test('a part without tensors needs nothing', () => {
    const {'vision-tower': _tower, 'vision-projector': _projector, ...text} = exactBytes;
    const model = resolved('auto', onDisk({bytesByPart: text}));
    expect(model.parts.map(({name}) => name)).not.toContain('vision-tower');
    expect(model.parts).toHaveLength(derivedParts.length - 2);
  });

  test('tensors of no known part count with the norms, before the layers, and are never lost', () => {
    const norms = derivedParts.find(({name}) => name === 'norms');
    const model = resolved('auto', onDisk({otherBytes: 1_000}));
    const own = model.parts.filter(({name}) => name === 'norms');
    expect(own).toEqual([{...norms, bytes: (norms?.bytes ?? 0) + 1_000, firstBytes: (norms?.firstBytes ?? 0) + 1_000}]);
    expect(sum(model.parts)).toBe(checkpointBytes(derivedParts) + 1_000);
    const {norms: _, ...without} = exactBytes;
    const bare = resolved('auto', onDisk({bytesByPart: without, otherBytes: 1_000}));
    expect(bare.parts.filter(({name}) => name === 'norms')).toHaveLength(1);
    expect(sum(bare.parts)).toBe(checkpointBytes(derivedParts) + 1_000);
  });

  test('is planned in another format by its shapes, except a GGUF, which has no other', () => {
    const other = resolved('fp8', onDisk());
    expect(other.checkpoint).toMatchObject({format: 'fp8', source: 'derived', fileCount: 0});
    expect(other.nativeFormat).toBe('int4');
    const gguf = onDisk({kind: 'gguf', quantization: null, format: 'Q4_K_M', tensorBytes: 9e9});
    expect(resolved('fp8', gguf).checkpoint).toMatchObject({format: 'Q4_K_M', source: 'gguf', bytes: 9e9});
    expect(resolved('Q4_K_M', gguf).checkpoint.source).toBe('gguf');
  });

  test('of an unknown name has the format of its files', () => {
    expect(resolved('auto', onDisk({format: 'mxfp4'}), '/models/k2').nativeFormat).toBe('mxfp4');
    expect(resolved('bf16', onDisk({format: 'mxfp4'}), '/models/k2')).toMatchObject({
      nativeFormat: 'mxfp4',
      checkpoint: {format: 'bf16'},
    });
  });

  test('with only a config.json counts by its shapes', () => {
    const notes = [{code: 'n', message: 'm', remedy: 'r'}];
    const config = onDisk({kind: 'config', fileCount: 0, tensorBytes: 0, notes});
    expect(resolved('auto', config)).toMatchObject({
      checkpoint: {format: 'int4', source: 'derived', bytes: checkpointBytes(derivedParts), derivedBytes: null},
      quantization: int4,
      nativeFormat: 'int4',
      notes,
    });
    const plain = resolved('auto', onDisk({kind: 'config', quantization: null, format: 'bf16'}));
    expect(plain.quantization?.format).toBe('bf16');
    expect(plain.checkpoint.bytes).toBe(checkpointBytes(weightParts(architecture, publishedQuantization('bf16'))));
  });
});

describe('a model that is not on disk', () => {
  test('is known by its id, in its own format or the requested one', () => {
    const known = findKnownModel(KIMI);
    expect(resolved('auto', null)).toMatchObject({
      checkpoint: {format: known?.nativeFormat, source: 'derived', derivedBytes: null, fileCount: 0, missingFiles: []},
      architecture: known?.architecture,
      nativeFormat: known?.nativeFormat,
    });
    expect(resolved('nvfp4', null).checkpoint.format).toBe('nvfp4');
  });

  test('as a published GGUF has the size of its files and no vision tower', () => {
    const model = resolved('UD-Q4_K_XL', null, 'unsloth/Kimi-K2.7-Code-GGUF');
    expect(model.architecture.vision).toBeNull();
    expect(model).toMatchObject({
      quantization: null,
      nativeFormat: 'int4',
      checkpoint: {format: 'UD-Q4_K_XL', derivedBytes: null},
    });
    expect(sum(model.parts)).toBeCloseTo(model.checkpoint.bytes, -2);
    const layers = model.parts.flatMap(({bytesByLayer}) => bytesByLayer).reduce((total, bytes) => total + bytes, 0);
    const ends = model.parts.reduce((total, {firstBytes, lastBytes}) => total + firstBytes + lastBytes, 0);
    expect(layers + ends).toBeCloseTo(model.checkpoint.bytes, -2);
  });

  test('as a published GGUF is planned with the quantization behind its repository, unless a format is set', () => {
    const id = 'unsloth/Kimi-K2.7-Code-GGUF:UD-Q2_K_XL';
    expect(resolved('auto', null, id).checkpoint).toMatchObject({format: 'UD-Q2_K_XL', bytes: 339e9});
    expect(resolved('UD-Q4_K_XL', null, id).checkpoint.format).toBe('UD-Q4_K_XL');
    const refused = resolveModel('unsloth/Kimi-K2.7-Code-GGUF', 'auto', null);
    expect(refused).toMatchObject({ok: false, error: {message: expect.stringContaining('several quantizations')}});
  });
});

test.each([
  [{bytes: 2, rows: 1, columns: 32}, 4, /a 16-bit scale per 32$/],
  [{bytes: 1, rows: 1, columns: 16}, 4, /an 8-bit scale per 16$/],
  [{bytes: 4, rows: 128, columns: 64}, 8, /a 32-bit scale per 128x64$/],
  [{bytes: 2, rows: 1, columns: WHOLE_SIDE}, 8, /per row$/],
  [{bytes: 2, rows: WHOLE_SIDE, columns: WHOLE_SIDE}, 8, /per matrix$/],
  [null, 16, /^16 bit$/],
])('a scale of %j is described with its bits and group', (scale, weightBits, expected) => {
  expect(describeQuantization({...int4, weightBits, scale})).toMatch(expected);
});
