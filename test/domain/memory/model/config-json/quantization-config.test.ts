import {describe, expect, test} from 'vitest';
import {readModelConfig} from '../../../../../src/domain/memory/model/config-json/model-config.ts';
import {WHOLE_SIDE} from '../../../../../src/domain/memory/model/quantization.ts';
import {checkpointBytes, weightParts} from '../../../../../src/domain/memory/model/weights.ts';
import {kimiK25, llama3} from '../config-samples.ts';
import {qwen35Dense, qwen36Modelopt} from '../hybrid-configs.ts';
import {place, problemOf, quantizationOf, readConfig} from './read-config.ts';

const compressed = (weights: unknown, more: object = {}, format: string | null = null) => ({
  quant_method: 'compressed-tensors',
  format,
  config_groups: {group_0: {targets: ['Linear'], weights, ...more}},
});
const integer = {num_bits: 4, type: 'int', group_size: 32, symmetric: true};
const float4 = {num_bits: 4, type: 'float', group_size: 16};
const float8 = {num_bits: 8, type: 'float'};
const scale = (bytes: number, rows: number, columns: number) => ({bytes, rows, columns});

describe('compressed-tensors', () => {
  test.each([
    [{num_bits: 8, type: 'float', strategy: 'tensor'}, 'fp8'],
    [{num_bits: 8, type: 'int'}, undefined],
    [null, undefined],
  ])('a cache of type auto is FP8 where the checkpoint says so: %o', (kv_cache_scheme, expected) => {
    const {kvCacheDtype} = quantizationOf({...compressed({...float8, strategy: 'channel'}), kv_cache_scheme});
    expect(kvCacheDtype).toBe(expected);
  });

  test.each([
    ['INT4 in groups', compressed(integer), 'int4', 4, scale(2, 1, 32), 8],
    ['INT4 with zero points', compressed({...integer, symmetric: false}), 'int4', 4, scale(2.5, 1, 32), 8],
    ['INT4 a channel (-1)', compressed({...integer, group_size: -1}), 'int4', 4, scale(2, 1, WHOLE_SIDE), 8],
    ['INT4 a channel (unsaid)', compressed({num_bits: 4, type: 'int'}), 'int4', 4, scale(2, 1, WHOLE_SIDE), 8],
    ['NVFP4', compressed(float4, {}, 'nvfp4-pack-quantized'), 'nvfp4', 4, scale(1, 1, 16), 8],
    ['NVFP4 of 32', compressed({...float4, group_size: 32}, {}, 'nvfp4'), 'nvfp4', 4, scale(1, 1, 32), 8],
    ['NVFP4 unsaid', compressed({num_bits: 4, type: 'float'}), 'nvfp4', 4, scale(1, 1, 16), 8],
    ['MXFP4', compressed({num_bits: 4, type: 'float'}, {}, 'mxfp4-pack-quantized'), 'mxfp4', 4, scale(1, 1, 32), 0],
    ['MXFP4 by its group', compressed(float4, {format: 'mxfp4'}, 'nvfp4'), 'mxfp4', 4, scale(1, 1, 16), 0],
    ['FP8 a channel', compressed({...float8, strategy: 'channel'}), 'fp8', 8, scale(2, 1, WHOLE_SIDE), 0],
    ['FP8 a tensor', compressed({...float8, strategy: 'tensor'}), 'fp8', 8, scale(2, WHOLE_SIDE, WHOLE_SIDE), 0],
    [
      'FP8 in blocks',
      compressed({...float8, strategy: 'block', block_structure: [128, 64]}),
      'fp8',
      8,
      scale(2, 128, 64),
      0,
    ],
    [
      'FP8 blocks of no size',
      compressed({...float8, strategy: 'block'}),
      'fp8',
      8,
      scale(2, WHOLE_SIDE, WHOLE_SIDE),
      0,
    ],
  ])('%s', (_, config, format, weightBits, expectedScale, bytesPerMatrix) => {
    expect(quantizationOf(config)).toEqual({format, weightBits, scale: expectedScale, bytesPerMatrix, ignore: []});
  });

  test('its list of modules is copied', () => {
    expect(quantizationOf({...compressed(integer), ignore: ['lm_head', 'x']}).ignore).toEqual(['lm_head', 'x']);
  });

  test('several groups of the same weights are merged', () => {
    const config = {
      quant_method: 'compressed-tensors',
      config_groups: {a: {targets: ['Linear'], weights: integer}, b: {targets: ['Conv'], weights: integer}},
    };
    expect(quantizationOf(config).format).toBe('int4');
  });

  test('a group that does not name its targets is for linear layers', () => {
    expect(quantizationOf(compressed(integer, {targets: null})).format).toBe('int4');
  });

  test.each([
    ['no group', {quant_method: 'compressed-tensors', config_groups: {}}],
    ['a group without weights', compressed(null)],
    ['targets beside linear layers', compressed(integer, {targets: ['Embedding']})],
    ['integers of 8 bit', compressed({num_bits: 8, type: 'int'})],
    ['floats of 6 bit', compressed({num_bits: 6, type: 'float'})],
  ])('%s is refused', (_, quantization_config) => {
    expect(problemOf({...llama3, quantization_config}).code).toBe('memory.unknown-quantization');
  });

  test('the refusal of targets contains the first', () => {
    const quantization_config = compressed(integer, {targets: ['Embedding']});
    expect(problemOf({...llama3, quantization_config}).message).toContain('"Embedding"');
  });
});

