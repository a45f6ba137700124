import {truncateSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test, vi} from 'vitest';
import {err, ok} from '../../../../src/shared/result.ts';
import {excerptGguf} from '../../../../src/sources/model-files/gguf/gguf-excerpt.ts';
import {withFile} from '../../../../src/sources/model-files/read-part.ts';
import {temporaryDirectory} from '../../../harness/temporary-directory.ts';

const PREAMBLE_BYTES = 24;

/** Numbers as GGUF writes them: four bytes, or eight where marked as long. */
const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const uint64 = (value: number | bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};
const text = (value: string): Buffer => Buffer.concat([uint64(value.length), Buffer.from(value)]);
const preamble = (tensors: number | bigint, keys: number | bigint, version = 3): Buffer =>
  Buffer.concat([Buffer.from('GGUF'), uint32(version), uint64(tensors), uint64(keys)]);
/** A key `k` of this type, without its value. */
const key = (type: number): Buffer => Buffer.concat([text('k'), uint32(type)]);

/** What is read of a file with these bytes at its beginning, then zeros that take no space. */
async function read(start: Buffer, sizeBytes = start.length) {
  const path = join(temporaryDirectory(), 'g.gguf');
  writeFileSync(path, start);
  truncateSync(path, sizeBytes);
  const result = await withFile(path, async (file) => {
    const excerpt = await excerptGguf(file);
    return excerpt.ok ? ok({...excerpt.value, path: ''}) : err(excerpt.error);
  });
  return result.ok ? result.value : result.error.code;
}

const BROKEN = 'memory.broken-model-file';
const CUT = 'memory.truncated-model-file';
const tensorsAt = (position: number) => ({tensorsAt: position});

describe('the beginning of a file', () => {
  test.each([
    ['version 1', preamble(0, 0, 1), BROKEN],
    ['version 4', preamble(0, 0, 4), BROKEN],
    ['a version of the other byte order', preamble(0, 0, 0x03_00_00_00), BROKEN],
    ['another magic', Buffer.from('GGUX'.padEnd(64)), BROKEN],
    ['nothing', Buffer.alloc(0), BROKEN],
    ['a magic alone', Buffer.from('GGUF'), CUT],
    ['one byte too few', preamble(0, 0).subarray(0, PREAMBLE_BYTES - 1), CUT],
  ])('with %s is refused', async (_, start, code) => {
    expect(await read(start)).toBe(code);
  });

  test.each([2, 3])('of version %i is read', async (version) => {
    expect(await read(preamble(0, 0, version))).toMatchObject({
      ...tensorsAt(PREAMBLE_BYTES),
      start: preamble(0, 0, version),
    });
  });

  test('has at most 200,000 tensors and 10,000 keys', async () => {
    const roomy = 16_000_000;
    expect(await read(preamble(200_000, 0), roomy)).toMatchObject(tensorsAt(PREAMBLE_BYTES));
    expect(await read(preamble(200_001, 0), roomy)).toBe(BROKEN);
    expect(await read(preamble(0, 10_001), roomy)).toBe(BROKEN);
    expect(await read(preamble(2n ** 63n, 0), roomy)).toBe(BROKEN);
  });

  test('has room for the tensors and keys that it counts: 24 bytes each, and 14', async () => {
    expect(await read(preamble(3, 0), PREAMBLE_BYTES + 3 * 24)).toMatchObject(tensorsAt(PREAMBLE_BYTES));
    expect(await read(preamble(3, 0), PREAMBLE_BYTES + 3 * 24 - 1)).toBe(CUT);
    // A key without letters has only 13: such a file would be read if less were asked for.
    expect(await read(preamble(0, 1_000), PREAMBLE_BYTES + 14_000)).toMatchObject(tensorsAt(PREAMBLE_BYTES + 13_000));
    expect(await read(preamble(0, 1_000), PREAMBLE_BYTES + 13_999)).toBe(CUT);
    expect(await read(preamble(3, 1_000), PREAMBLE_BYTES + 14_000 + 3 * 24 - 1)).toBe(CUT);
    const oneKey = Buffer.concat([preamble(0, 1), key(7), Buffer.of(1)]);
    expect(oneKey).toHaveLength(PREAMBLE_BYTES + 14);
    expect(await read(oneKey)).toMatchObject(tensorsAt(PREAMBLE_BYTES + 14));
    expect(await read(oneKey.subarray(0, -1))).toBe(CUT);
  });
});

