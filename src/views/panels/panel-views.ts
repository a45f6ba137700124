import type {PanelKind} from '../../layout/panel-kinds.ts';
import {chartView} from '../charts/chart-view.ts';
import {costDaysView} from '../cost/cost-days.ts';
import {costView} from '../cost/cost-panel.ts';
import {costTableView} from '../cost/cost-table.ts';
import {priceBooksView} from '../cost/price-books.ts';
import {nodeSizeView} from '../cost/size-panel.ts';
import {commandView} from '../details/command.ts';
import {processesView} from '../details/processes.ts';
import {requestSizesView} from '../details/request-sizes.ts';
import {settingsView} from '../details/settings.ts';
import {startPhasesView} from '../details/start-phases.ts';
import {startsView} from '../details/starts.ts';
import {stateStripView} from '../details/state-strip.ts';
import {gpuTableView} from '../gpus/gpu-table.ts';
import {nextStartView} from '../not-serving/next-start.ts';
import {problemView} from '../not-serving/problem.ts';
import {startProgressView} from '../not-serving/starting.ts';
import type {PanelViewFunction} from '../rows.ts';
import {figureView} from '../wall/figure-view.ts';
import {findingsView} from './findings.ts';
import {gpuMemoryView} from './gpu-memory.ts';
import {kvCacheView} from './kv-cache.ts';
import {latencyView} from './latency.ts';
import {logView} from './log.ts';
import {serverView} from './server.ts';
import {throughputView} from './throughput.ts';
import {vramBudgetView} from './vram-budget.ts';

/** The view model of each kind of panel a layout may name. */
export const panelViews: Readonly<Record<PanelKind, PanelViewFunction>> = {
  server: serverView,
  'gpu-memory': gpuMemoryView,
  'vram-budget': vramBudgetView,
  throughput: throughputView,
  'kv-cache': kvCacheView,
  latency: latencyView,
  cost: costView,
  log: logView,
  findings: findingsView,
  'gpu-table': gpuTableView,
  chart: chartView,
  'request-sizes': requestSizesView,
  'cost-table': costTableView,
  'cost-days': costDaysView,
  'price-books': priceBooksView,
  'node-size': nodeSizeView,
  settings: settingsView,
  starts: startsView,
  'state-strip': stateStripView,
  'start-phases': startPhasesView,
  command: commandView,
  processes: processesView,
  'start-progress': startProgressView,
  problem: problemView,
  'next-start': nextStartView,
  figure: figureView,
};
