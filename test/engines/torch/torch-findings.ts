import {expect, test} from 'vitest';
import {createLogReading} from '../../../src/engines/log/read-log.ts';
import {engines} from '../../../src/engines/registry.ts';
import {readyStart} from '../vllm/start-log.ts';

/** What a log of this engine with these lines is diagnosed as. */
export function diagnosisOf(engine: string, lines: readonly string[]) {
  const reading = createLogReading(engines, engines.find(({name}) => name === engine) ?? null);
  for (const [index, text] of lines.entries()) reading.take({text, number: index + 1});
  return reading.result();
}

/** A line that a catalog entry recognizes: engine, line, code without the engine, words of the fix, words that would be the trap. */
export type Row = readonly [engine: string, line: string, code: string, fix: RegExp, trap?: RegExp];

/** The first finding of a log with this line alone. */
export function findingOf(engine: string, ...lines: readonly string[]) {
  return diagnosisOf(engine, lines)?.findings[0];
}

/** A start of vLLM that becomes ready, with these lines after its first phases. */
export function healthyStart(lines: readonly string[]): readonly string[] {
  return [...readyStart.slice(0, 6), ...lines, ...readyStart.slice(6)];
}

/** Each row as a test: the line alone has the code and the fix, and not the trap. */
export function testRows(rows: readonly Row[]): void {
  for (const [engine, line, code, fix, trap] of rows) {
    test(`${engine}: ${line}`, () => {
      const finding = findingOf(engine, line);
      expect(finding?.code).toBe(`${engine}.${code}`);
      expect(finding?.remedy).toMatch(fix);
      if (trap !== undefined) expect(finding?.remedy).not.toMatch(trap);
    });
  }
}

/** Each line as a test: in a start that becomes ready, it is no finding. */
export function testHealthy(lines: readonly string[]): void {
  test.each(lines)('is silent about %s', (line) => {
    const diagnosis = diagnosisOf('vllm', healthyStart([line]));
    expect(diagnosis?.exit).toBe('serving');
    expect(diagnosis?.findings).toEqual([]);
  });
}
