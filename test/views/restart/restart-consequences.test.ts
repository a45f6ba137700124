import {expect, test} from 'vitest';
import {unicodeGlyphs} from '../../../src/views/glyphs.ts';
import {consequenceRows} from '../../../src/views/restart/restart-consequences.ts';
import {buildSnapshot} from '../../support/build-snapshot.ts';
import {textOf} from '../draw.ts';

test('a stalled engine loses all requests that it reports, also those that traffic shows none of', () => {
  const shown = (progress: ReturnType<typeof buildSnapshot>['engine']['progress'], runningRequests: number) => {
    const snapshot = buildSnapshot({engine: {progress}, traffic: {runningRequests, waitingRequests: 0}});
    const [requests] = consequenceRows(snapshot, {columns: 200, glyphs: unicodeGlyphs});
    return {text: requests === undefined ? '' : textOf(requests), tone: requests?.[0]?.tone};
  };
  const stalled = {state: 'stalled', stalledMs: 9_000, runningRequests: 1, waitingRequests: 2} as const;
  expect(shown(stalled, 0)).toMatchObject({
    text: expect.stringContaining('1 request running, 2 waiting'),
    tone: 'warning',
  });
  expect(shown(stalled, 4).text).toContain('4 requests running, 2 waiting');
  expect(shown({state: 'working'}, 0).text).toBe('No requests are running or waiting.');
});
