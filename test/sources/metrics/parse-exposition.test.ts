import {describe, expect, test} from 'vitest';
import {MAX_EXPOSITION_BYTES} from '../../../src/sources/metrics/exposition-errors.ts';
import {parseExposition} from '../../support/parse-exposition.ts';

describe('the exposition parser', () => {
  test('groups buckets, sum and count under their declared name, also one ending in _total', () => {
    const parsed = parseExposition(
      '# TYPE vllm:iteration_tokens_total histogram\n' +
        'vllm:iteration_tokens_total_bucket{le="1.0"} 3.0\n' +
        'vllm:iteration_tokens_total_bucket{le="+Inf"} 4.0\n' +
        'vllm:iteration_tokens_total_sum 9.0\nvllm:iteration_tokens_total_count 4.0\n',
    );
    if (!parsed.ok) throw new Error(parsed.error.message);
    expect(parsed.value).toHaveLength(1);
    expect(parsed.value[0]?.points).toHaveLength(4);
  });

  test('reads NaN, infinities, long exponents and escaped labels', () => {
    const parsed = parseExposition('a NaN\nb +Inf\nc 3.59e+010\nd{x="say \\"hi\\"\\n",y="1"} -2 1700000000\n# EOF\n');
    if (!parsed.ok) throw new Error(parsed.error.message);
    const points = parsed.value.flatMap((family) => family.points);
    expect(points.map((point) => point.value)).toEqual([Number.NaN, Number.POSITIVE_INFINITY, 3.59e10, -2]);
    expect(points[3]?.labels).toEqual({x: 'say "hi"\n', y: '1'});
  });

  test.each(['a b', 'a{x=1} 2', 'a{x="1" 2', '{x="1"} 2', 'a', '<html>'])('%s is an error with its line', (line) => {
    const parsed = parseExposition(`ok 1\n${line}\n`);
    expect(parsed).toMatchObject({ok: false, error: {code: 'source.metrics.malformed'}});
    if (!parsed.ok) expect(parsed.error.message).toContain('Line 2');
  });

  test('of a line that is not a sample 80 characters are quoted', () => {
    const quoteOf = (line: string) => {
      const parsed = parseExposition(line);
      return parsed.ok ? null : /"(.*?)" \(/.exec(parsed.error.message)?.[1];
    };
    expect(quoteOf('<html>')).toBe('<html>');
    expect(quoteOf(`<${'x'.repeat(100)}`)).toBe(`<${'x'.repeat(79)}`);
  });

  test('a body of more than 10 MB is refused', () => {
    const parsed = parseExposition(`a 1\n`.repeat(MAX_EXPOSITION_BYTES / 4 + 1));
    expect(parsed).toMatchObject({ok: false, error: {code: 'source.metrics.too-large'}});
  });
});

describe('families', () => {
  const families = (text: string) => {
    const parsed = parseExposition(text);
    if (!parsed.ok) throw new Error(parsed.error.code);
    return parsed.value.map(({name, type, points}) => [name, type, points.map((point) => point.name)]);
  };

  test.each([
    ['histogram', ['_bucket', '_sum', '_count', '_created'], ['_total']],
    ['summary', ['_sum', '_count', '_created'], ['_bucket', '_total']],
    ['counter', ['_total', '_created'], ['_bucket', '_sum', '_count']],
    ['gauge', [], ['_bucket', '_sum', '_count', '_created', '_total']],
  ])('of type %s have the series with their suffixes and no others', (type, own, others) => {
    for (const suffix of own) {
      expect(families(`# TYPE m ${type}\nm${suffix} 1\n`)).toEqual([['m', type, [`m${suffix}`]]]);
    }
    for (const suffix of others) {
      expect(families(`# TYPE m ${type}\nm${suffix} 1\n`)).toEqual([
        ['m', type, []],
        [`m${suffix}`, 'untyped', [`m${suffix}`]],
      ]);
    }
  });

  test('have the type of their first declaration; an unknown type is untyped', () => {
    expect(families('# TYPE m gauge\n# TYPE m counter\nm 1\n')).toEqual([['m', 'gauge', ['m']]]);
    expect(families('# TYPE m info\nm 1\n')).toEqual([['m', 'untyped', ['m']]]);
  });

  test('are declared whatever blanks are between the words, and with words after them', () => {
    expect(families('#  TYPE \t m   gauge  more\nm 1\n')).toEqual([['m', 'gauge', ['m']]]);
  });

  test('are not declared by help, by a half declaration or by a comment', () => {
    expect(families('# HELP m gauge\n# TYPE m\n#\n# EOF\n')).toEqual([]);
  });

  test('are not found by a part of their name', () => {
    expect(families('# TYPE m histogram\nmx 1\nm_ 1\n')).toEqual([
      ['m', 'histogram', []],
      ['mx', 'untyped', ['mx']],
      ['m_', 'untyped', ['m_']],
    ]);
  });

  test('a series with the name of its family stays in it, also one that begins with the separator', () => {
    expect(families('# TYPE m_sum gauge\n# TYPE m histogram\nm_sum 1\n')).toEqual([
      ['m_sum', 'gauge', ['m_sum']],
      ['m', 'histogram', []],
    ]);
    expect(families('_sum 1\n_sum{a="1"} 2')).toEqual([['_sum', 'untyped', ['_sum', '_sum']]]);
  });
});

describe('samples', () => {
  const points = (text: string) => {
    const parsed = parseExposition(text);
    return parsed.ok ? parsed.value.flatMap((family) => family.points) : null;
  };

  test.each([
    ['1', 1],
    ['12', 12],
    ['.25', 0.25],
    ['12.25e10', 12.25e10],
    ['-1.5', -1.5],
    ['+.5', 0.5],
    ['1.', 1],
    ['1e3', 1000],
    ['1E-3', 0.001],
    ['Inf', Number.POSITIVE_INFINITY],
    ['+Inf', Number.POSITIVE_INFINITY],
    ['-Inf', Number.NEGATIVE_INFINITY],
  ])('the value %s is read', (word, value) => {
    expect(points(`m ${word}`)?.map((point) => point.value)).toEqual([value]);
  });

  test.each(['', 'e3', '1e', '0x1', '1x', 'x1', '.', 'nan', '1,5'])('the value "%s" is refused', (word) => {
    expect(points(`m ${word}`)).toBeNull();
  });

  test('labels may have spaces, a last comma and escapes, and may be absent', () => {
    expect(points('m{ a = "1" , b="" , } 2')?.[0]).toEqual({name: 'm', labels: {a: '1', b: ''}, value: 2});
    expect(points('m{} 2')?.[0]?.labels).toEqual({});
    expect(points('m{a="}"}\t2')?.[0]?.labels).toEqual({a: '}'});
    expect(points('m{a="\\\\n\\n"} 2')?.[0]?.labels).toEqual({a: '\\n\n'});
  });

  test.each([
    'm{a="1"b="2"} 1',
    'm{a="1"}1',
    'm{="1"} 1',
    'm{1="1"} 1',
    'm{a="1} 1',
    'm1',
    '1m 2',
    '1 5 m',
    'm{a="1"}1 2',
    'm-1 2',
  ])('%s is refused', (line) => {
    expect(points(line)).toBeNull();
  });

  test('spaces around a line, empty lines, a timestamp and an exemplar are skipped', () => {
    expect(points('\n \n  m 1 1700000000 # {trace="x"} 1\r\n')?.map((point) => point.value)).toEqual([1]);
    expect(points('')).toEqual([]);
  });

  test('a body of exactly 10 MB is read', () => {
    expect(parseExposition(`#${' '.repeat(MAX_EXPOSITION_BYTES - 1)}`).ok).toBe(true);
  });
});
