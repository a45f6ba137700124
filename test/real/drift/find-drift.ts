import {findEngine} from '../../../src/engines/registry.ts';
import type {EngineRecord} from '../engine-record.ts';
import {shapesOf} from './line-shapes.ts';
import {metricTypes} from './metric-types.ts';

/** One difference between an engine and its simulator; a dash where one of them has nothing. */
export type Difference = {
  readonly kind: 'line' | 'metric' | 'exit status';
  readonly real: string;
  readonly simulated: string;
};

const NONE = '-';

/**
 * Everything in which the simulator differs from the engine, as far as Gantry reads it: lines that mean something to it, metrics by
 * name and type, and exit statuses. A metric of the engine that Gantry does not read need not be simulated.
 */
export function findDrift(engineName: string, real: EngineRecord, simulated: EngineRecord): readonly Difference[] {
  return [
    ...lineDrift(shapesOf(engineName, real.logs), shapesOf(engineName, simulated.logs)),
    ...metricDrift(engineName, metricTypes(real.page), metricTypes(simulated.page)),
    ...exitDrift(real, simulated),
  ].toSorted((one, other) => keyOf(one).localeCompare(keyOf(other), 'en'));
}

/** What identifies a difference. */
function keyOf({kind, real, simulated}: Difference): string {
  return `${kind} | ${real} | ${simulated}`;
}

function lineDrift(real: ReadonlySet<string>, simulated: ReadonlySet<string>): Difference[] {
  return [
    ...[...real].filter((shape) => !simulated.has(shape)).map((shape) => only('line', shape, NONE)),
    ...[...simulated].filter((shape) => !real.has(shape)).map((shape) => only('line', NONE, shape)),
  ];
}

function metricDrift(
  engineName: string,
  real: ReadonlyMap<string, string>,
  simulated: ReadonlyMap<string, string>,
): Difference[] {
  const isRead = (name: string): boolean =>
    ['', '_total', '_sum', '_count', '_bucket'].some((end) => findEngine(engineName)?.readsSeries(`${name}${end}`));
  const described = (types: ReadonlyMap<string, string>, name: string): string =>
    types.has(name) ? `${name} ${types.get(name)}` : NONE;
  const names = new Set([...simulated.keys(), ...[...real.keys()].filter(isRead)]);
  return [...names]
    .map((name) => only('metric', described(real, name), described(simulated, name)))
    .filter((one) => one.real !== one.simulated);
}

function exitDrift(real: EngineRecord, simulated: EngineRecord): Difference[] {
  const names = [...new Set([...Object.keys(real.exits), ...Object.keys(simulated.exits)])];
  const all = {real: new Map(Object.entries(real.exits)), simulated: new Map(Object.entries(simulated.exits))};
  const described = (statuses: ReadonlyMap<string, number | null | undefined>, name: string): string =>
    statuses.has(name) ? `${name}: ${statuses.get(name) ?? 'unknown'}` : NONE;
  return names
    .map((name) => only('exit status', described(all.real, name), described(all.simulated, name)))
    .filter((one) => one.real !== one.simulated);
}

function only(kind: Difference['kind'], real: string, simulated: string): Difference {
  return {kind, real, simulated};
}
