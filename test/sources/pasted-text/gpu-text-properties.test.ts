import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {gibText} from '../../../src/shared/quantities/bytes.ts';
import {BYTES_PER_MIB} from '../../../src/shared/units.ts';
import {readLines} from './read-lines.ts';

const seed = Number(process.env['GANTRY_SEED'] ?? fc.sample(fc.nat(), 1)[0]);
const runs = Number(process.env['GANTRY_CASES'] ?? 400);

type Card = {readonly used: number; readonly total: number; readonly load: number};

const uuid = (index: number): string =>
  `GPU-${(index * 2_654_435_761 + 17).toString(16).padStart(8, '0').slice(-8)}-ab12-cd34-ef56-0123456789ab`;
const bus = (index: number): string => `00000000:${(0x18 + index * 7).toString(16).toUpperCase()}:00.0`;

/** Each form of a list of these cards. */
const forms: readonly ((cards: readonly Card[]) => readonly string[])[] = [
  (cards) => [
    '| NVIDIA-SMI 570.133.20             Driver Version: 570.133.20     CUDA Version: 12.8     |',
    ...cards.flatMap(({used, total, load}, index) => [
      `|   ${index}  NVIDIA H200                    On  |   ${bus(index)} Off |                    0 |`,
      `| N/A   31C    P0             112W /  700W | ${`${used}MiB`.padStart(9)} / ${`${total}MiB`.padStart(9)} | ${`${load}%`.padStart(7)}      Default |`,
    ]),
  ],
  (cards) => cards.map((_, index) => `GPU ${index}: NVIDIA H200 (UUID: ${uuid(index)})`),
  (cards) => [
    'index, name, memory.used [MiB], memory.total [MiB]',
    ...cards.map(({used, total}, index) => `${index}, NVIDIA H200, ${used} MiB, ${total} MiB`),
  ],
  (cards) => [
    'uuid, memory.used [MiB], memory.total [MiB]',
    ...cards.map(({used, total}, index) => `${uuid(index)}, ${used} MiB, ${total} MiB`),
  ],
  (cards) => cards.map(({used, total}, index) => `GPU ${index}, NVIDIA H200, ${total} MiB, ${used} MiB`),
];

const prefixes = [
  '',
  'engine-1  | ',
  '> ',
  '2026-04-05T00:01:19.000000001Z ',
  'Apr  5 00:01:19 node-17 smi[7]: ',
  '    ',
];

const card = fc.record({
  used: fc.integer({min: 0, max: 90_000}),
  total: fc.integer({min: 90_001, max: 200_000}),
  load: fc.integer({min: 0, max: 100}),
});
const shown = fc.record({
  cards: fc.array(card, {minLength: 1, maxLength: 8}),
  form: fc.nat(forms.length - 1),
  prefix: fc.constantFrom(...prefixes),
  from: fc.nat(6),
  to: fc.nat(20),
  cut: fc.nat(60),
  isReversed: fc.boolean(),
});

test('a list of GPUs that is cut, turned round and prefixed has no more of them, and no memory that is not in it', () => {
  console.info(`Lists of GPUs: seed ${seed} (GANTRY_SEED), ${runs} runs (GANTRY_CASES)`);
  fc.assert(
    fc.property(shown, ({cards, form, prefix, from, to, cut, isReversed}) => {
      const whole = forms[form]?.(cards) ?? [];
      const part = whole.slice(from, from + 1 + to);
      const ordered = isReversed ? part.toReversed() : part;
      const lines = ordered.map(
        (line, index) =>
          `${prefix}${index === ordered.length - 1 ? line.slice(0, Math.max(1, line.length - cut)) : line}`,
      );
      const found = readLines(lines);
      if (found?.kind !== 'gpu-report') return;
      const text = found.summary.join('\n');
      const count = /^([\d,]+) GPUs?\./.exec(text)?.[1];
      expect(Number(count ?? 0)).toBeLessThanOrEqual(cards.length);
      const given = new Set(
        [...lines.join('\n').matchAll(/\d+/g)].map(([digits]) => gibText(Number(digits) * BYTES_PER_MIB)),
      );
      for (const [, used = '', total = ''] of text.matchAll(/: ([\d.,]+ \w?i?B) of ([\d.,]+ \w?i?B) in use/g)) {
        expect(given).toContain(used);
        expect(given).toContain(total);
      }
    }),
    {seed, numRuns: runs},
  );
});
