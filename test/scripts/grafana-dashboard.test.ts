import {readFileSync} from 'node:fs';
import {expect, test} from 'vitest';
import {z} from 'zod';
import {ownMetrics} from '../../src/supervisor/server/metrics/metrics-text.ts';

const panelSchema = z.object({
  id: z.int(),
  type: z.enum(['row', 'stat', 'table', 'timeseries']),
  title: z.string().min(1),
  gridPos: z.object({x: z.int(), y: z.int(), w: z.int(), h: z.int()}),
  targets: z.array(z.object({refId: z.string(), expr: z.string(), legendFormat: z.string()})).default([]),
});
const file = new URL('../../docs/grafana.json', import.meta.url);
const dashboard = z
  .object({
    panels: z.array(panelSchema),
    templating: z.object({list: z.array(z.object({name: z.string(), definition: z.string().optional()}))}),
  })
  .parse(JSON.parse(readFileSync(file, 'utf8')));
const queries = dashboard.panels.flatMap(({title, targets}) => targets.map((target) => ({title, ...target})));
const labelsOf = new Map(ownMetrics.map(({name, labels}) => [name, labels]));

function namesIn(text: string): readonly string[] {
  return [...text.matchAll(/gantry_[a-z_]+/g)].map(([name]) => name);
}

test('every metric that the dashboard asks for exists, and every metric is on it', () => {
  const asked = new Set(queries.flatMap(({expr}) => namesIn(expr)));
  expect([...asked].filter((name) => !labelsOf.has(name))).toEqual([]);
  expect([...labelsOf.keys()].filter((name) => !asked.has(name))).toEqual([]);
  expect(dashboard.templating.list.flatMap(({definition = ''}) => namesIn(definition))).toEqual([
    'gantry_supervisor_info',
  ]);
});

test('labels in queries and legends are those of their metric', () => {
  for (const {title, expr, legendFormat} of queries) {
    const known = new Set(['instance', ...namesIn(expr).flatMap((name) => labelsOf.get(name) ?? [])]);
    const selected = [...expr.matchAll(/([a-z_]+)="/g)].map(([, name = '']) => name);
    const shown = [...legendFormat.matchAll(/\{\{([a-z_]+)\}\}/g)].map(([, name = '']) => name);
    expect([title, [...selected, ...shown].filter((name) => !known.has(name))]).toEqual([title, []]);
  }
});

test('a metric is only of the chosen node', () => {
  for (const {expr} of queries)
    for (const [metric] of expr.matchAll(/gantry_[a-z_]+.{0,12}/g)) expect(metric).toContain('{instance="');
});

test('panels have numbers of their own, are within the grid, and do not overlap', () => {
  const {panels} = dashboard;
  expect(new Set(panels.map(({id}) => id)).size).toBe(panels.length);
  for (const {gridPos} of panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
  const cells = panels.flatMap(({gridPos: {x, y, w, h}}) =>
    Array.from({length: w * h}, (_, cell) => `${x + (cell % w)} ${y + Math.floor(cell / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
});

test('the series of a panel have different names', () => {
  for (const {title, targets} of dashboard.panels) {
    const legends = targets.map(({legendFormat}) => legendFormat);
    expect([title, new Set(legends).size]).toEqual([title, legends.length]);
    expect(new Set(targets.map(({refId}) => refId)).size).toBe(targets.length);
  }
});
