import {expect, test} from 'vitest';
import type {ConfigurationRow} from '../../../../src/api/configuration-view.ts';
import type {ConsoleData} from '../../../../src/client/console-data.ts';
import type {Viewport} from '../../../../src/layout/solve-layout.ts';
import {canvasLines, createCanvas} from '../../../../src/tui/canvas/canvas.ts';
import {drawConsole} from '../../../../src/tui/draw-console.ts';
import type {ScreenContext} from '../../../../src/tui/screens/screen.ts';
import {footerRow} from '../../../../src/tui/shell/footer-row.ts';
import {paste} from '../../../../src/tui/shell/press.ts';
import {visibleFrames} from '../../../../src/tui/shell/visible-frames.ts';
import {buildConsoleData, buildSnapshot, TEST_NOW_MS} from '../../../support/build-snapshot.ts';
import {configuredValues} from '../../../support/configured-values.ts';
import {pressed, screenContext, screens, shownScreen} from '../../../support/console-screens.ts';
import {textOf} from '../../../views/draw.ts';

const file = '/home/op/.config/gantry/gantry.yaml';

function configured(changed: Partial<ConfigurationRow> & {readonly key: string} = {key: ''}): ConsoleData {
  const values = configuredValues(file).map((row) => (row.key === changed.key ? {...row, ...changed} : row));
  return buildConsoleData({snapshot: buildSnapshot({configuration: {values}})});
}

function shown(query: string, data: ConsoleData = configured(), more: Partial<ScreenContext> = {}, size?: Viewport) {
  const context = {...screenContext(data, size), ...more};
  const state = paste(pressed([':'], context).state, query, TEST_NOW_MS);
  const frame = visibleFrames(state, screens, context).find(({id}) => id === 'palette');
  const rows = (frame?.view.rows ?? []).map((row) => textOf(row).trimEnd());
  const blank = rows.indexOf('');
  return {
    row: rows[1]?.replaceAll(/ {2,}/g, ' | '),
    details: blank === -1 ? [] : [rows.slice(blank + 1).join(' ')],
    footer: textOf(footerRow({state, screens, context, columns: 200})),
    entered: pressed(['enter'], context, state),
  };
}

test('every key of the configuration is found by its name, and by its flag', () => {
  for (const {key} of configuredValues(file)) expect(shown(key).row, key).toMatch(new RegExp(`> ${key} `));
  expect(shown('--max-running').row).toContain('engine.maxRunningRequests');
});

test.each([
  ['engine.model', '> engine.model | moonshotai/Kimi-K2.7-Code | gantry.yaml:2:3'],
  ['engine.port', '> engine.port | 8000 | GANTRY_ENGINE_PORT'],
  ['contxt', '> engine.contextLengthTokens | 262,144 | --context'],
  ['engine.memoryFraction', '> engine.memoryFraction | 0.92 | the fix of vllm.kv-cache-too-small'],
  ['cost.nodeUsdPerHour', '> cost.nodeUsdPerHour | not set | default'],
])('%s has its value and where it came from', (query, row) => {
  expect(shown(query).row).toBe(row);
});

test('of a setting on the Plan screen the palette tells that Enter tries others there, and how one is kept', () => {
  const {details, footer, entered} = shown('contextLength');
  expect(details).toEqual([
    'context: The longest request in tokens, prompt plus output: 131072, 128K (131,072) or 128k (128,000). ' +
      'In force: 262,144, from --context. Enter tries other values on the Plan screen. ' +
      `Edit engine.contextLengthTokens in ${file}, which takes effect at the next start of the engine, ` +
      'or run gantry restart --context.',
  ]);
  expect(footer).toContain('Enter do it');
  expect(shownScreen(entered.state)).toBe('Plan');
});

