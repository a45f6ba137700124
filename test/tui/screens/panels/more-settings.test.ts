import {expect, test} from 'vitest';
import {visibleFrames} from '../../../../src/tui/shell/visible-frames.ts';
import {buildConsoleData, buildSnapshot} from '../../../support/build-snapshot.ts';
import {configuredValues} from '../../../support/configured-values.ts';
import {pressed, screenContext, screens} from '../../../support/console-screens.ts';

const values = configuredValues('/home/op/.config/gantry/gantry.yaml');
const data = buildConsoleData({snapshot: buildSnapshot({configuration: {values}})});

test.each([
  {columns: 80, rows: 24},
  {columns: 120, rows: 40},
  {columns: 200, rows: 60},
])('the settings without room on the Engine screen are one key away at $columns x $rows', (size) => {
  const context = screenContext(data, size);
  const settingsAfter = (keys: readonly string[]) =>
    visibleFrames(pressed(keys, context).state, screens, context).find(({id}) => id === 'settings');
  const opened = settingsAfter(['3']);
  expect(opened?.isFocused).toBe(true);
  expect(opened?.view.titleNote).toMatch(/^\d+ more: z shows them$/);
  const alone = settingsAfter(['3', 'z']);
  expect(alone?.view.rows.length).toBeGreaterThan(opened?.view.rows.length ?? 0);
  expect(alone?.view.titleNote).not.toMatch(/z/);
  expect(settingsAfter(['3', 'right'])?.view.titleNote).toMatch(/^\d+ more: choose this panel, then z$/);
});
