import fc from 'fast-check';
import {expect, test} from 'vitest';
import {nvlinkLines, parseNvlinks} from '../../../../src/sources/nvidia-smi/parse/parse-nvlinks.ts';

const heading = (index: number): string => `GPU ${index}: NVIDIA H200 (UUID: GPU-0000000${index}-aaaa)`;

test('working links and all links of each GPU are counted', () => {
  const text = [
    heading(0),
    '\t Link 0: 26.562 GB/s',
    '\t Link 1: 26.562 GB/s',
    heading(1),
    '\t Link 0: 26.562 GB/s',
    '\t Link 1: <inactive>',
  ].join('\r\n');
  expect([...parseNvlinks(text)]).toEqual([
    ['GPU-00000000-aaaa', {count: 2, activeCount: 2}],
    ['GPU-00000001-aaaa', {count: 2, activeCount: 1}],
  ]);
});

test('a GPU without a link is not in it, and of one with inactive links alone no number is known', () => {
  const text = `${heading(0)}\n${heading(1)}\nNVML: Unable to retrieve NVLink information as all links are inactive\n`;
  expect([...parseNvlinks(text)]).toEqual([['GPU-00000001-aaaa', {count: 0, activeCount: 0}]]);
  expect(parseNvlinks('').size).toBe(0);
  expect(parseNvlinks('\t Link 0: 26.562 GB/s\nall links are inactive').size).toBe(0);
});

test('any text is read, and no GPU has more working links than links', () => {
  const part = fc.constantFrom(
    'GPU 0: ',
    'GPU 1: x (UUID: GPU-12345678)',
    ' Link 3: ',
    '<inactive>',
    'Replay Errors: 7',
    'all links are inactive',
    '\n',
    '((((',
    ' ',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(part, fc.string()), {maxLength: 60}), (parts) => {
      const text = parts.join('');
      for (const {count, activeCount} of parseNvlinks(text).values()) {
        expect(activeCount).toBeLessThanOrEqual(count);
        expect(count).toBeLessThanOrEqual(nvlinkLines(text).length);
      }
    }),
  );
});
