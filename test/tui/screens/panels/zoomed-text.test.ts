import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {Viewport} from '../../../../src/layout/solve-layout.ts';
import type {KeyName} from '../../../../src/tui/keys/key-names.ts';
import {tableKeys} from '../../../../src/tui/keys/keymap.ts';
import {scrolledText} from '../../../../src/tui/screens/panels/scrolled-text.ts';
import {pageOf, scrolledOffset} from '../../../../src/tui/screens/scrolling.ts';
import type {ConsoleState} from '../../../../src/tui/shell/console-state.ts';
import type {Row} from '../../../../src/views/rows.ts';
import {buildEvents} from '../../../support/build-events.ts';
import {buildConsoleData, buildSnapshot} from '../../../support/build-snapshot.ts';
import {configuredValues} from '../../../support/configured-values.ts';
import {pressed, screenContext} from '../../../support/console-screens.ts';
import {textOf} from '../../../views/draw.ts';

const small = {columns: 80, rows: 24};
/** As wide, and high enough for every text. */
const tall = {columns: 80, rows: 300};
const words = Array.from({length: 40}, (_, index) => [`--option-${index}`, `value-${index}`]);
const base = buildSnapshot();
const data = buildConsoleData({
  snapshot: buildSnapshot({
    engine: {...base.engine, command: [['vllm', 'serve', 'kimi'], ...words]},
    configuration: {file: '/gantry.yaml', isInForce: true, values: configuredValues('/gantry.yaml')},
  }),
  events: buildEvents(),
});

/** The only panel that is shown after these keys, apart from what takes the rows that it leaves; null where there are several. */
function alone(keys: readonly KeyName[], size: Viewport = small, state?: ConsoleState) {
  const context = screenContext(data, size);
  const {state: next} = pressed(keys, context, state);
  const [frame, ...others] = next.base.draw(context);
  if (frame === undefined || others.some(({id}) => id !== `${frame.id}-below`)) return null;
  const {title, titleNote, rows} = frame.view;
  return {title, note: titleNote, rows: rows.map(textOf), id: frame.id};
}

/** The keys that show a panel of the Engine screen alone. */
function keysTo(id: string, size: Viewport = small): readonly KeyName[] {
  for (let count = 0, keys: KeyName[] = ['3', 'z']; count < 10; count += 1, keys = [...keys, 'right'])
    if (alone(keys, size)?.id === id) return keys;
  throw new Error(`${id} is not reached`);
}

describe('a zoomed panel of text', () => {
  const command = keysTo('command');

  test('scrolls by pages with one row in common, to its ends, and says which rows are shown', () => {
    const first = alone(command);
    expect(first?.rows[0]).toContain('vllm serve kimi');
    expect(first?.note).toBe('y copies it, secrets are masked; rows 1-19 of 41; PgDn for more');
    const second = alone([...command, 'page-down']);
    expect(second?.note).toContain('rows 19-37 of 41');
    expect(second?.rows[0]).toBe(first?.rows.at(-1));
    const end = alone([...command, 'end']);
    expect(end?.note).toContain('rows 23-41 of 41; PgUp for earlier');
    expect(end?.rows.at(-1)).toContain('--option-39');
    expect(alone([...command, 'page-down', 'page-down', ' ', 'page-down'])).toEqual(end);
    expect(alone([...command, 'G', 'g'])).toEqual(first);
    expect(alone([...command, 'G', 'page-up', 'page-up', 'page-up'])).toEqual(first);
  });

  test('begins at its first row when it is shown again', () => {
    const first = alone(command);
    expect(alone([...command, 'end', 'z', 'z'])).toEqual(first);
    expect(alone([...command, 'end', 'right', 'left'])).toEqual(first);
  });

  test.each(['settings', 'budget', 'phases', 'command', 'processes', 'starts'])(
    'of %s shows each of its rows',
    (id) => {
      const keys = keysTo(id);
      const seen = new Set<string>();
      let {state} = pressed(keys, screenContext(data, small));
      for (let pages = 0; pages < 10; pages += 1) {
        for (const row of alone([], small, state)?.rows ?? []) seen.add(row);
        ({state} = pressed(['page-down'], screenContext(data, small), state));
      }
      const all = alone(keysTo(id, tall), tall)?.rows ?? [];
      expect(all.length).toBeGreaterThan(1);
      for (const row of all) expect([...seen], row).toContain(row);
    },
  );
});

test('pages show every row of a text, and no row twice but the one that they share', () => {
  fc.assert(
    fc.property(fc.integer({min: 0, max: 200}), fc.integer({min: 2, max: 60}), (count, rows) => {
      const lines = Array.from({length: count}, (_, index): Row => [{text: String(index), tone: 'normal'}]);
      const whole = {title: 'Text', titleNote: '', tone: 'normal', rows: lines} as const;
      const seen: number[] = [];
      for (let offset = 0, last = -1; offset !== last; ) {
        const {rows: shown} = scrolledText(whole, offset, {columns: 80, rows}, tableKeys);
        expect(shown.length).toBe(Math.min(count, rows));
        seen.push(...shown.map((row) => Number(textOf(row))));
        last = offset;
        offset = scrolledOffset(offset, 'down', pageOf(rows), Math.max(0, count - rows));
      }
      expect([...new Set(seen)]).toEqual(Array.from({length: count}, (_, index) => index));
    }),
  );
});

test('a panel that has no text, or is not zoomed, does not scroll, and the notice says so', () => {
  const said = (...keys: KeyName[]) => pressed(keys, screenContext(data, small)).state.notice;
  expect(said('3', 'page-down')).toMatchObject({text: 'only a zoomed panel scrolls', remedy: 'z zooms it.'});
  expect(said('4', 'z', 'page-down')?.text).toBe('there is nothing to scroll in this panel');
});

describe('a panel without room next to the others', () => {
  test('is shown alone while it has the focus, on the way around', () => {
    const ids = Array.from({length: 10}, (_, count) => alone(['3', ...Array.from({length: count}, () => 'right')])?.id);
    expect(ids.filter((id) => id !== undefined)).toEqual(['phases', 'command', 'processes', 'starts']);
    expect(ids.slice(-2)).toEqual([undefined, undefined]);
  });

  test('makes room for the others with Esc and with z', () => {
    const back = ['left', 'left', 'left'];
    expect(alone(['3', ...back])?.id).toBe('starts');
    expect(alone(['3', ...back, 'escape'])).toBeNull();
    expect(alone(['3', ...back, 'z'])).toBeNull();
    expect(alone(['3', 'z', 'right'])).not.toBeNull();
  });
});
