import {describe, expect, test} from 'vitest';
import type {BenchDocument} from '../../../src/api/bench/bench-document.ts';
import {absent} from '../../../src/samples/reading.ts';
import {benchListRows, comparisonRows} from '../../../src/views/bench/bench-comparison.ts';
import {benchText} from '../../../src/views/bench/bench-text.ts';
import {verdictSentence} from '../../../src/views/bench/bench-verdict.ts';
import {asciiGlyphs, unicodeGlyphs} from '../../../src/views/glyphs.ts';
import {buildPoint} from '../../domain/bench/build-point.ts';
import {buildBench, benchPoints as points} from './build-bench.ts';

const textOf = (bench: BenchDocument, glyphs = unicodeGlyphs): readonly string[] =>
  benchText(bench, [], {columns: 80, glyphs}).map((row) => row.map(({text}) => text).join(''));

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

describe('what it compares with', () => {
  const rowsOf = (bench: BenchDocument, earlier: readonly BenchDocument[]): readonly string[] =>
    comparisonRows(bench, earlier, unicodeGlyphs).map((row) => row.map(({text}) => text).join(''));

  test('earlier ones of the same question, at the highest load that both have, and what was published at these loads', () => {
    const before = buildBench({
      atMs: Date.UTC(2026, 10, 27),
      points: [buildPoint({concurrency: 16, durationMs: 2_500})],
    });
    const others = [
      buildBench({atMs: Date.UTC(2026, 10, 26), model: 'another'}),
      buildBench({atMs: Date.UTC(2026, 10, 25), workload: {...before.workload, promptTokens: 100}}),
      buildBench({atMs: Date.UTC(2026, 10, 24), simulated: true}),
    ];
    expect(rowsOf(buildBench(), [buildBench(), before, ...others])).toMatchInlineSnapshot(`
      [
        "earlier                 by                        load total/s     now",
        "2026-11-27 00:00:00 UTC gantry, 0.28.0             16×   4,096   +25 %",
        "published               by                      tokens    load   out/s total/s",
        "8xB200 Kimi K2.7 Code   Lambda               8192/2048     32×   1,157   5,787",
        "8xB200 Kimi K2.6        Lambda               8192/2048     32×   1,408   7,046",
        "8xH200 Kimi K2.5 INT4   InferenceX           8192/1024     32×     925   8,323",
        "8xB200 Kimi K2.5 INT4   InferenceX           8192/1024     32×   1,296  11,664",
        "8xB300 Kimi K2.5 INT4   InferenceX           8192/1024     32×   1,344  12,096",
        "8xMI355X Kimi K2.5 INT4 InferenceX           8192/1024     32×     522   4,695",
        "8xMI325X Kimi K2.5 INT4 InferenceX           8192/1024     32×     470   4,233",
        "8xMI300X Kimi K2.5 INT4 InferenceX           8192/1024     32×     413   3,715",
        "8xH200 Kimi K2.5 INT4   SGLang                 496/510     16×     258     509",
      ]
    `);
  });

  test('a change that is none has no sign', () => {
    const before = buildBench({
      atMs: Date.UTC(2026, 10, 27),
      points: [buildPoint({concurrency: 16, durationMs: 1_999})],
    });
    expect(rowsOf(buildBench(), [before])[1]).toMatch(/ 16× +5,123 +0 %$/);
  });

  test('nothing where there is nothing alike', () => {
    expect(rowsOf(buildBench({points: [buildPoint({concurrency: 3})]}), [])).toEqual([]);
  });
});

test('a list has each benchmark with its best load within the target', () => {
  const benches = [buildBench(), buildBench({simulated: true, targets: {firstTokenMs: 1, perTokenMs: null}})];
  const lines = benchListRows(benches, unicodeGlyphs).map((row) => row.map(({text}) => text).join(''));
  expect(lines).toMatchInlineSnapshot(`
    [
      "measured                by                      tokens  shared    load total/s",
      "2026-11-28 10:00:00 UTC gantry             8,192/2,048     0 %     16×   5,120",
      "2026-11-28 10:00:00 UTC gantry, simulated  8,192/2,048     0 %       –       –",
    ]
  `);
});