describe('fp8', () => {
  test.each([
    ['in blocks', {weight_block_size: [128, 64]}, scale(4, 128, 64), 0],
    ['whole', {}, scale(4, WHOLE_SIDE, WHOLE_SIDE), 0],
    ['with a static scale of activations', {activation_scheme: 'static'}, scale(4, WHOLE_SIDE, WHOLE_SIDE), 4],
  ])('%s', (_, change, expectedScale, bytesPerMatrix) => {
    expect(quantizationOf({quant_method: 'fp8', ...change})).toEqual({
      format: 'fp8',
      weightBits: 8,
      scale: expectedScale,
      bytesPerMatrix,
      ignore: ['lm_head'],
    });
  });

  test('the head is never quantized, and is listed once', () => {
    const ignore = (change: object) => quantizationOf({quant_method: 'FP8', ...change}).ignore;
    expect(ignore({modules_to_not_convert: ['a']})).toEqual(['a', 'lm_head']);
    expect(ignore({ignored_layers: ['b']})).toEqual(['b', 'lm_head']);
    expect(ignore({modules_to_not_convert: ['a'], ignored_layers: ['b']})).toEqual(['a', 'lm_head']);
    expect(ignore({modules_to_not_convert: ['lm_head', 'a']})).toEqual(['lm_head', 'a']);
  });
});

describe('modelopt', () => {
  test.each([
    ['NVFP4', {}, 'nvfp4', 4, scale(1, 1, 16), 8],
    ['nvfp4_awq', {group_size: 32}, 'nvfp4', 4, scale(1, 1, 32), 8],
    ['FP8_PB_WO', {}, 'fp8', 8, scale(4, 128, 128), 0],
    ['fp8', {}, 'fp8', 8, scale(4, WHOLE_SIDE, WHOLE_SIDE), 4],
    ['MXFP4', {}, 'mxfp4', 4, scale(1, 1, 32), 0],
    ['MXFP4', {group_size: 64}, 'mxfp4', 4, scale(1, 1, 64), 0],
  ])('%s %j', (quant_algo, change, format, weightBits, expectedScale, bytesPerMatrix) => {
    for (const quant_method of ['modelopt', 'modelopt_fp4']) {
      expect(quantizationOf({quant_method, quant_algo, ...change, exclude_modules: ['a']})).toEqual({
        format,
        weightBits,
        scale: expectedScale,
        bytesPerMatrix,
        ignore: ['a'],
      });
    }
  });

  test('needs no quant_method if it has its algorithm; its older list is read too', () => {
    expect(quantizationOf({quant_algo: 'NVFP4', ignore: ['b']})).toMatchObject({format: 'nvfp4', ignore: ['b']});
    expect(quantizationOf({quant_algo: 'NVFP4'}).ignore).toEqual([]);
  });

  test('another algorithm is refused, and so is a missing method', () => {
    for (const quantization_config of [{quant_algo: 'W4A8_AWQ'}, {}, {quant_method: null, quant_algo: null}]) {
      expect(problemOf({...llama3, quantization_config}).code).toBe('memory.unknown-quantization');
    }
  });
});

