import {inflateSync} from 'node:zlib';
import {expect, test} from 'vitest';
import {digestOf, indexedPng, sourceOf} from '../../scripts/indexed-png.ts';

/** The parts of a PNG by their types. */
function chunksOf(png: Buffer): ReadonlyMap<string, Buffer> {
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    chunks.set(png.toString('latin1', at + 4, at + 8), png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  return chunks;
}

/** The colors of a PNG with a palette, row by row. */
function colorsOf(png: Buffer): readonly (readonly number[])[] {
  const chunks = chunksOf(png);
  const width = chunks.get('IHDR')?.readUInt32BE(0) ?? 0;
  const palette = chunks.get('PLTE') ?? Buffer.alloc(0);
  const rows = inflateSync(chunks.get('IDAT') ?? Buffer.alloc(0));
  const places = [...rows].filter((_, index) => index % (width + 1) !== 0);
  return places.map((place) => [...palette.subarray(3 * place, 3 * place + 3)]);
}

const pixelsOf = (colors: readonly (readonly number[])[]): Uint8Array =>
  Uint8Array.from(colors.flatMap((color) => [...color, 255]));

test('every pixel has its color, and the file says what it was drawn from', () => {
  const colors = [
    [27, 29, 30],
    [0, 114, 178],
    [255, 255, 255],
    [27, 29, 30],
    [1, 2, 3],
    [0, 114, 178],
  ];
  const png = indexedPng({width: 3, height: 2, rgba: pixelsOf(colors)}, '<svg/>');
  expect(colorsOf(png)).toEqual(colors);
  expect(sourceOf(png)).toBe(digestOf('<svg/>'));
  expect(png.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
  expect([...chunksOf(png).keys()]).toEqual(['IHDR', 'tEXt', 'PLTE', 'IDAT', 'IEND']);
});

test('of more than 256 colors, the rare ones become the nearest frequent one', () => {
  const frequent = Array.from({length: 256}, (_, index) => [index, index, index]);
  const png = indexedPng(
    {width: 257, height: 2, rgba: pixelsOf([...frequent, [10, 11, 10], ...frequent, [9, 9, 9]])},
    '',
  );
  expect(colorsOf(png)[256]).toEqual([10, 10, 10]);
  expect(chunksOf(png).get('PLTE')).toHaveLength(3 * 256);
});

test('a file that does not say what it was drawn from has no source', () => {
  expect(sourceOf(Buffer.alloc(0))).toBeNull();
  expect(sourceOf(Buffer.from('not a picture at all, but long enough for one'))).toBeNull();
});
