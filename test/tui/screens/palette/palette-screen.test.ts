import {expect, test} from 'vitest';
import {seriesChoices, seriesText} from '../../../../src/api/series-choice.ts';
import type {ConsoleData} from '../../../../src/client/console-data.ts';
import {settingNames, settingPath} from '../../../../src/domain/settings/settings-table.ts';
import type {ScreenContext} from '../../../../src/tui/screens/screen.ts';
import type {ConsoleState} from '../../../../src/tui/shell/console-state.ts';
import {footerRow} from '../../../../src/tui/shell/footer-row.ts';
import {visibleFrames} from '../../../../src/tui/shell/visible-frames.ts';
import {buildConsoleData, buildFinding, buildSnapshot} from '../../../support/build-snapshot.ts';
import {openedState, pressed, screenContext, screens, shownScreen} from '../../../support/console-screens.ts';
import {textOf} from '../../../views/draw.ts';

const stopped = buildConsoleData({snapshot: buildSnapshot({engine: {state: 'stopped'}})});

/** The palette's rows, without the typed text. */
function rows(state: ConsoleState, context: ScreenContext): readonly string[] {
  const frame = visibleFrames(state, screens, context).find(({id}) => id === 'palette');
  return (frame?.view.rows ?? []).map((row) => textOf(row).trimEnd());
}

function typedIn(text: string, data: ConsoleData = buildConsoleData(), before: readonly string[] = []) {
  const context = {...screenContext(data), area: {column: 0, row: 2, columns: 120, rows: 400}};
  const {state, effect} = pressed([...before, ':', ...text], context);
  return {context, state, effect, rows: rows(state, context), enter: () => pressed(['enter'], context, state)};
}

test('every action below, every kept series and every setting is found by its name', () => {
  const names = [
    'engine.restart',
    'engine.stop',
    'console.leave',
    'panel.zoom',
    'screen.latency',
    ...seriesChoices.map(seriesText),
    ...settingNames.map(settingPath),
  ];
  for (const name of names)
    expect(typedIn(name).rows[1], name).toMatch(new RegExp(`^> ${name.replaceAll('.', '\\.')}`));
});

test('an entry has its key, that it acts, and the reason where it is disabled', () => {
  expect(typedIn('engine.stop').rows).toEqual([
    ':engine.stop_',
    expect.stringMatching(/^> engine\.stop +x +acts: stop the engine; asks first$/),
  ]);
  expect(typedIn('engine.stop', stopped).rows[1]).toMatch(/x +acts: disabled: the engine is stopped$/);
});

test('Enter asks what the key asks, and nothing else that arrived with it answers', () => {
  const {state} = typedIn('engine.stop').enter();
  expect([state.cover?.screen.name, state.cover?.screen.kind]).toEqual(['Stop', 'dialog']);
  const {state: answered, effect} = pressed(['y'], screenContext(), state);
  expect([effect, answered.notice?.kind]).toEqual([null, 'ignored']);
});

test('Enter on what is disabled says why and leaves the palette open', () => {
  const {state, effect} = typedIn('engine.stop', stopped).enter();
  expect([shownScreen(state), state.notice?.text, effect]).toEqual([
    'Palette',
    'cannot do engine.stop: the engine is stopped',
    null,
  ]);
});

test('Enter sends what the key sends', () => {
  const {effect, state} = typedIn('engine.start', stopped).enter();
  expect(effect).toEqual({kind: 'send', command: {type: 'start'}, pending: 'start the engine'});
  expect(state.cover).toBeNull();
});

test('in a read-only console the palette reaches nothing that acts', () => {
  for (const data of [stopped, buildConsoleData()]) {
    const context = {...screenContext(data), isReadOnly: true};
    for (const name of ['engine.start', 'engine.stop', 'engine.restart', 'engine.cure']) {
      const {state, effect} = pressed([':', ...name, 'enter'], context);
      expect([shownScreen(state), effect, state.notice?.text], name).toEqual([
        'Palette',
        null,
        `cannot do ${name}: this console is read-only`,
      ]);
    }
  }
});

