import {expect, test} from 'vitest';
import {missingParts, parseSplitName, splitSetNames} from '../../../src/sources/model-files/split-names.ts';

test('the numbering of a set is read from a name', () => {
  expect(parseSplitName('model-00003-of-00064.safetensors')).toEqual({
    prefix: 'model',
    number: 3,
    count: 64,
    extension: '.safetensors',
  });
  expect(parseSplitName('K-Q4-00001-of-00001.gguf')).toMatchObject({prefix: 'K-Q4', number: 1, count: 1});
  expect(parseSplitName('m-10000-of-10000.gguf')).toMatchObject({number: 10_000, count: 10_000});
});

test.each([
  'model.safetensors',
  'model-00000-of-00003.safetensors',
  'model-00004-of-00003.safetensors',
  'model-00001-of-10001.gguf',
  'model-0001-of-00003.gguf',
  'model-00001-of-003.gguf',
  'model-00001-of-00003.bin',
  'model-00001-of-00003.gguf.part',
])('%s has no numbering', (name) => {
  expect(parseSplitName(name)).toBeUndefined();
});

test('a set has all its names in order', () => {
  expect(splitSetNames({prefix: 'm', number: 2, count: 2, extension: '.gguf'})).toEqual([
    'm-00001-of-00002.gguf',
    'm-00002-of-00002.gguf',
  ]);
});

test('missing parts of a numbering are listed, sorted, for each set', () => {
  expect(missingParts(['b-00002-of-00003.gguf', 'a-00001-of-00002.gguf', 'single.gguf'])).toEqual([
    'a-00002-of-00002.gguf',
    'b-00001-of-00003.gguf',
    'b-00003-of-00003.gguf',
  ]);
  expect(missingParts(['a-00001-of-00002.gguf', 'a-00002-of-00002.gguf'])).toEqual([]);
  expect(missingParts([])).toEqual([]);
});