describe('a pattern of modules that stay in 16 bit', () => {
  const ignoring = (ignore: readonly string[]) => ({quant_algo: 'NVFP4', ignore});

  test.each(['re:.*layers\\.(?!0\\.).*', 're:model\\.layers\\.\\d{1,2}\\.mlp', 're:.*\\bgate\\b'])(
    '%s is used',
    (entry) => {
      expect(quantizationOf(ignoring([entry])).ignore).toEqual([entry]);
    },
  );

  test.each(['re:(?<=x)y', 're:(?i)gate', 're:(unclosed'])('%s is named as unknown instead of ignored', (entry) => {
    const problem = problemOf({...llama3, quantization_config: ignoring(['lm_head', entry])});
    expect(problem).toMatchObject({code: 'memory.unknown-quantization'});
    expect(problem.message).toContain(entry);
  });
});

describe('quark', () => {
  const quark = (weight: object, more: object = {}) => ({
    quant_method: 'quark',
    global_quant_config: {weight},
    ...more,
  });

  test.each([
    ['MXFP4', quark({dtype: 'fp4'}), 'mxfp4', scale(1, 1, 32)],
    ['MXFP4 of 16', quark({dtype: 'fp4', group_size: 16}), 'mxfp4', scale(1, 1, 16)],
    ['FP8', quark({dtype: 'fp8_e4m3'}), 'fp8', scale(4, WHOLE_SIDE, WHOLE_SIDE)],
    ['FP8 a channel', quark({dtype: 'fp8_e4m3', qscheme: 'per_channel'}), 'fp8', scale(4, 1, WHOLE_SIDE)],
    ['one without layers of its own', quark({dtype: 'fp4'}, {layer_quant_config: {}}), 'mxfp4', scale(1, 1, 32)],
  ])('%s', (_, config, format, expectedScale) => {
    expect(quantizationOf(config)).toMatchObject({format, scale: expectedScale, bytesPerMatrix: 0, ignore: []});
  });

  test('its list is copied; other weights are refused', () => {
    expect(quantizationOf(quark({dtype: 'fp4'}, {exclude: ['a']})).ignore).toEqual(['a']);
    expect(problemOf({...llama3, quantization_config: quark({dtype: 'int8'})}).code).toBe(
      'memory.unknown-quantization',
    );
  });
});

describe('mxfp4, awq and gptq', () => {
  test('mxfp4 of gpt-oss', () => {
    expect(quantizationOf({quant_method: 'mxfp4', modules_to_not_convert: ['a']})).toEqual({
      format: 'mxfp4',
      weightBits: 4,
      scale: scale(1, 1, 32),
      bytesPerMatrix: 0,
      ignore: ['a'],
    });
    expect(quantizationOf({quant_method: 'mxfp4'}).ignore).toEqual([]);
  });

  test.each(['awq', 'gptq'])('%s: groups of its size, or complete rows, and never the head', (quant_method) => {
    expect(quantizationOf({quant_method, bits: 4, group_size: 64, modules_to_not_convert: ['a']})).toEqual({
      format: 'int4',
      weightBits: 4,
      scale: scale(2.5, 1, 64),
      bytesPerMatrix: 0,
      ignore: ['a', 'lm_head'],
    });
    for (const group_size of [-1, null]) {
      expect(quantizationOf({quant_method, bits: 4, group_size})).toMatchObject({
        scale: scale(2.5, 1, WHOLE_SIDE),
        ignore: ['lm_head'],
      });
    }
    expect(problemOf({...llama3, quantization_config: {quant_method, bits: 8}}).code).toBe(
      'memory.unknown-quantization',
    );
  });
});

