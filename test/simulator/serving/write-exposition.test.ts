import {describe, expect, test} from 'vitest';
import {sampleText, writeExposition} from '../../../src/simulator/serving/write-exposition.ts';
import {Histogram, tokenCountBounds} from '../../../src/simulator/traffic/histogram.ts';

describe('sampleText', () => {
  test.each([
    [0, '0.0'],
    [1, '1.0'],
    [0.25, '0.25'],
    [518, '518.0'],
    [200_000, '200000.0'],
    [1_178_134, '1.178134e+06'],
    [1_000_000, '1e+06'],
    [35_915_956_224, '3.5915956224e+010'],
    [1_795_455_938.792, '1.795455938792e+09'],
    [Infinity, '+Inf'],
    [NaN, 'NaN'],
  ])('prints %d as %s', (value, text) => {
    expect(sampleText(value)).toBe(text);
    if (Number.isFinite(value)) expect(Number(text)).toBeCloseTo(value, 6);
  });
});

describe('tokenCountBounds', () => {
  test('goes up in steps of 1, 2 and 5 to the context length', () => {
    expect(tokenCountBounds(100)).toEqual([1, 2, 5, 10, 20, 50, 100]);
    expect(tokenCountBounds(262_144).at(-1)).toBe(200_000);
  });
});

describe('writeExposition', () => {
  test('prints families as prometheus_client does, labels in order', () => {
    const histogram = new Histogram([0.5, 1]);
    for (const value of [0.5, 0.7, 3]) histogram.observe(value);
    const labels = {model_name: 'a"b\\c', engine: '0'};
    const text = writeExposition([
      {type: 'gauge', name: 'g', help: 'A gauge.', series: [{labels: {}, value: 2}]},
      {type: 'counter', name: 'c', help: 'A counter.', created: 10, series: [{labels, value: 3}]},
      {type: 'histogram', name: 'h', help: 'A histogram.', created: 10, series: [{labels: {engine: '0'}, histogram}]},
    ]);
    expect(text.split('\n')).toEqual([
      '# HELP g A gauge.',
      '# TYPE g gauge',
      'g 2.0',
      '# HELP c_total A counter.',
      '# TYPE c_total counter',
      'c_total{engine="0",model_name="a\\"b\\\\c"} 3.0',
      '# HELP c_created A counter.',
      '# TYPE c_created gauge',
      'c_created{engine="0",model_name="a\\"b\\\\c"} 10.0',
      '# HELP h A histogram.',
      '# TYPE h histogram',
      'h_bucket{engine="0",le="0.5"} 1.0',
      'h_bucket{engine="0",le="1.0"} 2.0',
      'h_bucket{engine="0",le="+Inf"} 3.0',
      'h_count{engine="0"} 3.0',
      'h_sum{engine="0"} 4.2',
      '# HELP h_created A histogram.',
      '# TYPE h_created gauge',
      'h_created{engine="0"} 10.0',
      '',
    ]);
  });
});
