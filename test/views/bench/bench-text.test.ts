import {describe, expect, test} from 'vitest';
import type {BenchDocument} from '../../../src/api/bench/bench-document.ts';
import {absent} from '../../../src/samples/reading.ts';
import {benchText} from '../../../src/views/bench/bench-text.ts';
import {verdictSentence} from '../../../src/views/bench/bench-verdict.ts';
import {asciiGlyphs, unicodeGlyphs} from '../../../src/views/glyphs.ts';
import {buildPoint} from '../../domain/bench/build-point.ts';
import {guideSettings} from '../../engines/vllm/test-settings.ts';
import {findPriceBook} from '../../support/price-books.ts';

const points = [
  buildPoint({concurrency: 1, durationMs: 10_000}),
  buildPoint({concurrency: 16, durationMs: 2_000, firstTokenP99Ms: 1_800}),
  buildPoint({concurrency: 32, durationMs: 1_800, firstTokenP99Ms: 7_000, failed: 2}),
];

function buildBench(changes: Partial<BenchDocument> = {}): BenchDocument {
  return {
    schemaVersion: 1,
    atMs: Date.UTC(2026, 10, 28, 10),
    endedAtMs: Date.UTC(2026, 10, 28, 10, 20),
    simulated: false,
    gantryVersion: '0.1.0',
    tool: {name: 'gantry', version: '0.1.0', isOwn: true},
    runId: null,
    engine: {name: 'vllm', displayName: 'vLLM', version: '0.28.0'},
    model: 'kimi-k2.7-code',
    node: {gpuName: 'NVIDIA H200', gpuCount: 8},
    settings: guideSettings({}),
    plan: absent('no plan'),
    workload: {promptTokens: 8_192, answerTokens: 2_048, cachedRatio: 0, sizesFrom: 'default', cachedFrom: 'default'},
    targets: {firstTokenMs: 2_000, perTokenMs: null},
    nodeUsdPerHour: 28.8,
    priceBook: findPriceBook('moonshot'),
    points,
    end: 'complete',
    endDetail: null,
    ...changes,
  };
}

const textOf = (bench: BenchDocument, glyphs = unicodeGlyphs): readonly string[] =>
  benchText(bench, {columns: 80, glyphs}).map((row) => row.map(({text}) => text).join(''));

describe('the verdict in one sentence', () => {
  test('what is sustained within the target, against break-even at the same mix', () => {
    expect(verdictSentence(buildBench())).toEqual({
      text: "Sustains 5,120 tok/s with 16 concurrent requests and p99 of the first token within 2.00 s: 99.8 % of the 5,128 tok/s that break even with moonshot kimi-k2.7-code at this node's price of $28.80/h and the same mix (80 % new input, 0 % cached, 20 % output).",
      tone: 'warning',
    });
    expect(verdictSentence(buildBench({nodeUsdPerHour: 10})).text).toContain(
      '2.9 times the 1,781 tok/s that break even',
    );
  });

  test('what is unknown is named', () => {
    expect(verdictSentence(buildBench({nodeUsdPerHour: absent('no price is set')})).text).toContain(
      'break-even is unknown: no price is set.',
    );
    const uncounted = points.map((point) => ({...point, cachedPromptTokens: absent('?')}));
    expect(verdictSentence(buildBench({points: uncounted})).text).toContain('5,128 tok/s or more that break even');
    expect(verdictSentence(buildBench({targets: {firstTokenMs: 100, perTokenMs: null}})).text).toBe(
      'No load stays within p99 of the first token within 100 ms.',
    );
    expect(verdictSentence(buildBench({points: []})).text).toBe('No request was completed: nothing can be said.');
  });
});

describe('the whole text', () => {
  test('fits into 80 columns, with the loads as their number and those beyond the target marked', () => {
    const lines = textOf(buildBench({endDetail: 'Interrupted.', end: 'interrupted'}));
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    const table = lines.filter((line) => /^(?:1|16|32) /.test(line));
    expect(table).toMatchInlineSnapshot(`
      [
        "1              8      205    1,024      0 %   500 ms   1.00 s    10 ms    20 ms",
        "16             8    1,024    5,120      0 %   900 ms   1.80 s    10 ms    20 ms",
        "32           8-2    1,138    5,689      0 %   3.50 s   7.00 s    10 ms    20 ms!",
      ]
    `);
    expect(lines.join('\n')).toContain("Gantry's own load generator");
  });

  test('is the same in ASCII', () => {
    expect(textOf(buildBench(), asciiGlyphs).join('\n')).toMatch(/^[\x20-\x7e\n]*$/);
  });
});
