import {expect, test} from 'vitest';
import {nominalGuide} from '../../../src/domain/memory/nominal-guide.ts';
import {asciiGlyphs} from '../../../src/views/glyphs.ts';
import {nominalText} from '../../../src/views/plan/nominal-text.ts';
import {planInput, usualSettings} from '../../domain/memory/plan-samples.ts';
import {planOf} from '../../support/plan-of.ts';

const guide = nominalGuide(
  planInput('NVIDIA H200').model,
  (format, cardName) => planOf({...usualSettings, format}, `8x${cardName}`).perGpu.weightsBytes,
);

test("the published guide's tables come out as published, marked nominal, with the exact figures beside them", () => {
  expect(`\n${nominalText(guide, 80, asciiGlyphs).split('\n').slice(0, 12).join('\n')}\n`).toMatchInlineSnapshot(`
    "
    NOMINAL The published guide's arithmetic for moonshotai/Kimi-K2.7-Code, beside
    the exact figures.

    weights    nominal           exact         off by    sized on active parameters
    BF16      2,000 GB      2,053.8 GB       +53.8 GB       63 GB  the mistake
    FP8       1,000 GB      1,030.1 GB       +30.1 GB       32 GB  the mistake
    4-bit       500 GB        595.1 GB       +95.1 GB       16 GB  the mistake

    node               nominal    nominal over weights        exact, on every card
    FP8 on 8x H200    1,128 GB             128 GB over      121.7 GiB of 139.8 GiB
    FP8 on 8x H100      640 GB        cannot hold them       121.7 GiB of 79.2 GiB
    4-bit on 8x H100    640 GB             140 GB over        71.8 GiB of 79.2 GiB
    "
  `);
});

test('as data they are nominal too', () => {
  expect(guide.source).toBe('nominal');
  expect(guide.formats.map(({nominalBytes}) => nominalBytes)).toEqual([2000e9, 1000e9, 500e9]);
  expect(guide.nodes.map(({nominalNodeBytes, nominalOverBytes}) => [nominalNodeBytes, nominalOverBytes])).toEqual([
    [1128e9, 128e9],
    [640e9, -360e9],
    [640e9, 140e9],
  ]);
});
