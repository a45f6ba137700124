import {isAbsent, type Reading} from '../../../samples/reading.ts';

export type Labels = Readonly<Record<string, string>>;
/** One sample of a metric; null and absent ones are left out. */
export type Point = {readonly labels?: Labels; readonly value: Reading<number> | null};

/** One metric of Gantry's own page, and how it is read from what the page is about. */
export type Metric<Source> = {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  /** Names of the labels, besides those of all series. */
  readonly labels: readonly string[];
  readonly read: (source: Source) => readonly Point[];
};

type Read<Source> = (source: Source) => readonly Point[];

/** A value that rises and falls. */
export function gauge<Source>(
  name: string,
  help: string,
  labels: readonly string[],
  read: Read<Source>,
): Metric<Source> {
  return {name, type: 'gauge', help, labels, read};
}

/** A value that never falls while what it is about lasts. */
export function counter<Source>(
  name: string,
  help: string,
  labels: readonly string[],
  read: Read<Source>,
): Metric<Source> {
  return {name, type: 'counter', help, labels, read};
}

/** A gauge of one value, without labels. */
export function single<Source>(
  name: string,
  help: string,
  read: (source: Source) => Reading<number> | null,
): Metric<Source> {
  return gauge(name, help, [], (source) => [{value: read(source)}]);
}

/** The metric with its values in Prometheus text format 0.0.4; empty without one. Every series has the `common` labels. */
export function metricText<Source>({name, type, help, read}: Metric<Source>, source: Source, common: Labels): string {
  const lines = read(source).flatMap(({labels, value}) =>
    value === null || isAbsent(value) ? [] : [`${name}${labelsText({...labels, ...common})} ${numberText(value)}\n`],
  );
  return lines.length === 0 ? '' : `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function numberText(value: number): string {
  return value === Number.POSITIVE_INFINITY ? '+Inf' : String(value);
}

function labelsText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return `{${pairs.join(',')}}`;
}

/** Escapes as the exposition format asks: backslash, quote, line feed. */
function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
