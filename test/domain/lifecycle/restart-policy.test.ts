import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {defaultRestartPolicy, isCuredByRestart, restartDelayMs} from '../../../src/domain/lifecycle/restart-policy.ts';
import {findingOf} from './lifecycle-samples.ts';

describe('the wait before an automatic restart', () => {
  test('doubles from 5 s, is at most 5 min, and varies by at most a fifth', () => {
    fc.assert(
      fc.property(fc.integer({min: 1, max: 60}), fc.string(), (attempt, seed) => {
        const plain = Math.min(300_000, 5_000 * 2 ** (attempt - 1));
        const delayMs = restartDelayMs(defaultRestartPolicy, attempt, seed);
        expect(delayMs).toBeGreaterThanOrEqual(Math.floor(plain * 0.8));
        expect(delayMs).toBeLessThanOrEqual(Math.ceil(plain * 1.2));
        expect(restartDelayMs(defaultRestartPolicy, attempt, seed)).toBe(delayMs);
      }),
    );
  });

  test('differs between nodes that failed at the same time', () => {
    const delays = Array.from({length: 50}, (_, node) => restartDelayMs(defaultRestartPolicy, 1, `run-${node}`));
    expect(new Set(delays).size).toBeGreaterThan(40);
    expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(1_000);
  });
});

describe('whether starting the same again may help', () => {
  test.each([
    ['vllm.kv-cache-too-small', true, false],
    ['sglang.unknown-argument', true, false],
    ['llamacpp.model-missing', true, false],
    ['vllm.driver-too-old', true, false],
    ['preflight.does-not-fit', true, false],
    ['vllm.engine-dead', true, true],
    ['vllm.out-of-memory', true, true],
    ['lifecycle.engine-exited', false, true],
  ])('%s, served before: %s -> %s', (code, hasServed, isCured) => {
    expect(isCuredByRestart(findingOf(code), hasServed)).toBe(isCured);
  });

  test('other settings fix a start that never served; what served is restarted', () => {
    const finding = {...findingOf('vllm.out-of-memory'), settingsChange: {memoryFraction: 0.88}};
    expect(isCuredByRestart(finding, false)).toBe(false);
    expect(isCuredByRestart(finding, true)).toBe(true);
  });
});
