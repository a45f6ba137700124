import {expect, test} from 'vitest';
import {stopEndOf, stopEndText} from '../../../src/cli/supervision/stop-end.ts';
import {unrecordedStopFinding} from '../../../src/supervisor/state-dir/recovery/stop-findings.ts';

test.each([
  ['stopped', [], /^$/],
  [
    'stopped-noted',
    [unrecordedStopFinding({notedIn: '/run/user/1000/gantry/mark'})],
    /noted in \/run\/user.*not restarted/,
  ],
  ['stopped-unrecorded', [unrecordedStopFinding({notedIn: null})], /could not be recorded anywhere.*gantry down again/],
] as const)('a stop whose end is %s says so', (end, findings, text) => {
  expect(stopEndOf(findings)).toBe(end);
  expect(stopEndText(findings).join(' ')).toMatch(text);
});
