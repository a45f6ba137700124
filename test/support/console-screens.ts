import type {HistoryQuery} from '../../src/api/history.ts';
import type {PreviewRequestInput} from '../../src/api/preview.ts';
import type {HistoryAnswer} from '../../src/client/answers/history-answers.ts';
import type {PreviewAnswer} from '../../src/client/answers/previews.ts';
import type {ConsoleData} from '../../src/client/console-data.ts';
import {builtInLayout, layoutsWith} from '../../src/layout/load-layout.ts';
import type {Viewport} from '../../src/layout/solve-layout.ts';
import type {KeyName} from '../../src/tui/keys/key-names.ts';
import {type Keymap, tableKeys} from '../../src/tui/keys/keymap.ts';
import {createScreens} from '../../src/tui/screens/all-screens.ts';
import type {ScreenContext} from '../../src/tui/screens/screen.ts';
import {type ConsoleState, initialConsoleState, topScreen} from '../../src/tui/shell/console-state.ts';
import {type Pressed, press} from '../../src/tui/shell/press.ts';
import {allKeys} from '../../src/tui/shell/shell-keys.ts';
import {areaOf} from '../../src/tui/shell/terminal-area.ts';
import {themeOf} from '../../src/tui/theme/theme.ts';
import {unicodeGlyphs} from '../../src/views/glyphs.ts';
import {panelViews} from '../../src/views/panels/panel-views.ts';
import {buildHistory} from './build-history.ts';
import {buildConsoleData, TEST_NOW_MS} from './build-snapshot.ts';
import {judge} from './fake-judge.ts';

export const pen = {theme: themeOf('dark', 'none'), glyphs: unicodeGlyphs};

const created = createScreens(layoutsWith(new Map()), panelViews);
export const screens = created.all;

/** The answer of a supervisor with this data. */
export function answerOf({snapshot}: ConsoleData, question: PreviewRequestInput): PreviewAnswer {
  if (snapshot === null) return {kind: 'checking'};
  const judged = judge(snapshot, question);
  return judged.ok ? {kind: 'judged', preview: judged.value} : {kind: 'failed', error: judged.error};
}

/** The context of keys in a terminal of this size. */
export function screenContext(
  data: ConsoleData = buildConsoleData(),
  terminal: Viewport = {columns: 120, rows: 40},
  keymap: Keymap = tableKeys,
): ScreenContext {
  const keys = allKeys(screens, keymap);
  const answerTo = (question: PreviewRequestInput): PreviewAnswer => answerOf(data, question);
  return {
    data,
    nowMs: TEST_NOW_MS,
    terminal,
    area: areaOf(terminal),
    pen,
    isOnTop: true,
    keymap,
    allKeys: keys,
    keyProblems: [],
    answerTo,
    history: {window: {kind: 'loading'}, moment: {kind: 'loading'}},
    log: {window: null, seek: null, error: null, isReading: false},
    linkDelayMs: 0,
    isReadOnly: false,
    pagerRefusal: null,
    actionsBelow: () => [],
  };
}

/** The console as it opens, without a terminal. */
export const openedState: ConsoleState = initialConsoleState(created.first, TEST_NOW_MS);

const wall = builtInLayout('wall');
if (!wall.ok) throw new Error(wall.error.message);

/** The console as `gantry --layout wall` opens it. */
export const wallState: ConsoleState = initialConsoleState(
  createScreens(layoutsWith(new Map([['overview', wall.value]])), panelViews).first,
  TEST_NOW_MS,
);

/** The name of what gets the keys: a dialog, a screen over a tab, or the tab. */
export function shownScreen(state: ConsoleState): string {
  return topScreen(state).screen.name;
}

/** The console after these keys, and the effect of the last one. */
export function pressed(
  keys: readonly KeyName[],
  context: ScreenContext = screenContext(),
  state: ConsoleState = openedState,
): Pressed {
  return keys.reduce<Pressed>((before, key) => press(before.state, key, screens, context), {state, effect: null});
}

function loaded(question: HistoryQuery): HistoryAnswer {
  return {kind: 'loaded', question, history: buildHistory(question)};
}

/** The console after these keys, with the history that its screen asks for. */
export function openedWith(
  data: ConsoleData,
  keys: readonly KeyName[],
  terminal: Viewport,
): {readonly state: ConsoleState; readonly context: ScreenContext} {
  const context = screenContext(data, terminal);
  const {state} = pressed(keys, context);
  const question = topScreen(state).history(data);
  if (question === null) return {state, context};
  const {moment} = question;
  const read = moment === null ? context.history.moment : loaded(moment);
  return {state, context: {...context, history: {window: loaded(question.window), moment: read}}};
}
