import {dashboardRows, type Panel} from './grafana-panels.ts';

/** Grafana's grid has 24 columns. */
const COLUMNS = 24;
const DATASOURCE = {type: 'prometheus', uid: '$datasource'};
const SCHEMA_VERSION = 39;

/** `docs/grafana.json`: a dashboard of Gantry's own metrics. */
export function grafanaDashboardText(): string {
  return `${JSON.stringify(dashboard(), null, 2)}\n`;
}

function dashboard(): object {
  return {
    title: 'Gantry',
    uid: 'gantry',
    description:
      "A self-hosted model on its own GPUs: state, findings, money, traffic and memory by Gantry's own metrics.",
    tags: ['gantry'],
    schemaVersion: SCHEMA_VERSION,
    version: 1,
    editable: true,
    refresh: '30s',
    time: {from: 'now-24h', to: 'now'},
    timezone: 'utc',
    templating: {list: [datasourceVariable, instanceVariable]},
    annotations: {list: []},
    links: [],
    panels: placedPanels(),
  };
}

const datasourceVariable = {
  name: 'datasource',
  label: 'Data source',
  type: 'datasource',
  query: 'prometheus',
  current: {},
  hide: 0,
};

const instanceVariable = {
  name: 'instance',
  label: 'Node',
  type: 'query',
  datasource: DATASOURCE,
  definition: 'label_values(gantry_supervisor_info, instance)',
  query: {query: 'label_values(gantry_supervisor_info, instance)', refId: 'instances'},
  refresh: 2,
  sort: 1,
  current: {},
  hide: 0,
};

/** Row after row, each panel to the right of the one before while there is room. */
function placedPanels(): readonly object[] {
  const panels: object[] = [];
  let y = 0;
  for (const {title, panels: ofRow} of dashboardRows) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title,
      collapsed: false,
      panels: [],
      gridPos: at(0, y, COLUMNS, 1),
    });
    y += 1;
    let x = 0;
    let height = 0;
    for (const panel of ofRow) {
      if (x + panel.width > COLUMNS) {
        y += height;
        x = 0;
        height = 0;
      }
      panels.push({id: panels.length + 1, ...drawn(panel), gridPos: at(x, y, panel.width, panel.height)});
      x += panel.width;
      height = Math.max(height, panel.height);
    }
    y += height;
  }
  return panels;
}

function at(x: number, y: number, w: number, h: number): object {
  return {x, y, w, h};
}

function drawn({title, description, kind, unit, queries}: Panel): object {
  const isTable = kind === 'table';
  const isStat = kind === 'stat';
  return {
    type: kind,
    title,
    description,
    datasource: DATASOURCE,
    fieldConfig: {defaults: {unit, noValue: '-', custom: kind === 'timeseries' ? lines : {}}, overrides: []},
    options: isStat ? statOptions : isTable ? {} : seriesOptions,
    targets: queries.map(({expression, legend}, index) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + index),
      datasource: DATASOURCE,
      expr: expression,
      legendFormat: legend,
      ...(isTable ? {format: 'table', instant: true} : isStat ? {instant: true} : {range: true}),
    })),
  };
}

/** A gap stays a gap: unknown is not zero. */
const lines = {drawStyle: 'line', lineWidth: 1, fillOpacity: 10, showPoints: 'never', spanNulls: false};
const seriesOptions = {legend: {displayMode: 'list', placement: 'bottom'}, tooltip: {mode: 'multi', sort: 'desc'}};
const statOptions = {
  reduceOptions: {calcs: ['lastNotNull'], fields: '', values: false},
  textMode: 'auto',
  colorMode: 'none',
  graphMode: 'none',
};
