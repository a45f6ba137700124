import * as fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {MAX_HISTORY_MS} from '../../../src/api/history.ts';
import {seriesChoices, seriesText} from '../../../src/api/series-choice.ts';
import {MS_PER_HOUR} from '../../../src/shared/units.ts';
import {
  atEdge,
  cursorStepOf,
  type HistoryChoice,
  historyQuestion,
  initialHistory,
  movedCursor,
  movedWindow,
  plottedChoices,
  windowLengthOf,
  windowLengths,
  withPin,
  withSeries,
  withWindow,
} from '../../../src/views/history-screen/history-choice.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 12);

const step = fc.constantFrom<1 | -1>(1, -1);
const action: fc.Arbitrary<(choice: HistoryChoice) => HistoryChoice> = fc.oneof(
  step.map((by) => (choice: HistoryChoice) => withSeries(choice, by)),
  step.map((by) => (choice: HistoryChoice) => withWindow(choice, by, NOW_MS)),
  step.map((by) => (choice: HistoryChoice) => movedWindow(choice, by, NOW_MS)),
  step.map((by) => (choice: HistoryChoice) => movedCursor(choice, by, NOW_MS)),
  fc
    .constantFrom<'oldest' | 'now'>('oldest', 'now')
    .map((edge) => (choice: HistoryChoice) => atEdge(choice, edge, NOW_MS)),
  fc.constant(withPin),
);

describe('the choice on the History screen', () => {
  test('begins with what the node generated in the last hour', () => {
    expect(plottedChoices(initialHistory).map(seriesText)).toEqual(['generationTokensPerSecond']);
    expect(historyQuestion(initialHistory)).toEqual({
      window: {series: ['generationTokensPerSecond'], gpuSeries: [], windowMs: MS_PER_HOUR},
      moment: null,
    });
  });

  test('whatever is pressed, the window and the cursor are within what is kept, and the cursor is in the window', () => {
    fc.assert(
      fc.property(fc.array(action, {maxLength: 60}), (actions) => {
        const choice = actions.reduce((before, act) => act(before), initialHistory);
        const endMs = choice.endMs ?? NOW_MS;
        const beginMs = endMs - windowLengthOf(choice);
        expect(endMs).toBeLessThanOrEqual(NOW_MS);
        expect(beginMs).toBeGreaterThanOrEqual(NOW_MS - MAX_HISTORY_MS);
        expect(seriesChoices[choice.series]).toBeDefined();
        if (choice.cursorMs === null) return;
        expect(choice.cursorMs).toBeGreaterThanOrEqual(beginMs);
        expect(choice.cursorMs).toBeLessThanOrEqual(endMs);
      }),
    );
  });

  test('a cursor begins at the newest moment and reads all series there; zooming in keeps it in the window', () => {
    const moved = movedCursor(initialHistory, -1, NOW_MS);
    expect(moved.cursorMs).toBe(NOW_MS - cursorStepOf(initialHistory));
    const {moment} = historyQuestion(moved);
    expect(moment?.series.length).toBeGreaterThan(10);
    expect(moment?.gpuSeries.length).toBeGreaterThan(3);
    const far = Array.from({length: 80}).reduce<HistoryChoice>(
      (choice) => movedCursor(choice, -1, NOW_MS),
      initialHistory,
    );
    const near = withWindow(far, -1, NOW_MS);
    expect((near.endMs ?? NOW_MS) - (near.cursorMs ?? 0)).toBe(windowLengthOf(near) / 2);
  });

  test('a window of the past follows again when it is moved to now', () => {
    const past = movedWindow(movedWindow(initialHistory, -1, NOW_MS), -1, NOW_MS);
    expect(past.endMs).toBe(NOW_MS - MS_PER_HOUR / 2);
    expect(movedWindow(movedWindow(past, 1, NOW_MS), 1, NOW_MS).endMs).toBeNull();
    expect(atEdge(past, 'oldest', NOW_MS).endMs).toBe(NOW_MS - MAX_HISTORY_MS + MS_PER_HOUR);
  });

  test('a series is compared with the one chosen next, until it is pinned again', () => {
    const compared = withSeries(withPin(initialHistory), 1);
    expect(plottedChoices(compared)).toHaveLength(2);
    expect(plottedChoices(withPin(withSeries(compared, -1)))).toHaveLength(1);
  });

  test('the windows are from minutes to all that is kept', () => {
    expect([windowLengths[0]?.ms, windowLengths.at(-1)?.ms]).toEqual([5 * 60_000, MAX_HISTORY_MS]);
  });
});
