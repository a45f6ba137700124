import {describe, expect, test} from 'vitest';
import {parseSmiArguments} from '../../../src/simulator/nvidia-smi/arguments.ts';

describe('parseSmiArguments', () => {
  test('reads the streaming query', () => {
    const line = '--query-gpu=index,memory.used --format=csv,noheader,nounits -lms 1000 -i 0,3';
    expect(parseSmiArguments(line.split(' '))).toEqual({
      ok: true,
      value: {
        report: {
          type: 'query-gpu',
          fields: ['index', 'memory.used'],
          format: {withHeader: false, withUnits: false},
        },
        loopMs: 1000,
        gpuIds: ['0', '3'],
      },
    });
  });

  test.each([
    ['-l 2', 2000],
    ['-l', 5000],
    ['--loop=7', 7000],
    ['--loop-ms=250', 250],
    ['', null],
  ])('loops with %j', (line, loopMs) => {
    const argv = `--query-gpu=index --format=csv ${line}`.trim().split(' ');
    expect(parseSmiArguments(argv)).toMatchObject({ok: true, value: {loopMs}});
  });

  test.each([
    ['-lms 0', 'Invalid loop interval'],
    ['--query-compute-apps=pid', 'Only one --query-* switch can be used at a time.'],
    ['--nonsense', 'Invalid argument: --nonsense'],
  ])('refuses %j', (line, text) => {
    const parsed = parseSmiArguments(['--query-gpu=index', '--format=csv', ...line.split(' ')]);
    expect(parsed.ok ? '' : parsed.error).toContain(text);
  });
});
