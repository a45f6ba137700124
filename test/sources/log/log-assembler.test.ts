import * as fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {LogLine} from '../../../src/samples/log-line.ts';
import {createLogAssembler, MAX_LOG_LINE_BYTES} from '../../../src/sources/log/log-assembler.ts';

const encoder = new TextEncoder();

function assemble(bytes: Uint8Array, cuts: readonly number[] = []): LogLine[] {
  const assembler = createLogAssembler();
  const ends = [...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
  const lines = ends.flatMap((end, index) => assembler.push(bytes.subarray(ends[index - 1] ?? 0, end)));
  return [...lines, ...assembler.flush()];
}

function texts(log: string): string[] {
  return assemble(encoder.encode(log)).map((line) => line.text);
}

const pieces = fc.constantFrom(
  '\n',
  '\r',
  '\r\n',
  ' 7%|#',
  '42% |##',
  'word',
  'é漢',
  '\u001b[31m',
  '\0',
  '\t',
  ' ',
  'x'.repeat(300),
);

describe('log assembler', () => {
  test('emits the same lines however the log is split into chunks', () => {
    fc.assert(
      fc.property(fc.array(pieces, {maxLength: 60}), fc.array(fc.nat(4_000)), (log, cuts) => {
        const bytes = encoder.encode(log.join(''));
        expect(assemble(bytes, cuts)).toEqual(assemble(bytes));
      }),
    );
  });

  test('numbers lines from 1 without gaps, and no line carries a control character', () => {
    fc.assert(
      fc.property(fc.uint8Array({maxLength: 500}), (bytes) => {
        const lines = assemble(bytes);
        expect(lines.map((line) => line.number)).toEqual(lines.map((_, index) => index + 1));
        for (const {text} of lines) expect(text).not.toMatch(/\p{Cc}/u);
      }),
    );
  });

  test('gives offsets from which the rest of the log reads the same', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('\n', 'word', 'é漢', ' '), {maxLength: 60}), (log) => {
        const bytes = encoder.encode(log.join(''));
        const lines = assemble(bytes);
        for (const line of lines) {
          const again = createLogAssembler({startOffsetBytes: line.offsetBytes, firstLineNumber: line.number});
          const rest = [...again.push(bytes.subarray(line.offsetBytes)), ...again.flush()];
          expect(rest).toEqual(lines.slice(line.number - 1));
        }
      }),
    );
  });

  test('keeps blank lines, reads \\r\\n as one line end, and emits an unfinished last line', () => {
    expect(texts('a\r\n\nb\r\nlast')).toEqual(['a', '', 'b', 'last']);
  });

  test('keeps the last segment of a line that is redrawn with carriage returns', () => {
    expect(texts('downloading\rdone\n\rLoading shards:  50% Completed | 1/2\n')).toEqual([
      'done',
      'Loading shards:  50% Completed | 1/2',
    ]);
  });

  test('a redrawn line that ends in blanks is what was drawn before them', () => {
    expect(texts('done 100%\r   \n')).toEqual(['done 100%']);
    expect(texts('working\r \t \r\nnext\n')).toEqual(['working', 'next']);
    expect(texts('   \n')).toHaveLength(1);
  });

  test('emits one line for each new percentage of a progress bar', () => {
    expect(
      texts(
        '\rx:   0%| 0/200\rx:   1%| 1/200\rx:   1%| 2/200\rx:   2%| 3/200\rx: 100%| 200/200\rx: 100%| 200/200\nnext\n',
      ),
    ).toEqual(['x:   0%| 0/200', 'x:   1%| 1/200', 'x:   2%| 3/200', 'x: 100%| 200/200', 'next']);
  });

  test('emits at most one line per kilobyte of a bar without a percentage', () => {
    const updates = Array.from({length: 1_000}, (_, index) => `\rspinning ${String(index).padStart(6, '0')}`).join('');
    const lines = texts(`${updates}\n`);
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.length).toBeLessThanOrEqual(updates.length / 1_024 + 1);
    expect(lines.at(-1)).toBe('spinning 000999');
  });

  test('continues a flushed bar without repeating a percentage', () => {
    const assembler = createLogAssembler();
    expect(assembler.push(encoder.encode('\rload:  7% 1/15'))).toEqual([]);
    expect(assembler.flush()).toMatchObject([{number: 1, text: 'load:  7% 1/15'}]);
    expect(assembler.flush()).toEqual([]);
    expect(assembler.push(encoder.encode('\rload:  7% 1/15\rload: 13% 2/15\r'))).toMatchObject([
      {number: 2, text: 'load: 13% 2/15'},
    ]);
  });

  test('cuts a line over 64 KiB and says how long it was', () => {
    const [line, next] = assemble(encoder.encode(`${'x'.repeat(MAX_LOG_LINE_BYTES + 10)}\nnext\n`));
    expect(line?.text).toHaveLength(MAX_LOG_LINE_BYTES + ' … (cut: the line has 65546 bytes)'.length);
    expect(line?.text.endsWith(' … (cut: the line has 65546 bytes)')).toBe(true);
    expect(next?.text).toBe('next');
  });
});

test('numbered by line feed, the lines of a bar share a number', () => {
  const bytes = new TextEncoder().encode('a\nx:   1%\rx:   2%\rx:   2%\nb\n');
  const numbered = (numbersByLineFeed: boolean) =>
    createLogAssembler({numbersByLineFeed, firstLineNumber: 5})
      .push(bytes)
      .map(({number, text}) => [number, text]);
  expect(numbered(true)).toEqual([
    [5, 'a'],
    [6, 'x:   1%'],
    [6, 'x:   2%'],
    [7, 'b'],
  ]);
  expect(numbered(false).map(([number]) => number)).toEqual([5, 6, 7, 8]);
});
