import {expect, test} from 'vitest';
import type {ConsoleData} from '../../../src/client/console-data.ts';
import {engineStateSchema} from '../../../src/domain/lifecycle/phases.ts';
import {chartNames} from '../../../src/layout/chart-names.ts';
import {figureNames} from '../../../src/layout/figure-names.ts';
import {panelKinds} from '../../../src/layout/panel-kinds.ts';
import type {PanelOptions} from '../../../src/layout/panel-options.ts';
import {MS_PER_HOUR} from '../../../src/shared/units.ts';
import {tableKeys} from '../../../src/tui/keys/keymap.ts';
import {plottedIn} from '../../../src/views/charts/plotted-series.ts';
import {unicodeGlyphs} from '../../../src/views/glyphs.ts';
import {panelViews} from '../../../src/views/panels/panel-views.ts';
import {buildConsoleData, buildSnapshot, TEST_NOW_MS} from '../../support/build-snapshot.ts';

/** Every panel that a layout can name. */
const panels = panelKinds.flatMap((panel): {panel: typeof panel; options: PanelOptions}[] => {
  if (panel === 'chart') return [{}, ...chartNames.map((of) => ({of}))].map((options) => ({panel, options}));
  if (panel === 'figure') return [{}, ...figureNames.map((of) => ({of}))].map((options) => ({panel, options}));
  return [{panel, options: {}}];
});

/** The names that are read of an object. */
function watched<T extends object>(target: T, read: Set<string>): T {
  return new Proxy(target, {
    get(of, name, self) {
      if (typeof name === 'string') read.add(name);
      return Reflect.get(of, name, self);
    },
  });
}

test('whatever a panel plots over a chosen time is asked for', () => {
  const window = {lengthMs: 24 * MS_PER_HOUR, text: '24 h', problem: null, quantilesSinceMs: null};
  for (const {panel, options} of panels) {
    const asked = plottedIn([{panel, options}]);
    for (const state of engineStateSchema.options) {
      for (const rows of [4, 12, 40]) {
        const [series, gpuSeries] = [new Set<string>(), new Set<string>()];
        const {history, gpuRanges, ...rest} = buildConsoleData({snapshot: buildSnapshot({engine: {state}})});
        const data: ConsoleData = {
          ...rest,
          history: watched(history, series),
          gpuRanges: watched(gpuRanges, gpuSeries),
        };
        const space = {columns: 100, rows, glyphs: unicodeGlyphs, nowMs: TEST_NOW_MS, keyOf: tableKeys.shown};
        panelViews[panel]({data, window, options, ...space});
        const which = `${panel} ${JSON.stringify(options)} while ${state}`;
        expect(asked.series, which).toEqual(expect.arrayContaining([...series]));
        expect(asked.gpuSeries, which).toEqual(expect.arrayContaining([...gpuSeries]));
      }
    }
  }
});