test.each([
  [
    'engine.servedModelName',
    `Edit engine.servedModelName in ${file}, which takes effect at the next start of the engine.`,
  ],
  ['cost.nodeUsdPerHour', `Edit cost.nodeUsdPerHour in ${file}, which takes effect immediately.`],
  ['console.theme', `Edit console.theme in ${file}, which takes effect in the next console, or run gantry --theme.`],
  [
    'engine.port',
    'GANTRY_ENGINE_PORT overrides the file: change it where the supervisor is started, then run gantry supervisor restart.',
  ],
])('Enter on %s says where it is changed', (key, how) => {
  const {details, footer, entered} = shown(key);
  expect(details[0]).toMatch(new RegExp(`${how.replaceAll(/[.*]/g, '\\$&')}$`));
  expect(footer).not.toContain('do it');
  expect([shownScreen(entered.state), entered.effect]).toEqual(['Palette', null]);
  expect(entered.state.notice).toMatchObject({text: `${key} is not changed in the console`, remedy: how});
});

test('the palette tells what the next start uses, and what of the file is not used', () => {
  const next = {value: 131_072, origin: {from: 'file', place: `${file}:3:5`}} as const;
  expect(
    shown('contextLength', configured({key: 'engine.contextLengthTokens', isPending: true, configured: next}))
      .details[0],
  ).toContain('In force: 262,144, from --context. The next start uses 131,072, from gantry.yaml:3:5.');
  const overridden = {value: 9000, place: `${file}:4:5`};
  expect(shown('engine.port', configured({key: 'engine.port', overridden})).details[0]).toContain(
    'In force: 8000, from GANTRY_ENGINE_PORT. Not used: 9000, from gantry.yaml:4:5.',
  );
});

test.each([
  {columns: 80, rows: 24},
  {columns: 120, rows: 40},
  {columns: 200, rows: 60},
])('the palette with a setting at $columns x $rows', async (size) => {
  const context = screenContext(configured(), size);
  const state = paste(pressed([':'], context).state, 'context', TEST_NOW_MS);
  const canvas = createCanvas(size);
  drawConsole(canvas, {state, screens, context});
  const lines = canvasLines(canvas).map((line) => line.trimEnd());
  const golden = `palette-settings-${size.columns}x${size.rows}.txt`;
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`../../../golden/${golden}`);
});

test('in a window without room for it, Enter alone tells it', () => {
  const {row, details, entered} = shown('cost.priceBook', configured(), {}, {columns: 40, rows: 8});
  expect(row).toContain('cost.priceBook');
  expect(details).toEqual([]);
  expect(entered.state.notice?.remedy).toContain('which takes effect immediately');
});

test('a setting of a node that nobody answers for is shown, and not tried', () => {
  const lost = {...configured(), connection: {kind: 'lost', sinceMs: 1, reason: 'no answer'}} as const;
  const {row, entered} = shown('contextLength', lost);
  expect(row).toContain('262,144');
  expect([shownScreen(entered.state), entered.state.notice?.text]).toEqual([
    'Palette',
    'cannot try engine.contextLengthTokens on the Plan screen: the supervisor does not answer',
  ]);
});

test('no setting acts in a read-only console', () => {
  for (const {key} of configuredValues(file)) {
    const {entered} = shown(key, configured(), {isReadOnly: true});
    const after = pressed(['R', 'a', 'enter'], {...screenContext(configured()), isReadOnly: true}, entered.state);
    for (const {state, effect} of [entered, after])
      expect([key, effect?.kind === 'send', state.cover?.screen.kind === 'dialog']).toEqual([key, false, false]);
  }
});

test.each([
  ['128K', '131,072'],
  ['ctx 64k', '64,000'],
  ['contxt 65536', '65,536'],
])('the context %j opens the Plan screen with it, also in a read-only console', (query, tokens) => {
  for (const isReadOnly of [false, true]) {
    const {row, entered} = shown(query, configured(), {isReadOnly});
    expect(row).toContain(
      `> engine.contextLengthTokens | try ${tokens} on the Plan screen${isReadOnly ? '' : '; R there restarts with it'}`,
    );
    const [plan] = visibleFrames(entered.state, screens, screenContext(configured()));
    expect([shownScreen(entered.state), entered.effect]).toEqual(['Plan', null]);
    expect(plan?.view.rows.map(textOf).find((text) => text.startsWith('>'))).toContain(tokens);
  }
});

test.each(['128 K', '0', '64k ctx', 'ctx 64q', '漢字 64k'])('%j is no context length', (query) => {
  expect(shown(query).row).not.toContain('try ');
});