describe('a value', () => {
  test.each([
    [0, 1],
    [1, 1],
    [2, 2],
    [3, 2],
    [4, 4],
    [5, 4],
    [6, 4],
    [7, 1],
    [10, 8],
    [11, 8],
    [12, 8],
  ])('of type %i has %i bytes, alone and in a list', async (type, bytes) => {
    const alone = Buffer.concat([preamble(0, 1), key(type), Buffer.alloc(bytes)]);
    expect(await read(alone, alone.length + 64)).toMatchObject(tensorsAt(alone.length));
    const list = Buffer.concat([preamble(0, 1), key(9), uint32(type), uint64(5), Buffer.alloc(5 * bytes)]);
    expect(await read(list, list.length + 64)).toMatchObject(tensorsAt(list.length));
  });

  test.each([13, 255])('of type %i is not one, nor is a list of it', async (type) => {
    expect(await read(Buffer.concat([preamble(0, 1), key(type)]), 1_000)).toBe(BROKEN);
    expect(await read(Buffer.concat([preamble(0, 1), key(9), uint32(type), uint64(1)]), 1_000)).toBe(BROKEN);
  });

  test('that is a list of lists is not read', async () => {
    expect(await read(Buffer.concat([preamble(0, 1), key(9), uint32(9), uint64(1)]), 1_000)).toBe(BROKEN);
  });

  test('is kept up to 4,096 bytes with its key, and left out of the count above', async () => {
    const longText = (length: number) => Buffer.concat([text('k'), uint32(8), text('x'.repeat(length))]);
    const overhead = longText(0).length;
    const kept = Buffer.concat([preamble(0, 1), longText(4_096 - overhead)]);
    expect(await read(kept)).toMatchObject({start: kept, tensorsAt: kept.length});
    const long = Buffer.concat([preamble(0, 1), longText(4_097 - overhead)]);
    expect(await read(long)).toMatchObject({start: preamble(0, 0), tensorsAt: long.length});
  });

  test('may reach the end of the file, and not beyond', async () => {
    const whole = Buffer.concat([preamble(0, 1), key(8), text('ready')]);
    expect(await read(whole)).toMatchObject(tensorsAt(whole.length));
    expect(await read(whole.subarray(0, -1))).toBe(CUT);
    const listed = Buffer.concat([preamble(0, 1), key(9), uint32(8), uint64(2), text('a'), text('bc')]);
    expect(await read(listed)).toMatchObject(tensorsAt(listed.length));
    for (const missing of [1, 3, 9, 12]) expect(await read(listed.subarray(0, -missing))).toBe(CUT);
  });
});

