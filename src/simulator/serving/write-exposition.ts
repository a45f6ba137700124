import type {Histogram} from '../traffic/histogram.ts';

/** Labels of one series. */
export type Labels = Readonly<Record<string, string>>;
type Series = {
  readonly labels: Labels;
  readonly value: number;
  /** When this counter was created, if another time than that of its family. */
  readonly created?: number;
};

/** A metric family to print. `created` (epoch seconds) adds the `_created` series of prometheus_client. */
export type Family =
  | {readonly type: 'gauge'; readonly name: string; readonly help: string; readonly series: readonly Series[]}
  | {
      readonly type: 'counter';
      /** Without `_total`. */
      readonly name: string;
      readonly help: string;
      readonly series: readonly Series[];
      /** Null for the process's own counters, which have no such series. */
      readonly created: number | null;
    }
  | {
      readonly type: 'histogram';
      readonly name: string;
      readonly help: string;
      readonly series: readonly {readonly labels: Labels; readonly histogram: Histogram}[];
      /** Null if several processes write. */
      readonly created: number | null;
    };

/** The Prometheus text format as a single prometheus_client process prints it: labels in order of their names. */
export function writeExposition(families: readonly Family[]): string {
  return `${families.flatMap(familyLines).join('\n')}\n`;
}

function familyLines(family: Family): readonly string[] {
  switch (family.type) {
    case 'gauge':
      return [
        ...headLines(family.name, family.help, 'gauge'),
        ...family.series.map((series) => seriesLine(family.name, series)),
      ];
    case 'counter':
      return [
        ...headLines(`${family.name}_total`, family.help, 'counter'),
        ...family.series.map((series) => seriesLine(`${family.name}_total`, series)),
        ...createdLines(family),
      ];
    case 'histogram':
      return [
        ...headLines(family.name, family.help, 'histogram'),
        ...family.series.flatMap(({labels, histogram}) => histogramLines(family.name, labels, histogram)),
        ...createdLines(family),
      ];
  }
}

function headLines(name: string, help: string, type: string): readonly string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function createdLines(family: Exclude<Family, {type: 'gauge'}>): readonly string[] {
  const {created} = family;
  if (created === null) return [];
  const name = `${family.name}_created`;
  return [
    ...headLines(name, family.help, 'gauge'),
    ...family.series.map((series) => {
      const own = 'created' in series ? series.created : undefined;
      return seriesLine(name, {labels: series.labels, value: own ?? created});
    }),
  ];
}

function histogramLines(name: string, labels: Labels, histogram: Histogram): readonly string[] {
  const counts = histogram.cumulativeCounts();
  const buckets = histogram.bounds.map((bound, at) =>
    seriesLine(`${name}_bucket`, {labels: {...labels, le: sampleText(bound)}, value: counts[at] ?? 0}),
  );
  return [
    ...buckets,
    seriesLine(`${name}_bucket`, {labels: {...labels, le: '+Inf'}, value: histogram.count}),
    seriesLine(`${name}_count`, {labels, value: histogram.count}),
    seriesLine(`${name}_sum`, {labels, value: histogram.sum}),
  ];
}

function seriesLine(name: string, {labels, value}: Series): string {
  const pairs = Object.entries(labels)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, text]) => `${key}="${escapeLabel(text)}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${sampleText(value)}`;
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}

/** A number as prometheus_client prints it: Python's repr, with Go's early exponent from a million on. */
export function sampleText(value: number): string {
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  if (Number.isNaN(value)) return 'NaN';
  const text = String(value);
  const plain = /[.e]/.test(text) ? text : `${text}.0`;
  const point = plain.indexOf('.');
  if (value <= 0 || point <= 6 || plain.includes('e')) return plain;
  const mantissa = withoutTrailing(`${plain[0]}.${plain.slice(1, point)}${plain.slice(point + 1)}`);
  return `${mantissa}e+0${point - 1}`;
}

/** A decimal number without the zeros at its end, and without a point that nothing follows. */
function withoutTrailing(decimal: string): string {
  let end = decimal.length;
  while (end > 0 && (decimal[end - 1] === '0' || decimal[end - 1] === '.')) end -= 1;
  return decimal.slice(0, end);
}
