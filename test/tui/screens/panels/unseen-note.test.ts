import {describe, expect, test} from 'vitest';
import {visibleFrames} from '../../../../src/tui/shell/visible-frames.ts';
import {buildConsoleData} from '../../../support/build-snapshot.ts';
import {pressed, screenContext, screens} from '../../../support/console-screens.ts';

const data = buildConsoleData();

function framesAfter(keys: readonly string[], columns: number, rows: number) {
  const context = screenContext(data, {columns, rows});
  return visibleFrames(pressed(keys, context).state, screens, context);
}

describe('parts of the money that 80x24 has no room for', () => {
  test('are named next to the plot, with the key that shows them', () => {
    const [table, plot] = framesAfter(['5'], 80, 24);
    expect(table?.view.titleNote).not.toContain('Right');
    expect(plot?.view.titleNote).toBe('Right: days, books, size');
  });

  test('are shown alone one after the other, each with the plot below it', () => {
    const idsAfter = (count: number) =>
      framesAfter(['5', ...Array.from({length: count}, () => 'right')], 80, 24).map(({id}) => id);
    expect([0, 1, 2, 3, 4, 5].map(idsAfter)).toEqual([
      ['table', 'api'],
      ['table', 'api'],
      expect.arrayContaining(['days']),
      ['books', 'books-below'],
      ['size', 'size-below'],
      ['table', 'api'],
    ]);
    expect(framesAfter(['5', 'right', 'right', 'right'], 80, 24)[1]?.view.title).toBe('API value of an hour');
  });

  test('have no note where they are shown, or where a panel is zoomed', () => {
    expect(framesAfter(['5'], 120, 40).map(({view}) => view.titleNote)).not.toContain('Right');
    expect(framesAfter(['5', 'z'], 80, 24).at(-1)?.view.titleNote).not.toContain('Right');
  });
});

test('a title that has no room for the note stays as it is', () => {
  const [problem] = framesAfter(['1'], 30, 10);
  expect(problem?.view.titleNote).not.toMatch(/Right/);
});
