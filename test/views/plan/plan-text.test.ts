import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {planMatrix} from '../../../src/engines/plan-matrix.ts';
import {textWidth} from '../../../src/shared/text-width.ts';
import {asciiGlyphs, unicodeGlyphs} from '../../../src/views/glyphs.ts';
import {matrixText} from '../../../src/views/plan/matrix-text.ts';
import {planText} from '../../../src/views/plan/plan-text.ts';
import {settingFlags} from '../../../src/views/plan/setting-flags.ts';
import {usualSettings} from '../../domain/memory/plan-samples.ts';
import {planOf} from '../../support/plan-of.ts';

const plain = {columns: 80, glyphs: asciiGlyphs, isExplained: false, remarks: []};

describe('a printed plan', () => {
  test('of the published command on the published node says first that it does not fit, and what does', () => {
    expect(`\n${planText(planOf(usualSettings, '8xH100'), plain)}\n`).toMatchInlineSnapshot(`
      "
      DOES NOT FIT (estimated) Weights (71.8 GiB) and overhead (3.00 GiB) need 74.8
      GiB of every card, 3.57 GiB more than the memory fraction gives (71.3 GiB).

      model       moonshotai/Kimi-K2.7-Code: 1.027 trillion parameters, all of them in
                  memory, 31.7 billion active a token
      checkpoint  int4, 595.1 GB (595,148,192,736 bytes), derived: parameters of Kimi
                  K2.5 to K2.7, 4 bit + a 16-bit scale per 32
      node        8x NVIDIA H100 80GB HBM3, 79.6 GiB each by nvidia-smi, 79.2 GiB for
                  CUDA
      settings    vllm, 262,144 tokens of context, memory fraction 0.90, KV cache
                  auto, tensor parallel 8

      GPU 0 #################################################|++...   74.8 / 79.6 GiB
      GPU 1 #################################################|++...   74.8 / 79.6 GiB
      GPU 2 #################################################|++...   74.8 / 79.6 GiB
      GPU 3 #################################################|++...   74.8 / 79.6 GiB
      GPU 4 #################################################|++...   74.8 / 79.6 GiB
      GPU 5 #################################################|++...   74.8 / 79.6 GiB
      GPU 6 #################################################|++...   74.8 / 79.6 GiB
      GPU 7 #################################################|++...   74.8 / 79.6 GiB
            # weights      71.8 GiB
            = KV cache     -3.6 GiB  what is missing before there is any cache
            + overhead      3.0 GiB
            | budget       71.3 GiB  and 0.9 GiB beside it

      KV cache    0 tokens, 70,272 bytes each on a card
      at once     0.00 requests of 262,144 tokens (17.2 GiB each); the longest single
                  one is 0

      do this     Raise the memory fraction to 0.95 and lower the context to 5,984
                  tokens; nothing longer fits on these cards. (--memory-fraction 0.95
                  --context 5984)
      warning     Added up, the node has 684.2 GB and the checkpoint 595.1 GB, but
                  cards are no pool: with what every rank keeps whole the weights take
                  617.0 GB, and each card must hold its own overhead and its own copy
                  of the KV cache.
                  -> Size by the card, as the arithmetic shows it.
      info        As they are, these settings need other cards.
                  -> The smallest nodes that hold them: 4x GB200, 8x H200, 16x
                  A100-SXM4-80GB.

      basis       estimated: first default: 2.5 to 3.8 GiB in published K2.5 and K2.6
                  starts, 8.1 GiB in one with 1,024 requests at once

      --explain shows the arithmetic line by line.
      "
    `);
  });

  test('of a node that holds it', () => {
    const text = planText(planOf(usualSettings, '8xH200'), {...plain, glyphs: unicodeGlyphs, remarks: ['read here']});
    expect(`\n${text}\n`).toMatchInlineSnapshot(`
      "
      FITS (estimated) Every card keeps 51.0 GiB for the KV cache: 779,264 tokens, 3.0
      requests of 262,144 tokens at once.

      model       moonshotai/Kimi-K2.7-Code: 1.027 trillion parameters, all of them in
                  memory, 31.7 billion active a token
      checkpoint  int4, 595.1 GB (595,148,192,736 bytes), derived: parameters of Kimi
                  K2.5 to K2.7, 4 bit + a 16-bit scale per 32
      node        8× NVIDIA H200, 140.4 GiB each by nvidia-smi, 139.8 GiB for CUDA
      settings    vllm, 262,144 tokens of context, memory fraction 0.90, KV cache
                  auto, tensor parallel 8
                  read here

      GPU 0 ████████████████████████████▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▒│░░░░░  125.8 / 140.4 GiB
      GPU 1 ████████████████████████████▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▒│░░░░░  125.8 / 140.4 GiB
      GPU 2 ████████████████████████████▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▒│░░░░░  125.8 / 140.4 GiB
      GPU 3 ████████████████████████████▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▒│░░░░░  125.8 / 140.4 GiB
      GPU 4 ████████████████████████████▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▒│░░░░░  125.8 / 140.4 GiB
      GPU 5 ████████████████████████████▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▒│░░░░░  125.8 / 140.4 GiB
      GPU 6 ████████████████████████████▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▒│░░░░░  125.8 / 140.4 GiB
      GPU 7 ████████████████████████████▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▒│░░░░░  125.8 / 140.4 GiB
            █ weights      71.8 GiB
            ▓ KV cache     51.0 GiB
            ▒ overhead      3.0 GiB
            │ budget      125.8 GiB  and 0.9 GiB beside it

      KV cache    779,264 tokens, 70,272 bytes each on a card
      at once     2.97 requests of 262,144 tokens (17.2 GiB each); the longest single
                  one is 262,144

      info        An FP8 KV cache holds twice the tokens: about 1,558,528.
                  → Worth it when many long requests are to run at once. (--kv-dtype
                  fp8)
      info        Decode context parallel 8 holds 8 times the tokens, for more
                  communication: about 6,234,112.
                  → Worth it when many long requests are to run at once. (--dcp 8)

      basis       estimated: first default: 2.5 to 3.8 GiB in published K2.5 and K2.6
                  starts, 8.1 GiB in one with 1,024 requests at once

      --explain shows the arithmetic line by line.
      "
    `);
  });

  test('explained shows every line of the arithmetic', () => {
    const plan = planOf(usualSettings, '8xH200');
    const text = planText(plan, {...plain, isExplained: true});
    for (const {label} of plan.arithmetic) expect(text).toContain(`${label}: `);
    expect(text).toContain('Rule of thumb: 465.7 GiB (500,000,000,000 bytes)');
  });

  test('of many cards draws one bar for all', () => {
    const text = planText(planOf({...usualSettings, tensorParallelSize: 32}, '32xH100'), plain);
    expect(text).toContain('32x   ');
    expect(text).not.toContain('GPU 0');
  });

  test('keeps to its width, in ASCII where that is asked for, without blanks at the end of a line', () => {
    const anyPlan = fc.record({
      node: fc.constantFrom('8xH100', '8xH200', '4xB200', '16xH100', '8xL40S'),
      columns: fc.integer({min: 60, max: 140}),
      tensorParallelSize: fc.constantFrom(4, 6, 8, 16),
      contextLengthTokens: fc.constantFrom(1, 8192, 262_144, 500_000),
      engine: fc.constantFrom('vllm', 'sglang', 'llamacpp'),
      isExplained: fc.boolean(),
    });
    fc.assert(
      fc.property(anyPlan, ({node, columns, isExplained, ...change}) => {
        const text = planText(planOf({...usualSettings, ...change}, node), {...plain, columns, isExplained});
        for (const line of text.split('\n')) {
          expect(textWidth(line)).toBeLessThanOrEqual(columns);
          expect(line).toBe(line.trimEnd());
          expect(line).toMatch(/^[\x20-\x7e]*$/);
          expect(line).not.toContain('NaN');
        }
      }),
      {numRuns: 60},
    );
  });
});