describe('the part of the file that is held in memory', () => {
  const WINDOW_BYTES = 1024 * 1024;
  const list = (...texts: readonly Buffer[]): Buffer =>
    Buffer.concat([preamble(0, 1), key(9), uint32(8), uint64(texts.length), ...texts]);

  /** Where the tensors begin, and how many reads it took. */
  async function readsOf(content: Buffer) {
    const path = join(temporaryDirectory(), 'g.gguf');
    writeFileSync(path, content);
    // Beyond the first part, so that no read is cut short and repeated.
    truncateSync(path, content.length + 4 * WINDOW_BYTES);
    let reads = 0;
    const result = await withFile(path, async (file) => {
      const read = vi.spyOn(file.handle, 'read');
      const excerpt = await excerptGguf(file);
      reads = read.mock.calls.length;
      return excerpt;
    });
    return result.ok ? {...tensorsAt(result.value.tensorsAt), reads} : result.error;
  }

  test('has all that lies within a megabyte, up to its last byte', async () => {
    const some = list(...Array.from({length: 1_000}, () => text('ab')));
    expect(await readsOf(some)).toEqual({...tensorsAt(some.length), reads: 2});
    const item = text('x'.repeat(8));
    // The length of the last text ends where the part ends, which begins after the counts.
    const toEnd = list(text('x'.repeat(7)), ...Array.from({length: 65_534}, () => item));
    expect(toEnd.length - item.length + 8).toBe(PREAMBLE_BYTES + WINDOW_BYTES);
    expect(await readsOf(toEnd)).toEqual({...tensorsAt(toEnd.length), reads: 2});
    const beyond = list(text('x'.repeat(8)), ...Array.from({length: 65_534}, () => item));
    expect(await readsOf(beyond)).toEqual({...tensorsAt(beyond.length), reads: 3});
  });

  test('is read once more for each kept value only', async () => {
    const keys = Buffer.concat([preamble(0, 3), ...[1, 2, 3].map(() => Buffer.concat([key(7), Buffer.of(1)]))]);
    expect(await readsOf(keys)).toEqual({...tensorsAt(keys.length), reads: 5});
  });

  test('moves where a type or a length does not lie within it', async () => {
    const first = (length: number) => Buffer.concat([preamble(0, 2), key(8), text('x'.repeat(length))]);
    const firstBytes = first(0).length - PREAMBLE_BYTES;
    // What begins the second key is its length of eight bytes, its letter, then its type of four.
    for (const inside of [0, 7, 8, 9, 10, 12, 13]) {
      const file = Buffer.concat([first(WINDOW_BYTES - inside - firstBytes), key(7), Buffer.of(1)]);
      expect(await read(file)).toMatchObject(tensorsAt(file.length));
    }
  });

  test('may end with the last length of the file', async () => {
    const file = list(text('x'.repeat(2 * WINDOW_BYTES)), text(''));
    expect(await read(file)).toMatchObject(tensorsAt(file.length));
    expect(await read(file.subarray(0, -1))).toBe(CUT);
  });
});

describe('what would be too much', () => {
  const MOST_BYTES = 256_000_000;
  const beforeText = PREAMBLE_BYTES + key(8).length + 8;

  test.each([
    ['a text that ends at 256 MB', key(8), MOST_BYTES - beforeText, tensorsAt(MOST_BYTES)],
    ['a text that ends one byte later', key(8), MOST_BYTES - beforeText + 1, BROKEN],
    ['a text of more than 256 MB', key(8), MOST_BYTES + 1, BROKEN],
    ['a length of more than 32 bits', key(8), 2 ** 40, BROKEN],
  ])('%s', async (_, start, length, expected) => {
    const result = await read(Buffer.concat([preamble(0, 1), start, uint64(length)]), MOST_BYTES + 1_000);
    if (typeof expected === 'string') expect(result).toBe(expected);
    else expect(result).toMatchObject(expected);
  });

  test('a list of more than eight million texts is refused before it is read', async () => {
    const list = (count: number) => Buffer.concat([preamble(0, 1), key(9), uint32(8), uint64(count)]);
    expect(await read(list(8_000_001), MOST_BYTES)).toBe(BROKEN);
    // Eight million are read until the file ends.
    expect(await read(list(8_000_000), 1_000)).toBe(CUT);
    // The zeros are empty texts.
    expect(await read(list(1_000), MOST_BYTES)).toMatchObject(tensorsAt(list(0).length + 8_000));
  });

  test('all lists together count', async () => {
    const lists = Buffer.concat([preamble(0, 2), key(9), uint32(8), uint64(3), Buffer.alloc(24), key(9), uint32(8)]);
    expect(await read(Buffer.concat([lists, uint64(7_999_998)]), MOST_BYTES)).toBe(BROKEN);
  });

  test('a key of more than 1,024 bytes is refused', async () => {
    const named = (length: number) =>
      Buffer.concat([preamble(0, 1), text('k'.repeat(length)), uint32(7), Buffer.of(1)]);
    expect(await read(named(1_024))).toMatchObject(tensorsAt(named(1_024).length));
    expect(await read(named(1_025))).toBe(BROKEN);
  });
});
