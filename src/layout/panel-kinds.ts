/** Every panel kind. A closed list: a typo fails when the layout is loaded, not when it is drawn. */
export const panelKinds = [
  'server',
  'gpu-memory',
  'vram-budget',
  'throughput',
  'kv-cache',
  'latency',
  'cost',
  'log',
  'findings',
  'gpu-table',
  'chart',
  'request-sizes',
  'cost-table',
  'settings',
  'starts',
  'state-strip',
  'start-phases',
  'command',
  'processes',
] as const;
export type PanelKind = (typeof panelKinds)[number];
