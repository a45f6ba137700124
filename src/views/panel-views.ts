import type {PanelKind} from '../layout/panel-kinds.ts';
import {costView} from './panels/cost.ts';
import {findingsView} from './panels/findings.ts';
import {gpuMemoryView} from './panels/gpu-memory.ts';
import {kvCacheView} from './panels/kv-cache.ts';
import {latencyView} from './panels/latency.ts';
import {logView} from './panels/log.ts';
import {serverView} from './panels/server.ts';
import {throughputView} from './panels/throughput.ts';
import {vramBudgetView} from './panels/vram-budget.ts';
import type {PanelViewFunction} from './rows.ts';

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
};