describe('where it is declared', () => {
  const fp8 = {quant_method: 'fp8'};

  test.each(['quantization_config', 'compression_config'])('%s at the top level, or in the text tower', (key) => {
    expect(readConfig({...llama3, [key]: fp8}).quantization.format).toBe('fp8');
    const {quantization_config: _, ...tower} = kimiK25.text_config;
    expect(readConfig({...kimiK25, text_config: {...tower, [key]: fp8}}).quantization.format).toBe('fp8');
    expect(problemOf({...llama3, [key]: ['fp8']}).message).toContain(`${key} is not an object`);
  });

  test('the file itself overrides a file next to it', () => {
    const text = JSON.stringify({quantization: {quant_algo: 'NVFP4'}});
    const beside = {text, place: 'hf_quant_config.json'};
    const own = readModelConfig(JSON.stringify({...llama3, quantization_config: fp8}), place, beside);
    expect(own).toMatchObject({ok: true, value: {quantization: {format: 'fp8'}}});
    const other = readModelConfig(JSON.stringify(llama3), place, beside);
    expect(other).toMatchObject({ok: true, value: {quantization: {format: 'nvfp4'}}});
    for (const broken of ['{}', '{"quantization": 4}', 'x']) {
      const result = readModelConfig(JSON.stringify(llama3), place, {text: broken, place: 'hf_quant_config.json'});
      expect(result).toMatchObject({ok: false, error: {message: expect.stringContaining('hf_quant_config.json')}});
    }
  });

  test.each([
    ['dtype', 'bfloat16'],
    ['torch_dtype', 'float16'],
    ['dtype', 'auto'],
  ])('without one the weights are of %s %s', (key, type) => {
    const {torch_dtype: _, ...config} = llama3;
    expect(readConfig({...config, [key]: type}).quantization).toMatchObject({format: 'bf16', weightBits: 16});
    expect(readConfig(config).quantization.format).toBe('bf16');
  });

  test.each(['dtype', 'torch_dtype'])('a %s of unknown size is refused, wherever it is declared', (key) => {
    const {torch_dtype: _, ...config} = llama3;
    expect(problemOf({...config, [key]: 'float32'})).toMatchObject({code: 'memory.unknown-quantization'});
    const tower = {...config, [key]: 'float32'};
    expect(problemOf({model_type: 'x', text_config: tower}).code).toBe('memory.unknown-quantization');
    expect(problemOf({...config, text_config: config, [key]: 'float32'}).code).toBe('memory.unknown-quantization');
  });
});

describe('a field of another type', () => {
  test.each([
    ['quant_method', {quant_method: 7}],
    ['quant_method', {quant_method: 'x'.repeat(201)}],
    ['quant_algo', {quant_algo: 7}],
    ['config_groups', {quant_method: 'compressed-tensors', config_groups: 3}],
    ['config_groups.group_0.targets', compressed(integer, {targets: 'Linear'})],
    ['config_groups.group_0.weights.num_bits', compressed({...integer, num_bits: 17})],
    ['config_groups.group_0.weights.num_bits', compressed({...integer, num_bits: 0})],
    ['config_groups.group_0.weights.symmetric', compressed({...integer, symmetric: 'yes'})],
    ['config_groups.group_0.weights.block_structure', compressed({...float8, block_structure: [128]})],
    ['weight_block_size', {quant_method: 'fp8', weight_block_size: 128}],
    ['modules_to_not_convert', {quant_method: 'fp8', modules_to_not_convert: 'lm_head'}],
    ['modules_to_not_convert.0', {quant_method: 'fp8', modules_to_not_convert: [7]}],
    ['modules_to_not_convert.0', {quant_method: 'fp8', modules_to_not_convert: ['x'.repeat(501)]}],
    ['ignored_layers', {quant_method: 'fp8', ignored_layers: {}}],
    ['config_groups.group_0.weights.group_size', compressed({...integer, group_size: 0})],
    ['group_size', {quant_method: 'awq', bits: 4, group_size: 0}],
    ['bits', {quant_method: 'awq', bits: 0}],
    ['bits', {quant_method: 'gptq', bits: 17}],
    ['global_quant_config.weight.dtype', {quant_method: 'quark', global_quant_config: {weight: {}}}],
  ])('%s (%#): the key and what is expected', (key, quantization_config) => {
    const problem = problemOf({...llama3, quantization_config});
    expect(problem.code).toBe('memory.broken-config');
    expect(problem.message).toContain(`quantization_config.${key} is `);
    expect(problem.message).not.toMatch(/invalid|received|too (?:small|big)/i);
  });
});

