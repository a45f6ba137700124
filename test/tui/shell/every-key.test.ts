import {expect, test} from 'vitest';
import type {ConsoleData} from '../../../src/client/console-data.ts';
import {absent} from '../../../src/samples/reading.ts';
import type {KeyName} from '../../../src/tui/keys/key-names.ts';
import type {ScreenContext} from '../../../src/tui/screens/screen.ts';
import {type ConsoleState, topScreen} from '../../../src/tui/shell/console-state.ts';
import {press} from '../../../src/tui/shell/press.ts';
import {keysNow, meaningOf} from '../../../src/tui/shell/shell-keys.ts';
import {topContext} from '../../../src/tui/shell/top-context.ts';
import {visibleFrames} from '../../../src/tui/shell/visible-frames.ts';
import {buildEvents} from '../../support/build-events.ts';
import {buildConsoleData, buildFinding, buildSnapshot, TEST_NOW_MS} from '../../support/build-snapshot.ts';
import {openedState, screenContext, screens, shownScreen} from '../../support/console-screens.ts';
import {
  backingOffNode,
  degradedNode,
  failedNode,
  neverStartedNode,
  silentNode,
  startingNode,
  stoppedNode,
  stoppingNode,
} from '../../support/engine-states.ts';
import {faultOf, laterSeen, offered, opened, picture} from './offered.ts';

const curable = [buildFinding({settingsChange: {contextLengthTokens: 65_536}})];
const ready: ConsoleData = {...buildConsoleData({snapshot: buildSnapshot({findings: curable})}), events: buildEvents()};

/** The engine in every state that the keys depend on. */
const nodes: Readonly<Record<string, () => ConsoleData>> = {
  'no data': () =>
    buildConsoleData({snapshot: null, log: [], history: {}, gpuRanges: {}, connection: {kind: 'connecting'}}),
  none: neverStartedNode,
  stopped: stoppedNode,
  starting: startingNode,
  ready: () => ready,
  degraded: degradedNode,
  silent: silentNode,
  draining: () => buildConsoleData({snapshot: buildSnapshot({engine: {state: 'draining'}})}),
  stopping: stoppingNode,
  failed: failedNode,
  'backing off': backingOffNode,
  // Of a run that another program started, neither settings nor plan are known.
  adopted() {
    const snapshot = buildSnapshot({plan: absent('the settings of this engine are unknown')});
    return buildConsoleData({snapshot: {...snapshot, engine: {...snapshot.engine, settings: null}}});
  },
  lost: () => ({...ready, connection: {kind: 'lost', sinceMs: TEST_NOW_MS - 9_000, reason: 'no answer'}}),
};

/** One for each case in turn. */
const sizes = [
  {columns: 80, rows: 24},
  {columns: 120, rows: 40},
  {columns: 200, rows: 60},
];
const MOST_PANELS = 16;

/** Every screen and dialog by its key, and on each tab every panel that can have the focus, next to the others and zoomed. */
function placesOf(context: ScreenContext): readonly (readonly KeyName[])[] {
  return screens.flatMap(({opener, tab}) => {
    const [key] = opener.keys;
    if (key === undefined) return [];
    const hasPanels =
      tab !== null &&
      opened([key], openedState, screens, context).base.screen.lines.some(
        ({id}) => id === 'panel.next' || id === 'gpus.next-panel',
      );
    return hasPanels ? panelsFrom(key, context) : [[key]];
  });
}

function panelsFrom(key: KeyName, context: ScreenContext): readonly (readonly KeyName[])[] {
  const found = new Map<string, readonly KeyName[]>();
  for (let steps = 0; steps < MOST_PANELS; steps += 1) {
    const keys = [key, ...Array.from({length: steps}, () => 'right')];
    const focused = focusOf(opened(keys, openedState, screens, context), context);
    if (found.has(focused)) break;
    found.set(focused, keys);
  }
  return [...found.values(), [key, 'z']];
}

function focusOf(state: ConsoleState, context: ScreenContext): string {
  return visibleFrames(state, screens, context).find(({isFocused}) => isFocused)?.id ?? '';
}

/** What is wrong with the keys that the footer offers. */
function offeredFaults(state: ConsoleState, context: ScreenContext): readonly string[] {
  let drawn: string | null = null;
  const before = (): string => (drawn ??= picture(state, screens, context));
  return [...offered(state, screens, context)].flatMap(([key, hint]) => {
    const fault = laterSeen.has(hint) ? null : faultOf(state, key, screens, context, before);
    return fault === null ? [] : [`${hint} is offered: ${fault}`];
  });
}

/** What is wrong with the keys that have a reason why they are disabled. */
function disabledFaults(state: ConsoleState, context: ScreenContext): readonly string[] {
  const top = topScreen(state);
  return keysNow(state, screens, context.keymap).flatMap((line) => {
    const reason = top.whyNot(line, topContext(state, screens, context));
    const key = line.keys.find((name) => top.type(name, context.keymap) === null);
    if (reason === null || key === undefined || line.group === 'Replay') return [];
    // Another action of the screen has the key.
    if (meaningOf(state, screens, ({keys}) => keys.includes(key))?.line.id !== line.id) return [];
    const {state: next, effect} = press(state, key, screens, context);
    if (effect !== null) return [`${line.id} is disabled (${reason}): ${effect.kind}`];
    if (next.cover?.screen !== state.cover?.screen) return [`${line.id} is disabled (${reason}): ${shownScreen(next)}`];
    const said = next.notice?.text ?? 'nothing';
    return said.includes(reason) ? [] : [`${line.id} is disabled (${reason}): ${said}`];
  });
}

const acts = ({effect, state}: ReturnType<typeof press>): boolean =>
  effect?.kind === 'send' || state.cover?.screen.kind === 'dialog';

/** In a console that only watches, none of the keys acts, and those that would say why. */
function readOnlyFaults(state: ConsoleState, context: ScreenContext): readonly string[] {
  const acting = keysNow(state, screens, context.keymap).flatMap(({id, keys}) =>
    keys.some((key) => acts(press(state, key, screens, context))) ? [`${id} acts in a read-only console`] : [],
  );
  return [...acting, ...disabledFaults(state, context).map((text) => `read-only: ${text}`)];
}

test.each(Object.keys(nodes).map((name, index) => ({name, index})))(
  'on every screen, panel and dialog, what is offered acts and what is disabled says why: $name',
  ({name, index}) => {
    const data = nodes[name]?.() ?? buildConsoleData();
    const context = screenContext(data, sizes[index % sizes.length]);
    const watching = {...context, isReadOnly: true};
    const faults = new Set<string>();
    const visited = new Set<string>();
    const places = placesOf(context);
    for (const keys of places) {
      const state = opened(keys, openedState, screens, context);
      const isFirst = !visited.has(shownScreen(state));
      visited.add(shownScreen(state));
      for (const fault of [
        ...offeredFaults(state, context),
        ...disabledFaults(state, context),
        // Which panel has the focus is nothing to what acts.
        ...(isFirst ? readOnlyFaults(opened(keys, openedState, screens, watching), watching) : []),
      ])
        faults.add(`${keys.join(' ')}: ${fault}`);
    }
    expect([...faults]).toEqual([]);
    if (name !== 'ready') return;
    expect(places.length).toBeGreaterThan(2 * screens.length);
    expect([...visited].toSorted()).toEqual(screens.map((screen) => screen.name).toSorted());
  },
);
