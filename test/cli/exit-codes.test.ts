import {expect, test} from 'vitest';
import {exitCodeOf} from '../../src/cli/exit-codes.ts';

test.each([
  ['configuration.invalid', 78],
  ['layout.invalid', 78],
  ['directories.wrong-owner', 78],
  ['supervisor.bug', 70],
  ['supervisor.engine-known', 1],
  ['supervisor.unavailable', 69],
  ['supervisor.no-permission', 69],
  ['supervisor.timeout', 75],
  ['supervisor.already-running', 1],
  ['bench.interrupted', 130],
  ['preflight.does-not-fit', 1],
  ['demo.real-engine-known', 1],
])('%s exits with %i', (code, exitCode) => {
  expect(exitCodeOf(code)).toBe(exitCode);
});
