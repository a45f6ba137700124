import {expect, test} from 'vitest';
import {parsePriceFile} from '../../../src/config/prices/price-file.ts';

const FILE = '/etc/gantry/prices.yaml';
const API = '{name: ours, model: m, input: 1, cachedInput: null, output: 2.5, asOf: 2026-11, source: contract}';

function failureOf(text: string) {
  const parsed = parsePriceFile(text, FILE);
  if (parsed.ok) throw new Error('it was accepted');
  return parsed.error;
}

test('a file may have any of the lists, and an empty one has none', () => {
  expect(parsePriceFile(`apis:\n  - ${API}\n`, FILE)).toMatchObject({
    ok: true,
    value: {apis: [{output: 2.5}], gpus: []},
  });
  expect(parsePriceFile('', FILE)).toEqual({ok: true, value: {apis: [], gpus: [], ownership: []}});
});

test('a mistyped key is reported with its place and the one that was probably meant', () => {
  expect(
    failureOf(
      `apis:\n  - name: ours\n    model: m\n    input: 1\n    cachedInputt: 0.1\n    cachedInput: 1\n    output: 4\n    asOf: 2026-11\n    source: s\n`,
    ),
  ).toEqual({
    code: 'configuration.unknown-key',
    message: `${FILE}:5:5: apis.0.cachedInputt is not a valid key.`,
    remedy: 'Did you mean cachedInput?',
    place: {file: FILE, line: 5, column: 5},
  });
  expect(failureOf(`apis: [${API.replace('output', 'outptu')}]`).remedy).toBe('Did you mean output?');
  expect(failureOf('api: []').remedy).toBe('Did you mean apis?');
  expect(failureOf('something: []').remedy).toBe('Use one of apis, gpus, ownership.');
});

test.each([
  ['input: 1', 'input: -1', 'apis.0.input is -1, but a number of at least 0 was expected'],
  ['input: 1', 'input: .nan', 'apis.0.input is NaN, but a number was expected'],
  ['input: 1', 'input: 1e400', 'apis.0.input is Infinity, but a number was expected'],
  ['input: 1', 'input: 1e9', 'apis.0.input is 1000000000, but a number of at most 100000000 was expected'],
  ['input: 1', 'input: 0.1234567', 'apis.0.input is 0.1234567, but a number with at most 6 decimals was expected'],
  ['input: 1', 'input: 1,', 'apis.0.input is null, but a number was expected'],
  ['input: 1', 'input: "1"', 'apis.0.input is "1", but a number was expected'],
  ['input: 1, ', '', 'apis.0.input is missing, but a number was expected'],
  ['2026-11', '2026-02-30', 'apis.0.asOf is "2026-02-30", but a day of the calendar was expected'],
  ['2026-11', 'yesterday', 'apis.0.asOf is "yesterday", but a day as YYYY-MM-DD, or a month as YYYY-MM, was expected'],
  ['2026-11', '11/01/2026', 'apis.0.asOf is "11/01/2026", but a day as YYYY-MM-DD'],
  ['name: ours', `name: ${'o'.repeat(61)}`, 'but text of at most 60 characters was expected'],
  ['2026-11', '2026', 'apis.0.asOf is 2026, but text was expected'],
  ['source: contract', "source: ''", 'apis.0.source is "", but non-empty text was expected'],
])('%s written as %s is refused', (good, bad, message) => {
  const text = API.replace(good, bad.endsWith(',') ? 'input: ' : bad);
  const failure = failureOf(`apis: [${text}]`).message;
  expect(failure).toContain(message);
  expect(failure.match(/expected/g)).toHaveLength(1);
});

test('a range has its low end first', () => {
  const rent = '{card: H200, provider: p, low: 3, high: 2, asOf: 2026-11, source: s}';
  expect(failureOf(`gpus: [${rent}]`).message).toContain(
    'gpus.0.high is 2, but at least the number of low was expected',
  );
});

test('two entries with one name are refused', () => {
  expect(failureOf(`apis:\n  - ${API}\n  - ${API}\n`)).toMatchObject({
    message: `${FILE}:3:12: apis.1.name names ours again; each was expected once.`,
    remedy: 'Remove one of the two entries.',
  });
  expect(failureOf('apis: []\napis: []\n').message).toContain('Map keys must be unique');
});

test('files that would take long to expand are refused with their place', () => {
  const bomb = `a: &a [1,1,1,1,1,1,1,1,1]\n${'bcdefghi'
    .split('')
    .map((name, index) => `${name}: &${name} [${Array.from({length: 9}, () => `*${'abcdefgh'[index]}`).join(', ')}]`)
    .join('\n')}\n`;
  expect(failureOf(bomb).message).toContain('expand to too many values');
  expect(failureOf(`apis:\n${`  - ${API}\n`.repeat(5000)}`).code).toBe('configuration.file-too-large');
  expect(failureOf(`apis: ${'['.repeat(2000)}`).message).toContain('too many nested levels');
  expect(failureOf('just text').message).toContain(`${FILE}:1:1`);
});
