import {expect, test} from 'vitest';
import {chooseGguf} from '../../../../src/sources/model-files/gguf/gguf-sets.ts';

test.each([
  'mmproj-F16.gguf',
  'mmproj.gguf',
  'vision/mmproj-kimi.gguf',
  'kimi-mmproj-F16.gguf',
  'kimi-mmproj.gguf',
  'kimi.MMPROJ-f16.gguf',
  'imatrix.gguf',
  'kimi-imatrix.gguf',
  'notes.txt',
])('%s is not the model', (other) => {
  expect(chooseGguf('/m', [other, 'Q4/kimi-Q4_K_M.gguf'], undefined)).toEqual({ok: true, value: 'Q4/kimi-Q4_K_M.gguf'});
});

test('a directory whose name looks like a projector does not hide the model in it', () => {
  expect(chooseGguf('/m', ['mmproj-and-model/kimi.gguf'], undefined)).toEqual({
    ok: true,
    value: 'mmproj-and-model/kimi.gguf',
  });
});

test('a label selects a whole word, in the name or in the directory', () => {
  const files = ['Q4_K_M/kimi-00001-of-00002.gguf', 'Q4_K_M/kimi-00002-of-00002.gguf', 'kimi-Q4_K_MX.gguf'];
  expect(chooseGguf('/m', files, 'q4_k_m')).toEqual({ok: true, value: files[0]});
  expect(chooseGguf('/m', files, 'Q4_K_MX')).toEqual({ok: true, value: files[2]});
  expect(chooseGguf('/m', files, 'Q4')).toMatchObject({ok: false, error: {code: 'memory.several-models'}});
});

test('at most four names are listed, and the number of the others', () => {
  const files = [1, 2, 3, 4, 5].map((number) => `kimi-${number}.gguf`);
  const listed = (count: number): string => {
    const result = chooseGguf('/m', files.slice(0, count), undefined);
    return result.ok ? '' : result.error.message;
  };
  expect(listed(4)).toContain('kimi-4.gguf');
  expect(listed(4)).not.toContain('more');
  expect(listed(5)).not.toContain('kimi-5.gguf');
  expect(listed(5)).toContain('and 1 more');
});
