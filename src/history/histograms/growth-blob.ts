/** Growth of one histogram in an interval: its number, that of its bounds, observations by bucket, and their sum. */
export type GrowthPart = {
  readonly histogram: number;
  readonly bounds: number;
  readonly counts: Float64Array;
  readonly sum: number;
};

/** What a blob has of one histogram. The arrays are used again for the next one. */
export type ReadPart = {
  histogram: number;
  bounds: number;
  sum: number;
  /** How many buckets have observations. */
  used: number;
  readonly places: Int32Array;
  readonly counts: Float64Array;
};

/** Most buckets of a kept histogram; engines have up to 110. */
export const MOST_BUCKETS = 512;

const SUM_BYTES = 8;
/** Values of a varint have 7 bits per byte. */
const VARINT_BASE = 128;

/**
 * Parts as bytes: per histogram its number, that of its bounds, the number of buckets with observations, for each the distance
 * to the one before and its count, all varints (7 bits per byte, the lowest first), and the sum as a little-endian double.
 */
export function writeGrowth(parts: readonly GrowthPart[]): Uint8Array {
  const bytes: number[] = [];
  const sum = new DataView(new ArrayBuffer(SUM_BYTES));
  for (const part of parts) {
    writeVarint(bytes, part.histogram);
    writeVarint(bytes, part.bounds);
    writeVarint(
      bytes,
      part.counts.reduce((used, count) => (count > 0 ? used + 1 : used), 0),
    );
    let before = 0;
    for (const [place, count] of part.counts.entries()) {
      if (count <= 0) continue;
      writeVarint(bytes, place - before);
      writeVarint(bytes, count);
      before = place;
    }
    sum.setFloat64(0, part.sum, true);
    bytes.push(...new Uint8Array(sum.buffer));
  }
  return Uint8Array.from(bytes);
}

/** Calls `use` with each part; a blob that is cut or not one of these ends early. */
export function readGrowth(blob: Uint8Array, use: (part: ReadPart) => void): void {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  const cursor = {blob, at: 0};
  while (cursor.at < blob.length) {
    shared.histogram = readVarint(cursor);
    shared.bounds = readVarint(cursor);
    shared.used = readVarint(cursor);
    if (shared.used > MOST_BUCKETS) return;
    let place = 0;
    for (let index = 0; index < shared.used; index += 1) {
      place += readVarint(cursor);
      shared.places[index] = place;
      shared.counts[index] = readVarint(cursor);
    }
    if (cursor.at + SUM_BYTES > blob.length || place >= MOST_BUCKETS) return;
    shared.sum = view.getFloat64(cursor.at, true);
    cursor.at += SUM_BYTES;
    use(shared);
  }
}

const shared: ReadPart = {
  histogram: 0,
  bounds: 0,
  sum: 0,
  used: 0,
  places: new Int32Array(MOST_BUCKETS),
  counts: new Float64Array(MOST_BUCKETS),
};

function writeVarint(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= VARINT_BASE) {
    bytes.push((rest % VARINT_BASE) + VARINT_BASE);
    rest = Math.floor(rest / VARINT_BASE);
  }
  bytes.push(rest);
}

function readVarint(cursor: {readonly blob: Uint8Array; at: number}): number {
  let value = 0;
  let scale = 1;
  for (;;) {
    const byte = cursor.blob[cursor.at] ?? 0;
    cursor.at += 1;
    if (byte < VARINT_BASE) return value + byte * scale;
    value += (byte - VARINT_BASE) * scale;
    scale *= VARINT_BASE;
  }
}
