import type {LayoutOf} from '../../layout/load-layout.ts';
import {cureDialog} from './cure-dialog.ts';
import {eventsScreen} from './events/events-screen.ts';
import {findingsScreen} from './findings-screen.ts';
import {helpScreen} from './help-screen.ts';
import {historyScreen} from './history-screen.ts';
import {logsScreen} from './logs/logs-screen.ts';
import {paletteScreen} from './palette/palette-screen.ts';
import {gpusScreen} from './panels/gpus-screen.ts';
import {initialOverview, overviewScreen} from './panels/overview.ts';
import type {PanelViews} from './panels/panel-frames.ts';
import {panelsScreen} from './panels/panels-screen.ts';
import {planScreen} from './plan/plan-screen.ts';
import {restartDialog} from './restart-dialog.ts';
import type {OpenScreen, Screen} from './screen.ts';
import {stopDialog} from './stop-dialog.ts';

/** Every screen and dialog, in the order of the footer, and the one that the console opens with. */
export type Screens = {readonly all: readonly Screen[]; readonly first: OpenScreen};

/** The screens of the console; those of panels with their layouts. */
export function createScreens(layoutOf: LayoutOf, views: PanelViews): Screens {
  const overview = overviewScreen(layoutOf('overview'), views);
  const tabs = [
    overview,
    gpusScreen(() => layoutOf('gpus'), views),
    panelsScreen({
      ...{name: 'Engine', number: 3, key: 'screen.engine', layout: () => layoutOf('engine'), views},
      // It has the most that there is no room for.
      focus: 'settings',
    }),
    panelsScreen({
      ...{name: 'Latency', number: 4, key: 'screen.latency', layout: () => layoutOf('latency'), views},
      windows: {shorter: 'latency.shorter', longer: 'latency.longer'},
    }),
    panelsScreen({
      ...{name: 'Cost', number: 5, key: 'screen.cost', layout: () => layoutOf('cost'), views},
      windows: {shorter: 'cost.shorter', longer: 'cost.longer'},
    }),
    logsScreen,
    planScreen,
    historyScreen,
    eventsScreen,
  ];
  const covers = [helpScreen, paletteScreen, stopDialog, restartDialog, cureDialog, findingsScreen];
  return {all: [...covers, ...tabs], first: overview.opened(initialOverview)};
}
