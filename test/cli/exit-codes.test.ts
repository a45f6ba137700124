import {expect, test} from 'vitest';
import {exitCodeOf} from '../../src/cli/exit-codes.ts';

test.each([
  ['configuration.invalid', 78],
  ['layout.invalid', 78],
  ['state-dir.not-yours', 78],
  ['supervisor.unavailable', 69],
  ['supervisor.no-permission', 69],
  ['supervisor.timeout', 75],
  ['supervisor.already-running', 1],
  ['preflight.does-not-fit', 1],
  ['demo.real-engine-known', 1],
])('%s ends with %i', (code, exitCode) => {
  expect(exitCodeOf(code)).toBe(exitCode);
});
