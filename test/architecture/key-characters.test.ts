import {describe, expect, test} from 'vitest';
import {type SourceRule, violationsIn, violationsOf} from './source-patterns.ts';

const KEY = String.raw`'(?:[^'\\]|\\.|enter|escape|tab|shift\+tab|backspace|up|down|left|right|page-up|page-down|home|end|ctrl\+\w)'`;
const NAMED = String.raw`\b(?:key|keys|name|character|letter|pressed)(?:\[\d\])?`;

/** A key has its meaning by the key table and the configuration: elsewhere, an action is asked for by its name. */
const rules: readonly SourceRule[] = [
  {name: 'compares with a key', pattern: new RegExp(`${NAMED} (?:===|!==) ${KEY}`)},
  {name: 'compares a key', pattern: new RegExp(`${KEY} (?:===|!==) ${NAMED}`)},
  {name: 'looks for a key', pattern: new RegExp(String.raw`\b(?:keys|keyNames)\.(?:includes|has|indexOf)\(${KEY}`)},
  {
    name: 'branches by a key',
    pattern: /\bcase '(?:[^'\\]|enter|escape|shift\+tab|backspace|page-up|page-down|ctrl\+\w)':/,
  },
  {name: 'reads the keys of the table past the configuration', pattern: /\bkeySpec\([^)]*\)\.keys/},
  {name: 'names a key in a sentence', pattern: /['`](?:[A-Za-z?:/&]|PgDn|PgUp|Tab|Ctrl\+\w) (?:\w+s|for \w+)\b/},
];

const isExempt = (file: string): boolean => !file.startsWith('tui/') || file.startsWith('tui/keys/');

test('the key table alone knows the keys of actions', () => {
  expect(violationsOf(rules, isExempt)).toEqual([]);
});

describe('a planted key is found:', () => {
  test.each([
    "if (key === 'q') leave();",
    "const isFirst = key !== 'ctrl+c';",
    "return 'escape' === key ? null : state;",
    "if (keys.includes('k')) scroll();",
    "switch (key) { case '/': search(); }",
    "const [first] = keySpec('dialog.yes').keys;",
    "return refuse('nothing is typed', '/ begins a search.');",
    "const note = 'PgDn for more';",
  ])('%s', (line) => {
    expect(violationsIn(line, 'tui/planted.ts', rules).length).toBeGreaterThan(0);
  });
});

describe('what is no key is accepted:', () => {
  test.each([
    "if (step === 'up') return from - page;",
    "const isLeaving = keymap.has('console.leave-now', key);",
    "const text = 'a restart with other settings';",
    "if (texts[index] === ' ') return;",
  ])('%s', (line) => {
    expect(violationsIn(line, 'tui/planted.ts', rules)).toEqual([]);
  });
});
