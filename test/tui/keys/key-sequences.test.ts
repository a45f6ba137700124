import fc from 'fast-check';
import {expect, test} from 'vitest';
import {createKeySequences} from '../../../src/tui/keys/key-sequences.ts';

const ESC = '\u001b';
/** What stands for a key without a name, and for Esc. */
const NAMELESS = `${ESC}[2~`;
const ESCAPE_KEY = `${ESC}[27u`;

function typedOf(reads: readonly string[]): string {
  const sequences = createKeySequences();
  return reads.map(sequences.push).join('') + sequences.flush();
}

test.each<[string, string, string]>([
  ['letters', 'abc', 'abc'],
  ['an arrow', `${ESC}[A`, `${ESC}[A`],
  ['an arrow with Ctrl', `${ESC}[1;5C`, `${ESC}[1;5C`],
  ['an arrow of application mode', `${ESC}OA`, `${ESC}OA`],
  ['the old form of Alt and an arrow', `${ESC}${ESC}[A`, `${ESC}${ESC}[A`],
  ['F5', `${ESC}[15~`, `${ESC}[15~`],
  ['F5 of the Linux console', `${ESC}[[E`, `${ESC}[[E`],
  ['Shift and PgUp in rxvt', `${ESC}[5$`, `${ESC}[5$`],
  ['Shift+Tab', `${ESC}[Z`, `${ESC}[Z`],
  ['a key of the kitty protocol', `${ESC}[113;5u`, `${ESC}[113;5u`],
  ['F13', `${ESC}[25~`, NAMELESS],
  ['Ctrl+Tab, as xterm sends it', `${ESC}[27;5;9~`, NAMELESS],
  ['5 on the number pad', `${ESC}Ou`, '5'],
  ['the 8 that a pad sends as x', `${ESC}Ox`, '8'],
  ['Esc', ESC, ESCAPE_KEY],
  ['Esc twice', `${ESC}${ESC}`, `${ESCAPE_KEY}${ESCAPE_KEY}`],
  ['Alt and a letter', `${ESC}x`, `${ESC}x`],
  ['Alt+[', `${ESC}[`, NAMELESS],
  ['Alt+O', `${ESC}O`, `${ESC}O`],
  ['Alt+X', `${ESC}X`, `${ESC}X`],
  ['a window that got the focus', `a${ESC}[Ib`, 'ab'],
  ['where the cursor is', `${ESC}[12;40R`, ''],
  ['what the terminal is', `${ESC}[?62;22c`, ''],
  ['a color that another program asked for', `${ESC}]11;rgb:0000/1111/2222${ESC}\\q`, 'q'],
  ['a capability that another program asked for', `${ESC}P1+r544e=787465${ESC}\\`, ''],
  ['the end of a paste that did not begin', `${ESC}[201~`, ''],
  ['a sequence that a control character interrupts', `${ESC}[12\rq`, '\rq'],
])('%s is %j, for Ink %j', (_, bytes, expected) => {
  expect(typedOf([bytes])).toBe(expected);
});

test('pasted text is passed on as it is, its sequences too', () => {
  const paste = `${ESC}[200~x${ESC}[25~q${ESC}]1;R${ESC}[201~`;
  expect(typedOf([`${paste}${ESC}[25~`])).toBe(`${paste}${NAMELESS}`);
});

test('what follows an Esc late is a sequence when it is whole, and typed text when it is not', () => {
  expect(typedOf([ESC, '[15~'])).toBe(`${ESCAPE_KEY}${ESC}[15~`);
  expect(typedOf([ESC, `[200~xq${ESC}[201~`])).toBe(`${ESCAPE_KEY}${ESC}[200~xq${ESC}[201~`);
  expect(typedOf([ESC, '[', '1'])).toBe(`${ESCAPE_KEY}[1`);
});

test.each([
  ['a string that ends nowhere', `${ESC}]1xR`],
  ['one of another kind', `${ESC}P1xR`],
  ['a control sequence', `${ESC}[1;`],
  ['a key of the pad', `${ESC}O5`],
])('%s types nothing, and no key after it is lost', (_, begun) => {
  const sequences = createKeySequences();
  expect([sequences.push(begun), sequences.isHolding()]).toEqual(['', true]);
  expect([sequences.flush(), sequences.isHolding()]).toEqual(['', false]);
  expect(sequences.push('q')).toBe('q');
});

test.each(['\r', '\u0003', `${ESC}[A`])('a string that %j interrupts types none of its letters', (interrupts) => {
  expect(typedOf([`${ESC}]1xR`, interrupts, 'q'])).toBe(`${interrupts}q`);
});

test('what turned out to begin a report takes no key with it', () => {
  const sequences = createKeySequences();
  expect(sequences.push(`${ESC}[`)).toBe('');
  sequences.forget();
  expect(sequences.push('q')).toBe('q');
});

const pieces = [
  ...['q', 'x', '1', '[', 'O', ';', '~', '\r', '\u0003', '\u00c3\u00a9', `${ESC}x`, `${ESC}[A`, `${ESC}[1;5C`],
  ...[
    `${ESC}OP`,
    `${ESC}[15~`,
    `${ESC}[25~`,
    `${ESC}[27;5;9~`,
    `${ESC}[113;5u`,
    `${ESC}Ou`,
    `${ESC}[I`,
    `${ESC}[8;24;80t`,
  ],
  ...[`${ESC}]11;rgb:1/2/3\u0007`, `${ESC}P>|x(1)${ESC}\\`, `${ESC}[200~xq\r${ESC}[A1${ESC}[201~`],
];
const runs = Number(process.env['GANTRY_KEY_RUNS'] ?? 1_000);

test('wherever reads end, except after an Esc, the keys are the same', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...pieces), {maxLength: 10}),
      fc.array(fc.nat(), {maxLength: 12}),
      (chosen, cuts) => {
        const bytes = chosen.join('');
        const places = [...new Set(cuts.map((place) => place % (bytes.length + 1)))]
          .filter((place) => bytes[place - 1] !== ESC)
          .sort((one, other) => one - other);
        const reads = [0, ...places].map((from, index) => bytes.slice(from, places[index] ?? bytes.length));
        expect(typedOf(reads)).toBe(typedOf([bytes]));
      },
    ),
    {numRuns: runs},
  );
});