test('a series opens on the History screen, and a setting on its line of the Plan screen', () => {
  expect(shownScreen(typedIn('gpu.powerDrawWatts').enter().state)).toBe('History');
  const plan = typedIn('engine.memoryFraction').enter().state;
  expect(shownScreen(plan)).toBe('Plan');
  const chosen = visibleFrames(plan, screens, screenContext())[0]?.view.rows.map(textOf);
  expect(chosen?.find((row) => row.startsWith('>'))).toContain('memory fraction');
});

test('a screen opens, and stays open where it is shown already', () => {
  expect(shownScreen(typedIn('screen.latency').enter().state)).toBe('Latency');
  expect(shownScreen(typedIn('screen.logs', undefined, ['6']).enter().state)).toBe('Logs');
  expect(shownScreen(typedIn('console.help').enter().state)).toBe('Help');
});

test('over a screen it has the actions of that screen, and Esc returns to it', () => {
  const curable = buildConsoleData({
    snapshot: buildSnapshot({findings: [buildFinding({settingsChange: {contextLengthTokens: 65_536}})]}),
  });
  const {state, rows: found, enter} = typedIn('findings.cure', curable, ['F']);
  expect(found[1]).toMatch(/^> findings\.cure +a +acts: restart with the settings that fix the chosen/);
  expect(shownScreen(pressed(['escape'], screenContext(curable), state).state)).toBe('Findings');
  expect(enter().state.cover?.screen.kind).toBe('dialog');
  expect(shownScreen(pressed(['F', '?', 'escape'], screenContext(curable)).state)).toBe('Findings');
});

test('arrows choose, Tab completes, Backspace deletes, and letters are text', () => {
  const {context, state} = typedIn('engine.');
  const first = rows(state, context)[1]?.slice(2).split(' ')[0];
  const second = rows(state, context)[2]?.slice(2).split(' ')[0];
  const completed = pressed(['down', 'tab'], context, state).state;
  expect(first).not.toBe(second);
  expect(rows(completed, context)[0]).toBe(`:${second}_`);
  expect(rows(pressed(['up', 'down'], context, state).state, context)[1]).toMatch(/^> /);
  expect(rows(pressed(['backspace', 'q', 'x', 's', ':'], context, state).state, context)).toEqual([
    ':engineqxs:_',
    'Nothing has this name. Backspace deletes, Esc closes.',
  ]);
  expect(pressed(['z', 'z', 'z', 'enter'], context, state).state.notice?.text).toBe('nothing is called "engine.zzz"');
});

test('the chosen entry is always in sight, and the frame is as high as what is found', () => {
  for (const size of [
    {columns: 20, rows: 6},
    {columns: 80, rows: 24},
    {columns: 200, rows: 60},
  ]) {
    const context = screenContext(undefined, size);
    let {state} = pressed([':'], context);
    for (let step = 0; step < 30; step += 1) {
      expect(rows(state, context).filter((row) => row.startsWith('>'))).toHaveLength(1);
      state = pressed(['down'], context, state).state;
    }
    const one = pressed([...'engine.stop'], context, pressed([':'], context).state).state;
    const rect = visibleFrames(one, screens, context).find(({id}) => id === 'palette')?.rect;
    expect([rect?.row, rect?.rows]).toEqual([context.area.row, 4]);
  }
});

test('every footer of a screen says how to open it', () => {
  const footer = (state: ConsoleState) => textOf(footerRow({state, screens, context: screenContext(), columns: 80}));
  expect(footer(openedState)).toMatch(/^\? help {2}: find {2}q leave/);
  expect(footer(pressed(['F']).state)).toMatch(/: find/);
  expect(footer(pressed([':']).state)).toBe('Enter do it  Tab complete  Down choose  Esc close');
});
