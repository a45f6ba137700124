import {createHash} from 'node:crypto';
import {crc32, deflateSync} from 'node:zlib';

/** Pixels row by row, four bytes each: red, green, blue, and an opacity that is not used. */
export type Pixels = {readonly width: number; readonly height: number; readonly rgba: Uint8Array};

const SIGNATURE = Buffer.from('\u0089PNG\r\n\u001a\n', 'latin1');
const MOST_COLORS = 256;
/** The part of the file that says which picture it was drawn from. */
const SOURCE_KEY = 'Source';

/**
 * A PNG with a palette (PNG specification, third edition): the most frequent colors, and for every other one the nearest of them. A
 * screen has few colors besides the edges of its letters. The digest of `source` is in the file.
 */
export function indexedPng({width, height, rgba}: Pixels, source: string): Buffer {
  const colors = Array.from({length: width * height}, (_, index) => colorAt(rgba, index * 4));
  const palette = mostFrequent(colors);
  const places = new Map(palette.map((color, place) => [color, place]));
  const rows = Buffer.alloc((width + 1) * height);
  for (const [index, color] of colors.entries()) {
    const place = places.get(color) ?? nearest(color, palette);
    places.set(color, place);
    // Each row begins with its filter: none.
    rows[index + Math.floor(index / width) + 1] = place;
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Eight bits for each pixel, which are a place in the palette.
  header.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('tEXt', Buffer.from(`${SOURCE_KEY}\0${digestOf(source)}`, 'latin1')),
    chunk('PLTE', Buffer.from(palette.flatMap(channels))),
    chunk('IDAT', deflateSync(rows, {level: 9})),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** The digest of what a PNG was drawn from; null where it does not say. */
export function sourceOf(png: Buffer): string | null {
  for (let at = SIGNATURE.length; at + 8 <= png.length; ) {
    const length = png.readUInt32BE(at);
    const text = png.toString('latin1', at + 8, at + 8 + length);
    const isSource = png.toString('latin1', at + 4, at + 8) === 'tEXt' && text.startsWith(`${SOURCE_KEY}\0`);
    if (isSource) return text.slice(SOURCE_KEY.length + 1);
    at += length + 12;
  }
  return null;
}

/** SHA-256 of a picture's text. */
export function digestOf(source: string): string {
  return createHash('sha256').update(source).digest('hex');
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

function colorAt(rgba: Uint8Array, at: number): number {
  const [red = 0, green = 0, blue = 0] = rgba.subarray(at, at + 3);
  return (red << 16) | (green << 8) | blue;
}

function channels(color: number): [red: number, green: number, blue: number] {
  return [color >> 16, (color >> 8) & 255, color & 255];
}

function mostFrequent(colors: readonly number[]): number[] {
  const counts = new Map<number, number>();
  for (const color of colors) counts.set(color, (counts.get(color) ?? 0) + 1);
  const sorted = [...counts].toSorted(([one, often], [other, less]) => less - often || one - other);
  return sorted.slice(0, MOST_COLORS).map(([color]) => color);
}

function nearest(color: number, palette: readonly number[]): number {
  const distance = (other: number): number => {
    const [one, two] = [channels(color), channels(other)];
    return (one[0] - two[0]) ** 2 + (one[1] - two[1]) ** 2 + (one[2] - two[2]) ** 2;
  };
  let best = 0;
  for (const [place, known] of palette.entries()) if (distance(known) < distance(palette[best] ?? 0)) best = place;
  return best;
}