describe('a list of modules', () => {
  const isTaken = (modules_to_not_convert: readonly string[]): boolean =>
    readModelConfig(
      JSON.stringify({...llama3, quantization_config: {quant_method: 'fp8', modules_to_not_convert}}),
      place,
    ).ok;
  const many = (count: number, entry: (index: number) => string) => Array.from({length: count}, (_, i) => entry(i));

  test.each([
    ['one repetition', 1000, (index: number) => `*a${index}`],
    ['one repetition in an expression', 1000, (index: number) => `re:a+${index}`],
    ['two repetitions', 200, (index: number) => `*a*${index}`],
    ['three repetitions', 8, (index: number) => `re:a*b*c*${index}`],
    ['four repetitions', 8, (index: number) => `*a*b*c*${index}`],
  ])('may have so many entries of %s, and no more', (_, most, entry) => {
    expect(isTaken(many(most, entry))).toBe(true);
    expect(isTaken(many(most + 1, entry))).toBe(false);
  });

  test.each([
    ['five repetitions', '*a*b*c*d*e', false],
    ['a repeated group', 're:(ab)+', false],
    ['a repeated group in braces', 're:(ab){2}', false],
    ['a repeated group with a star', 're:(ab)*', false],
    ['a group that is not repeated', 're:(a|b)_proj', true],
    ['braces in a plain name', 'a{b}c{d}e{f}g{h}i{j}', true],
    ['plus signs in a plain pattern', 'a+b+c+d+e+', true],
  ])('with %s', (_, entry, expected) => {
    expect(isTaken([entry])).toBe(expected);
  });
});

describe('modelopt with an algorithm for each layer', () => {
  const mixed = (quantized_layers: unknown) => ({quant_algo: 'MIXED_PRECISION', quantized_layers});

  test('only listed layers are quantized, each in its own way', () => {
    const {format, only, others} = quantizationOf(
      mixed({a: {quant_algo: 'FP8'}, b: {quant_algo: 'W4A16_NVFP4', group_size: 16}, c: {quant_algo: 'FP8'}}),
    );
    expect([format, only]).toEqual(['nvfp4', ['b']]);
    expect(others).toEqual([
      {names: ['a', 'c'], weightBits: 8, scale: scale(4, WHOLE_SIDE, WHOLE_SIDE), bytesPerMatrix: 4},
    ]);
  });

  test('the weights of Qwen 3.6 27B are what vLLM loaded, less its table of rotary positions', () => {
    const quantization = {text: JSON.stringify(qwen36Modelopt), place: 'hf_quant_config.json'};
    const read = readModelConfig(JSON.stringify(qwen35Dense), 'config.json', quantization);
    if (!read.ok) throw new Error(read.error.message);
    const bytes = checkpointBytes(weightParts(read.value.architecture, read.value.quantization));
    expect(bytes / 2 ** 30).toBeCloseTo(19.62, 2);
    expect(read.value.quantization.kvCacheDtype).toBe('fp8');
  });

  test.each([
    ['no layers', mixed({})],
    ['an unknown algorithm', mixed({a: {quant_algo: 'INT3'}})],
  ])('%s is refused', (_, quantization) => {
    expect(problemOf({...llama3, quantization_config: quantization}).code).toBe('memory.unknown-quantization');
  });

  test('a type of the cache that is a name is read', () => {
    expect(quantizationOf({quant_algo: 'FP8', kv_cache_scheme: 'FP8'}).kvCacheDtype).toBe('fp8');
  });
});
