import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {textWidth} from '../../../src/shared/text-width.ts';
import {asciiGlyphs, unicodeGlyphs} from '../../../src/views/glyphs.ts';
import {type PlanTextOptions, planRows} from '../../../src/views/plan/plan-text.ts';
import {plainLines} from '../../../src/views/plan/text-lines.ts';
import {usualSettings} from '../../domain/memory/plan-samples.ts';
import {planOf} from '../../support/plan-of.ts';

const plain = {
  columns: 80,
  glyphs: asciiGlyphs,
  isExplained: false,
  remarks: [],
  settingsFrom: 'the next start; all default',
  cards: [],
};

function textOf(plan: Parameters<typeof planRows>[0], options: Partial<PlanTextOptions> = {}): string {
  return plainLines(planRows(plan, {...plain, ...options}));
}

describe('a printed plan', () => {
  test('has the verdict first, with its reason, its confidence and its basis', () => {
    const [first = '', ...rest] = textOf(planOf(usualSettings, '8xH100')).split('\n');
    expect(first).toMatch(/^DOES NOT FIT: Weights \(71\.8 GiB\)/);
    expect(rest.slice(0, 3).join(' ')).toContain(
      'Estimated; no version known: newest assumed; overhead from published starts of',
    );
    // The version is named where it is assumed.
    expect(rest.slice(0, 4).join(' ')).toContain('vLLM 0.33.0, the newest known');
  });

  test('has the reason once: the finding that repeats it shows only its fix', () => {
    const plan = planOf(usualSettings, '8xH100');
    const text = textOf(plan).replaceAll(/\s+/g, ' ');
    expect(text.split(plan.reason)).toHaveLength(2);
    expect(text).toContain('fix -> Raise the memory fraction to 0.95');
    expect(text).toContain('--memory-fraction 0.95 --kv-dtype fp8 --dcp 8 --max-running 64');
  });

  test('marks what is beyond the budget, and says how much that is', () => {
    const text = textOf(planOf(usualSettings, '8xH100'));
    expect(text).toMatch(/8 x #+\|!{4,6}\.* +78\.[12] of 79\.6 GiB/);
    expect(text).toContain('+ overhead 6.3');
    expect(text).toContain('78.1 GiB');
    expect(text).toContain('! 6.8 over | budget 71.3 GiB');
    expect(text).not.toMatch(/ -[0-9]/);
    expect(textOf(planOf({...usualSettings, format: 'fp8'}, '8xH100'))).toMatch(/8 x #+\|!+ +128\.0 of 79\.6 GiB/);
  });

  test('of llama.cpp names the GPUs it uses, not a tensor parallel size', () => {
    const text = textOf(planOf({...usualSettings, engine: 'llamacpp'}, '1xH200'), {columns: 200});
    expect(text).toMatch(/settings +llama\.cpp, context [0-9,]+, 1 GPU, KV cache/);
    expect(text).not.toContain('TP');
    expect(textOf(planOf(usualSettings, '8xH200'), {columns: 200})).toMatch(/context [0-9,]+, TP 8, memory/);
  });

  test('draws a bar for each size of card if they differ', () => {
    const cards = [
      {gpuCount: 4, nvmlBytes: 85_520_809_984},
      {gpuCount: 4, nvmlBytes: 150_754_820_096},
    ];
    const bars = textOf(planOf(usualSettings, '8xH100'), {cards})
      .split('\n')
      .filter((line) => line.startsWith('  4 x'));
    expect(bars).toHaveLength(2);
    expect(bars[0]).toContain('of 79.6 GiB');
    expect(bars[1]).toContain('of 140.4 GiB');
  });

  test('explained shows every line of the arithmetic with its result and unit', () => {
    const plan = planOf(usualSettings, '8xH200');
    const text = textOf(plan, {isExplained: true});
    for (const {label} of plan.arithmetic) expect(text).toContain(`${label}: `);
    expect(text).toContain('Rule of thumb: 465.66 GiB (500,000,000,000 bytes)');
    expect(text).toContain('KV bytes per token: 70,272 bytes per token');
    expect(text).not.toContain('--explain');
    expect(textOf(plan)).toContain('--explain');
  });

  test('keeps to its width, in ASCII if requested, without trailing spaces', () => {
    const anyPlan = fc.record({
      node: fc.constantFrom('8xH100', '8xH200', '4xB200', '16xH100', '8xL40S', '1024xRTX PRO 6000'),
      columns: fc.integer({min: 40, max: 140}),
      tensorParallelSize: fc.constantFrom(4, 6, 8, 16),
      pipelineParallelSize: fc.constantFrom(1, 2, 99),
      contextLengthTokens: fc.constantFrom(1, 8192, 262_144, 500_000),
      engine: fc.constantFrom('vllm', 'sglang', 'llamacpp'),
      extraArguments: fc.constantFrom<string[]>([], [`--speculative-config={"model":"${'x'.repeat(200)}"}`]),
      isExplained: fc.boolean(),
      isAscii: fc.boolean(),
    });
    fc.assert(
      fc.property(anyPlan, ({node, columns, isExplained, isAscii, ...change}) => {
        const glyphs = isAscii ? asciiGlyphs : unicodeGlyphs;
        const text = textOf(planOf({...usualSettings, ...change}, node), {columns, isExplained, glyphs});
        for (const line of text.split('\n')) {
          expect(textWidth(line)).toBeLessThanOrEqual(columns);
          expect(line).toBe(line.trimEnd());
          if (isAscii) expect(line).toMatch(/^[\x20-\x7e]*$/);
          expect(line).not.toMatch(/NaN|undefined|Infinity/);
        }
      }),
      {numRuns: 80},
    );
  });
});
