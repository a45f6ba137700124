import {describe, expect, test} from 'vitest';
import {MAX_EXPOSITION_BYTES, parseExposition} from '../../../src/sources/metrics/parse-exposition.ts';

describe('the exposition parser', () => {
  test('groups buckets, sum and count under their declared name, also one that ends in _total', () => {
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

  test.each(['a b', 'a{x=1} 2', 'a{x="1" 2', '{x="1"} 2', 'a', '<html>'])(
    '%s is an error that names its line',
    (line) => {
      const parsed = parseExposition(`ok 1\n${line}\n`);
      expect(parsed).toMatchObject({ok: false, error: {code: 'source.metrics.malformed'}});
      if (!parsed.ok) expect(parsed.error.message).toContain('Line 2');
    },
  );

  test('a body of more than 10 MB is refused', () => {
    const parsed = parseExposition(`a 1\n`.repeat(MAX_EXPOSITION_BYTES / 4 + 1));
    expect(parsed).toMatchObject({ok: false, error: {code: 'source.metrics.too-large'}});
  });
});
