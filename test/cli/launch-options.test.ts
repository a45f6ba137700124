import {expect, test} from 'vitest';
import {settingsChangeOf} from '../../src/cli/launch-options.ts';

test('only what was named on the command line changes', () => {
  expect(settingsChangeOf({})).toEqual({});
  expect(settingsChangeOf({context: 131_072, kvDtype: 'fp8'})).toEqual({
    contextLengthTokens: 131_072,
    kvCacheDtype: 'fp8',
  });
});
