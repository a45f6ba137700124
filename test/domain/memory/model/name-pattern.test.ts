import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {compileNamePattern} from '../../../../src/domain/memory/model/name-pattern.ts';

const matches = (pattern: string, name: string): boolean | undefined => compileNamePattern(pattern)?.(name);

test.each([
  ['.*self_attn.*', 'model.layers.3.self_attn.q_a_proj', true],
  ['.*mlp\\.(gate|up|gate_up|down)_proj.*', 'layers.0.mlp.gate_up_proj', true],
  ['.*mlp\\.(gate|up|gate_up|down)_proj.*', 'layers.0.mlp.gates_proj', false],
  ['.*mlp.gate$', 'layers.1.mlp.gate', true],
  ['.*mlp.gate$', 'layers.1.mlp.gate_proj', false],
  ['^lm_head', 'lm_head.weight', true],
  ['head', 'lm_head', false],
  ['layers\\.\\d+\\.mlp', 'layers.12.mlp', true],
  ['layers\\.[0-2]\\.', 'layers.3.', false],
  ['layers\\.[^0-2]\\.', 'layers.3.', true],
  ['(?:a|b)+c?', 'c', false],
  ['[]a]b', ']b', true],
  ['x|', 'anything', true],
  ['model\\.layers\\.\\d{1,2}\\.mlp', 'model.layers.12.mlp', true],
  ['model\\.layers\\.\\d{1,2}\\.mlp', 'model.layers.123.mlp', false],
  ['.*\\bgate\\b', 'layers.3.mlp.gate', true],
  ['.*\\bgate\\b', 'layers.3.mlp.gate_proj', false],
  ['.*layers\\.(?!0\\.).*mlp', 'layers.0.mlp', false],
  ['.*layers\\.(?!0\\.).*mlp', 'layers.10.mlp', true],
  ['(?=.*experts)model', 'model.experts', true],
  ['a{2,}$', 'aaaaa', true],
  ['a{2}$', 'aaa', false],
  ['\\D+\\d{2}', 'layer12', true],
])('%s on %s: %s', (pattern, name, expected) => {
  expect(matches(pattern, name)).toBe(expected);
});

test.each([
  '(unclosed',
  'a{',
  'a{x}',
  'a{,2}',
  'a{2,1}',
  'a{201}',
  'a{2}{2}',
  '(?<=x)y',
  '(?i)x',
  '(?=(?=x)y)',
  '[open',
  '*a',
  'a)',
  'a**',
  `${'('.repeat(7)}a${')'.repeat(7)}`,
])('%s is not supported', (pattern) => {
  expect(compileNamePattern(pattern)).toBeNull();
});

test('what is supported matches as the language itself does', () => {
  const atom = fc.constantFrom(
    'a',
    'b',
    '.',
    '\\.',
    '[ab]',
    '[^a]',
    '[a-c]',
    '\\d',
    '\\w',
    '\\D',
    '\\W',
    '\\b',
    '\\B',
    '(?=a)',
    '(?!.*b)',
    '^',
    '$',
  );
  const {pattern} = fc.letrec<{pattern: string}>((tie) => ({
    pattern: fc.oneof(
      {depthSize: 'small'},
      atom,
      fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => a + b),
      fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `(${a}|${b})`),
      fc
        .tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '*?', '{2}', '{1,2}', '{0,2}?', '{1,}'))
        .map(([a, sign]) => `(?:${a})${sign}`),
    ),
  }));
  fc.assert(
    fc.property(pattern, fc.stringMatching(/^[abc.1 ]{0,8}$/), (source, name) => {
      const compiled = compileNamePattern(source);
      fc.pre(compiled !== null);
      expect(compiled?.(name)).toBe(new RegExp(`^(?:${source})`).test(name));
    }),
    {numRuns: 500},
  );
});

test('no pattern takes long', () => {
  const name = 'a'.repeat(300);
  const before = process.cpuUsage();
  expect(matches('(a+)+$', `${name}!`)).toBe(false);
  expect(matches('((a*)*)*b', name)).toBe(false);
  expect(matches('.*.*.*.*.*x', name)).toBe(false);
  expect(matches('((((a?){50}){50}){50}){50}b', name)).toBe(false);
  expect(matches('((?!.*b).)*c', name)).toBe(false);
  expect(process.cpuUsage(before).user).toBeLessThan(1_000_000);
});