test('the matrix is a table of formats, nodes and contexts in 80 columns', () => {
  const matrix = planMatrix({settings: usualSettings, onDisk: null, engineVersion: null, node: null});
  if (!matrix.ok) throw new Error(matrix.error.message);
  const text = matrixText(matrix.value, asciiGlyphs);
  expect(text.split('\n').slice(0, 13).join('\n')).toMatchInlineSnapshot(`
    "moonshotai/Kimi-K2.7-Code

    int4, 595.1 GB
      node                 GiB/GPU        32K        64K       128K       256K longest
      8xH100                  71.8         -          -          -          -        -
      8xH20                   71.8      5.0x       2.5x       1.2x!         -     158K
      8xH200                  71.8     23.8x      11.9x       5.9x       3.0x     256K
      4xB200                 140.7      7.8x       3.9x       2.0x          -     250K
      8xB200                  71.8     40.0x      20.0x      10.0x       5.0x     256K
      4xB300                 140.7     45.3x      22.7x      11.3x       5.7x     256K
      8xB300                  71.8     77.4x      38.7x      19.4x       9.7x     256K
      16xH100                 37.4     14.4x       7.2x       3.6x       1.8x     256K
      16xH200                 37.4     39.9x      19.9x      10.0x       5.0x     256K"
  `);
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
});

test('a change of settings is shown as it is typed', () => {
  expect(settingFlags({memoryFraction: 0.95, contextLengthTokens: 9664})).toBe('--memory-fraction 0.95 --context 9664');
  expect(settingFlags(null)).toBe('');
});
