import {describe, expect, test} from 'vitest';
import type {KeyName} from '../../../../src/tui/keys/key-names.ts';
import {buildConsoleData} from '../../../support/build-snapshot.ts';
import {pressed, screenContext, shownScreen} from '../../../support/console-screens.ts';
import {textOf} from '../../../views/draw.ts';

const size = {columns: 60, rows: 14};

function logOf(count: number, text = (number: number): string => `line ${number}`) {
  return Array.from({length: count}, (_, index) => ({number: index + 1, text: text(index + 1)}));
}

/** The Logs screen after these keys: eleven rows of it. */
function after(keys: readonly KeyName[], log = logOf(50), later = log) {
  const {state} = pressed(['6', ...keys], screenContext(buildConsoleData({log}), size));
  const [frame] = state.base.draw(screenContext(buildConsoleData({log: later}), size));
  const rows = (frame?.view.rows ?? []).map(textOf);
  return {
    rows,
    first: rows[0],
    last: rows.at(-1),
    note: frame?.view.titleNote,
    notice: state.notice?.text ?? null,
    state,
  };
}

describe('the Logs screen', () => {
  test('shows the newest lines in the whole window, and follows', () => {
    expect(after([])).toMatchObject({first: 'line 41', last: 'line 50', note: 'following, line 50'});
    expect(after([], logOf(50), logOf(53))).toMatchObject({last: 'line 53'});
  });

  test('moves by lines and pages, stops at the first page, and follows again at the newest line', () => {
    expect(after(['up'])).toMatchObject({last: 'line 49', note: 'paused at line 49, 1 newer line'});
    expect(after(['up', 'down'], logOf(50), logOf(51))).toMatchObject({last: 'line 51'});
    expect(after(['page-up'])).toMatchObject({first: 'line 32', last: 'line 41'});
    expect(after(['g'])).toMatchObject({first: 'line 1', last: 'line 10'});
    expect(after(['g', 'G'])).toMatchObject({last: 'line 50', note: 'following, line 50'});
  });

  test('Space pauses while lines arrive, and follows again', () => {
    expect(after([' '], logOf(50), logOf(60))).toMatchObject({
      last: 'line 50',
      note: 'paused at line 50, 10 newer lines',
    });
    expect(after([' ', ' '], logOf(50), logOf(60))).toMatchObject({last: 'line 60'});
  });

  test('a search goes to the newest line with the text, n to older ones, N back', () => {
    const log = logOf(50, (number) => (number % 20 === 0 ? `line ${number} NCCL` : `line ${number}`));
    expect(after(['/', ...'nccl'], log)).toMatchObject({last: '/nccl_'});
    const found = after(['/', ...'nccl', 'enter'], log);
    expect(found).toMatchObject({last: 'line 45', note: '/nccl in line 40, paused at line 45'});
    expect(found.rows).toContain('line 40 NCCL');
    expect(after(['/', ...'nccl', 'enter', 'n'], log)).toMatchObject({first: 'line 16', last: 'line 25'});
    expect(after(['/', ...'nccl', 'enter', 'n', 'N'], log)).toMatchObject({last: 'line 45'});
    expect(after(['/', ...'nccl', 'enter', 'N'], log).notice).toBe('no newer line has "nccl"');
    expect(after(['/', ...'xyz', 'enter'], log).notice).toBe('"xyz" is not in the lines of the log that are here');
  });

  test('keys are text while a search is typed, and Esc ends one thing at a time', () => {
    const typed = after(['/', 'q', '7', ' ', '?', 'backspace']);
    expect(typed.last).toBe('/q7 _');
    expect(pressed(['6', '/', 'q']).effect).toBeNull();
    expect(shownScreen(after(['/', 'escape']).state)).toBe('Logs');
    expect(shownScreen(after(['up', 'escape']).state)).toBe('Logs');
    expect(shownScreen(after(['escape']).state)).toBe('Overview');
    expect(pressed(['6', 'q']).effect).toMatchObject({kind: 'leave'});
  });

  test('long lines are read by moving sideways, or wrapped', () => {
    const log = logOf(30, (number) => `${number} ${'x'.repeat(80)} end`);
    expect(after([], log).last?.endsWith('x…')).toBe(true);
    expect(after(['right', 'right'], log).last?.endsWith('x end')).toBe(true);
    expect(after(['right', 'right', 'right'], log).notice).toBe('this is the end of the longest line');
    const wrapped = after(['W'], log);
    expect([wrapped.rows.length, wrapped.last?.endsWith(' end')]).toEqual([10, true]);
    expect(after(['W', 'page-up'], log).last?.endsWith(' end')).toBe(true);
    expect(after(['W', 'right'], log).notice).toBe('wrapped lines are shown whole');
  });

  test('says so where there is no line, and its keys do nothing', () => {
    expect(after([...'kjg', ' ', 'n', '/', 'a', 'enter'], []).first).toBe('the engine has not logged anything yet');
  });
});
