import {readFileSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {z} from 'zod';
import {snapshotSchema} from '../../src/api/snapshot.ts';
import {repositoryRoot} from './source-tree.ts';

const text = readFileSync(path.join(repositoryRoot, 'docs', 'engines.md'), 'utf8');
const [, section = ''] = text.split("## The panels of the engines' own dashboards");
const [table = ''] = section.split('\n## ');
const panels = table
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| dashboard'))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, dashboard = '', panel = '', place = '']) => ({dashboard, panel, place}));

/** True where the schema has a value at `a.b`, whatever else it may be. */
function isInSnapshot(place: string): boolean {
  const schema = z.toJSONSchema(snapshotSchema, {unrepresentable: 'any'});
  let node: unknown = schema;
  for (const name of place.split('.')) {
    const parsed = z.object({properties: z.record(z.string(), z.unknown())}).safeParse(node);
    if (!parsed.success || !(name in parsed.data.properties)) return false;
    node = parsed.data.properties[name];
  }
  return true;
}

test('every panel of the engines\u2019 dashboards has a counterpart', () => {
  expect(panels.length).toBeGreaterThanOrEqual(20);
  expect(panels.filter(({dashboard}) => dashboard === 'vLLM').length).toBe(12);
  expect(panels.filter(({dashboard}) => dashboard === 'SGLang').length).toBe(6);
});

test.each(panels)('$dashboard, $panel: $place', ({place}) => {
  const places = [...place.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
  expect(places.length).toBeGreaterThan(0);
  for (const name of places) expect(isInSnapshot(name), name).toBe(true);
});

test('a place that does not exist is detected', () => {
  expect(isInSnapshot('latency.nothing')).toBe(false);
});
