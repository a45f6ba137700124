import * as fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {createLineSplitter, type LineSplitterOptions, type SplitLine} from '../../src/shared/line-splitter.ts';

const encoder = new TextEncoder();

function splitAll(bytes: Uint8Array, cuts: readonly number[], options: LineSplitterOptions = {}): SplitLine[] {
  const splitter = createLineSplitter(options);
  const lines: SplitLine[] = [];
  let from = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    const to = Math.max(from, Math.min(cut, bytes.length));
    lines.push(...splitter.push(bytes.subarray(from, to)));
    from = to;
  }
  lines.push(...splitter.push(bytes.subarray(from)));
  const last = splitter.flush();
  return last === null ? lines : [...lines, last];
}

const anyBytes = fc
  .uint8Array({maxLength: 200})
  .map((bytes) => bytes.map((byte) => (byte % 7 === 0 ? 0x0a : byte % 11 === 0 ? 0x0d : byte)));

describe('line splitter', () => {
  test('gives the same lines however the bytes are split into chunks', () => {
    fc.assert(
      fc.property(
        anyBytes,
        fc.array(fc.nat(200)),
        fc.integer({min: 1, max: 20}),
        fc.boolean(),
        (bytes, cuts, maxLineBytes, splitsAtCarriageReturn) => {
          const options = {maxLineBytes, splitsAtCarriageReturn};
          expect(splitAll(bytes, cuts, options)).toEqual(splitAll(bytes, [], options));
        },
      ),
    );
  });

  test('gives offsets and lengths of the bytes of each line', () => {
    fc.assert(
      fc.property(anyBytes, fc.array(fc.nat(200)), fc.nat(1_000), (bytes, cuts, startOffsetBytes) => {
        for (const line of splitAll(bytes, cuts, {startOffsetBytes})) {
          const start = line.offsetBytes - startOffsetBytes;
          const original = bytes.subarray(start, start + line.lengthBytes);
          expect(new TextDecoder('utf-8', {ignoreBOM: true}).decode(original)).toBe(line.text);
          expect(start === 0 || bytes[start - 1] === 0x0a).toBe(true);
        }
      }),
    );
  });

  test('keeps the beginning of a line that is too long, cuts between characters, and marks it', () => {
    const [first, second] = splitAll(encoder.encode('aé漢字z\nok\n'), [], {maxLineBytes: 5});
    expect(first).toMatchObject({text: 'aé', isCut: true, lengthBytes: 10});
    expect(second).toMatchObject({text: 'ok', isCut: false, offsetBytes: 11});
  });

  test('keeps only the limit of a line that never ends', () => {
    const splitter = createLineSplitter({maxLineBytes: 4});
    for (let count = 0; count < 1_000; count += 1) expect(splitter.push(encoder.encode('xyz'))).toEqual([]);
    expect(splitter.flush()).toMatchObject({text: 'xyzx', isCut: true, lengthBytes: 3_000});
  });

  test('uses the replacement character for bytes that are not UTF-8', () => {
    expect(splitAll(Uint8Array.of(0x61, 0xff, 0x62, 0x0a), [])).toMatchObject([{text: 'a\ufffdb'}]);
  });

  test('keeps a carriage return unless it is configured to split there', () => {
    const bytes = encoder.encode('10%\r20%\r\n');
    expect(splitAll(bytes, []).map((line) => line.text)).toEqual(['10%\r20%\r']);
    expect(splitAll(bytes, [], {splitsAtCarriageReturn: true}).map(({text, endedBy}) => [text, endedBy])).toEqual([
      ['10%', 'carriage-return'],
      ['20%', 'carriage-return'],
      ['', 'line-feed'],
    ]);
  });

  test('does not keep a reference to the chunk', () => {
    const splitter = createLineSplitter();
    const chunk = encoder.encode('half');
    splitter.push(chunk);
    chunk.fill(0x58);
    expect(splitter.push(encoder.encode('\n'))).toMatchObject([{text: 'half'}]);
  });
});
