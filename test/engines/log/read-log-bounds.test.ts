import {describe, expect, test} from 'vitest';
import {createLogReading} from '../../../src/engines/log/read-log.ts';
import {engines} from '../../../src/engines/registry.ts';

const vllmLine = '(EngineCore pid=200) INFO 11-23 02:00:10 [core.py:82] hello';
const sglangLine = '[2026-07-01 10:00:00 TP0] hello';

function read(lines: readonly string[]) {
  const reading = createLogReading(engines, null);
  for (const [index, text] of lines.entries()) reading.take({text, number: index + 1});
  return reading.result();
}

const times = (count: number, text: string): readonly string[] => Array.from({length: count}, () => text);

describe('the engine of a log', () => {
  test('is that of most recognized lines, in either order', () => {
    expect(read([...times(2, sglangLine), ...times(3, vllmLine)])?.engine).toBe('vllm');
    expect(read([...times(3, sglangLine), ...times(2, vllmLine)])?.engine).toBe('sglang');
    expect(read([...times(3, vllmLine), ...times(2, sglangLine)])?.engine).toBe('vllm');
  });

  test('is decided by the first hundred recognized lines, and no line is lost', () => {
    const lines = [...times(100, sglangLine), ...times(200, vllmLine)];
    expect(read(lines)).toMatchObject({engine: 'sglang', lineCount: 300});
  });

  test('is not decided before the hundredth', () => {
    const lines = [...times(99, sglangLine), ...times(200, vllmLine)];
    expect(read(lines)?.engine).toBe('sglang');
    expect(read([...times(49, sglangLine), ...times(51, vllmLine)])?.engine).toBe('vllm');
    // Half of a hundred is enough for the first of two; the line after it is too late.
    expect(read([...times(50, sglangLine), ...times(51, vllmLine)])?.engine).toBe('sglang');
  });

  test('is not read from a comment', () => {
    expect(read(times(3, `# ${vllmLine}`))).toBeNull();
    expect(read([...times(3, `# ${vllmLine}`), sglangLine])).toMatchObject({engine: 'sglang', lineCount: 4});
  });

  test('is decided when the buffer of 8,000 lines is full, and the rest is read with it', () => {
    const lines = [vllmLine, ...times(7_999, 'noise'), ...times(150, sglangLine)];
    expect(read(lines)).toMatchObject({engine: 'vllm', lineCount: 8_150});
  });

  test('may be recognized after more lines than are kept, and has the newest of them', () => {
    expect(read([...times(9_000, 'noise'), vllmLine])).toMatchObject({engine: 'vllm', lineCount: 8_001});
  });

  test('is decided when the buffer is full of long lines, and the rest is read with it', () => {
    const longLine = `progress ${'#'.repeat(60_000)}`;
    const last = ['the last before it', vllmLine];
    const lines = [vllmLine, ...times(1_000, longLine), ...last];
    const result = read(lines);
    expect(result).toMatchObject({engine: 'vllm', lineCount: lines.length});
    expect(result?.lastLines.map(({text}) => text).slice(-2)).toEqual(last);
  });

  test('is recognized late in a log of long lines: the newest lines are kept, the recognized one among them', () => {
    const result = read([...times(1_000, `progress ${'#'.repeat(60_000)}`), 'the last before it', vllmLine, vllmLine]);
    expect(result?.engine).toBe('vllm');
    expect(result?.lineCount).toBeLessThan(300);
    expect(result?.lastLines.map(({text}) => text).slice(-3)).toEqual(['the last before it', vllmLine, vllmLine]);
  });
});
