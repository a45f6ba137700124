import {describe, expect, test} from 'vitest';
import type {ConsoleData} from '../../../../src/client/console-data.ts';
import type {KeyName} from '../../../../src/tui/keys/key-names.ts';
import type {ConsoleState} from '../../../../src/tui/shell/console-state.ts';
import {pressed, screenContext} from '../../../support/console-screens.ts';
import {backingOffNode, failedNode, startingNode, stoppedNode} from '../../../support/engine-states.ts';

const size = {columns: 120, rows: 40};
const contextOf = (data: ConsoleData) => screenContext(data, size);
const starting = contextOf(startingNode());

/** A crash loop, as it may go within seconds. */
const loop = [startingNode(), failedNode(), backingOffNode(), startingNode()].map(contextOf);

function shown(state: ConsoleState, context = starting): readonly string[] {
  // Below a panel that is shown alone is what belongs to it.
  return state.base.draw(context).flatMap(({id}) => (id.endsWith('-below') ? [] : [id]));
}

function after(keys: readonly KeyName[], state?: ConsoleState, context = starting): ConsoleState {
  return pressed(keys, context, state).state;
}

function focused(state: ConsoleState, context = starting): string | undefined {
  return state.base.draw({...context, isOnTop: true}).find(({isFocused}) => isFocused)?.id;
}

describe('while the engine starts, fails and starts again', () => {
  test('a panel of the start is shown alone only while it is there, and again afterwards', () => {
    const zoomed = after(['z']);
    expect(shown(zoomed)).toEqual(['start']);
    for (const context of loop.slice(1, -1)) expect(shown(zoomed, context).length).toBeGreaterThan(1);
    expect(shown(zoomed)).toEqual(['start']);
  });

  test('a zoomed panel that every state has stays zoomed, and scrolled', () => {
    const log = Array.from({length: 90}, (_, index) => ({number: index + 1, text: `line ${index + 1}`}));
    const contexts = loop.map(({data}) => contextOf({...data, log}));
    const [first] = contexts;
    if (first === undefined) throw new Error('no state');
    const state = after(['L', 'z', 'page-up'], undefined, first);
    const notes = contexts.map((context) => state.base.draw(context).map(({id, view}) => [id, view.titleNote]));
    expect(notes.map((note) => JSON.stringify(note))).toEqual(contexts.map(() => JSON.stringify(notes[0])));
    expect(notes[0]).toHaveLength(1);
  });

  test('z zooms the panel that has the focus now, and Esc does not close what is not shown alone', () => {
    const [, failed] = loop;
    const zoomed = after(['z']);
    expect(shown(after(['z'], zoomed, failed), failed)).toHaveLength(1);
    expect(focused(after(['z'], zoomed, failed), failed)).toBe(focused(zoomed, failed));
    expect(zoomed.base.back(failed ?? starting)).toBeNull();
    expect(shown(after(['right'], zoomed, failed), failed).length).toBeGreaterThan(1);
  });

  test('the focus returns to its panel', () => {
    const state = after(['right']);
    const before = focused(state);
    expect(before).not.toBe(focused(after([])));
    for (const context of [...loop, contextOf(stoppedNode())]) expect(focused(state, context)).toBeDefined();
    expect(focused(state)).toBe(before);
  });
});
