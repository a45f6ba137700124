import fc from 'fast-check';
import {expect, test} from 'vitest';
import {createReportFilter, type FilteredInput, type PointerReport} from '../../../src/tui/pointer/report-filter.ts';

/** What comes of these reads; `flushes` are the reads after which nothing followed for a while. */
function filtered(reads: readonly string[], hasPointer = true, flushes: ReadonlySet<number> = new Set()) {
  const filter = createReportFilter(() => hasPointer);
  const all = reads.flatMap((read, index): FilteredInput[] => [
    filter.push(read),
    ...(flushes.has(index) ? [filter.flush()] : []),
  ]);
  all.push(filter.flush());
  return {
    text: all.map(({text}) => text).join(''),
    reports: all.flatMap(({reports}) => reports),
    answers: all.reduce((sum, {answers}) => sum + answers, 0),
  };
}

const click = {kind: 'click', column: 9, row: 4} as const;

test.each<[string, string, readonly PointerReport[]]>([
  ['\u001b[<0;10;5M', '', [click]],
  ['\u001b[<0;10;5m', '', []],
  ['a\u001b[<64;10;5Mb', 'ab', [{...click, kind: 'wheel-up'}]],
  ['\u001b[<65;10;5M\u001b[<0;10;5M', '', [{...click, kind: 'wheel-down'}, click]],
  // With Shift, Alt or Ctrl held, they are the same; the other buttons and movements are nothing.
  ['\u001b[<20;10;5M', '', [click]],
  ['\u001b[<1;10;5M\u001b[<35;10;5M\u001b[<66;10;5M', '', []],
  ['\u001b[M *%', '', [click]],
  ['\u001b[M#*%', '', []],
  ['\u001b[M`*%', '', [{...click, kind: 'wheel-up'}]],
  ['\u001b[<0;q', 'q', []],
  ['\u001b[A\u001b', '\u001b[A\u001b', []],
])('%j', (bytes, text, reports) => {
  expect(filtered([bytes])).toEqual({text, reports, answers: 0});
  expect(createReportFilter(() => true).push(bytes).hasReport).toBe(/\[[<M]/.test(bytes));
});

test('what a terminal sends for a key is untouched while it does not report what the pointer does', () => {
  expect(filtered(['\u001b[Mabc'], false).text).toBe('\u001b[Mabc');
});

const keys = [
  'q',
  'M',
  'm',
  '0',
  ';',
  '<',
  '[',
  'n',
  '\u001b[A',
  '\u001b[5~',
  '\u001bOP',
  '\u0003',
  '\r',
  '\u00c3\u00a9',
  '\u001b[200~text\u001b[201~',
];
const number = (max: number) => fc.integer({min: 0, max});
const report = fc.oneof(
  fc
    .tuple(number(200), number(400), number(200), fc.constantFrom('M', 'm'))
    .map(([a, b, c, end]) => `\u001b[<${a};${b};${c}${end}`),
  fc
    .tuple(number(200), number(220), number(220))
    .map((codes) => `\u001b[M${String.fromCharCode(...codes.map((code) => code + 32))}`),
  fc.constant('\u001b[0n'),
);
const piece = fc.oneof(
  fc.constantFrom(...keys).map((bytes) => ({bytes, isKey: true})),
  report.map((bytes) => ({bytes, isKey: false})),
);

/** The bytes cut at these places. */
function cut(bytes: string, places: readonly number[]): readonly string[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, index) => bytes.slice(from, at[index] ?? bytes.length));
}

const runs = Number(process.env['GANTRY_KEY_RUNS'] ?? 1_000);

test('wherever reads end, keys are as they were typed and no byte of a report is one', () => {
  fc.assert(
    fc.property(fc.array(piece, {maxLength: 12}), fc.array(fc.nat(), {maxLength: 20}), (pieces, places) => {
      const bytes = pieces.map((each) => each.bytes).join('');
      const whole = filtered([bytes]);
      const parts = filtered(cut(bytes, places));
      expect(parts).toEqual(whole);
      expect(parts.text).toBe(pieces.flatMap((each) => (each.isKey ? [each.bytes] : [])).join(''));
    }),
    {numRuns: runs},
  );
});

test('however long a report takes to arrive, no more than an Esc is read of it', () => {
  fc.assert(
    fc.property(
      report,
      fc.array(fc.nat(), {maxLength: 6}),
      fc.array(fc.nat({max: 7}), {maxLength: 8}),
      (bytes, places, flushes) => {
        // A terminal that does not know mode 1006 has no mark in its reports by which the rest of a late one is known.
        fc.pre(!bytes.startsWith('\u001b[M'));
        const {text} = filtered([...cut(bytes, places), 'q'], true, new Set(flushes));
        expect(['', '\u001b', '\u001b[', '\u001b[0']).toContain(text.replace(/q$/, ''));
        expect(text.endsWith('q')).toBe(true);
      },
    ),
    {numRuns: runs},
  );
});
