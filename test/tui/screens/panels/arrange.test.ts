import {expect, test} from 'vitest';
import {builtInLayout} from '../../../../src/layout/load-layout.ts';
import {arrange, type Focus, focusedPanelId} from '../../../../src/tui/screens/panels/arrange.ts';
import {areaOf} from '../../../../src/tui/shell/terminal-area.ts';

const layout = builtInLayout('overview');
if (!layout.ok) throw new Error(layout.error.message);
const overview = layout.value;

function arranged(terminal: {readonly columns: number; readonly rows: number}, focus: Focus) {
  return arrange(overview, {terminal, area: areaOf(terminal), engine: 'serving'}, focus);
}

const known = [
  {id: 'a', panel: 'server', isShown: false},
  {id: 'b', panel: 'cost', isShown: true},
  {id: 'c', panel: 'log', isShown: false},
] as const;

test('the focus is on the remembered panel while it is visible, else on the first visible one', () => {
  const focusOn = (focusedId: string | null, isZoomed = false): string | null =>
    focusedPanelId(known, {focusedPanelId: focusedId, isZoomed});
  expect(focusOn('b')).toBe('b');
  expect(focusOn('c'), 'hidden').toBe('b');
  expect(focusOn('c', true), 'hidden, but shown alone').toBe('c');
  expect(focusOn('gone')).toBe('b');
  expect(focusOn(null)).toBe('b');
  expect(focusedPanelId([], {focusedPanelId: 'b', isZoomed: false})).toBeNull();
});

test('a panel without space loses the focus when it is no longer zoomed', () => {
  const small = {columns: 60, rows: 10};
  const zoomed = arranged(small, {focusedPanelId: 'log', isZoomed: true});
  expect([zoomed.focusedId, zoomed.panels.map(({id}) => id)]).toEqual(['log', ['log']]);
  const back = arranged(small, {focusedPanelId: 'log', isZoomed: false});
  expect(back.known.find(({id}) => id === 'log')?.isShown).toBe(false);
  expect(back.panels.map(({id}) => id)).toContain(back.focusedId);
  expect(back.focusedId).not.toBe('log');
});

test('panels are between tabs and footer', () => {
  const terminal = {columns: 120, rows: 40};
  const {panels} = arranged(terminal, {focusedPanelId: null, isZoomed: false});
  expect(Math.min(...panels.map(({rect}) => rect.row))).toBe(2);
  expect(Math.max(...panels.map(({rect}) => rect.row + rect.rows))).toBe(39);
  const [alone] = arranged(terminal, {focusedPanelId: 'log', isZoomed: true}).panels;
  expect(alone?.rect).toEqual({column: 0, row: 2, columns: 120, rows: 37});
});
