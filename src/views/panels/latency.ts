import type {LatencyView, Snapshot} from '../../api/snapshot.ts';
import type {Quantile} from '../../domain/traffic/quantile.ts';
import {isAbsent, mapReading, type Reading} from '../../samples/reading.ts';
import {latencyText} from '../../shared/quantities/durations.ts';
import {type Fact, factRow, padText, span} from '../drawing/compose.ts';
import {latencyQuantileText} from '../format/quantiles.ts';
import {shown} from '../format/shown.ts';
import {windowText} from '../format/times.ts';
import type {PanelView, Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';
import {freshnessNote} from './freshness.ts';
import {noDataYet, panelOf} from './panel-of.ts';

const LABEL_COLUMNS = 12;
const CELL_COLUMNS = 9;
/** Content for a panel of two rows. */
const SHORT_LINES = 4;

type Column = {readonly name: string; readonly read: (view: LatencyView) => Reading<string>};

/** Columns in order of importance. */
const columnsByWorth: readonly Column[] = [
  {name: 'p50', read: (view) => mapReading(view.p50Ms, latencyQuantileText)},
  {name: 'p99', read: (view) => mapReading(view.p99Ms, latencyQuantileText)},
  {name: 'p90', read: (view) => mapReading(view.p90Ms, latencyQuantileText)},
  {name: 'mean', read: (view) => mapReading(view.meanMs, latencyText)},
];
const columnOrder = ['p50', 'p90', 'p99', 'mean'];

/** Time to first token, between tokens, end to end and in the queue, over the last minute. */
export function latencyView(input: ViewInput): PanelView {
  const {snapshot} = input.data;
  const fresh = freshnessNote(input, 'metrics');
  const window = snapshot === null ? '' : windowText(snapshot.latency.windowMs);
  const head = {title: 'Latency', titleNote: fresh === '' ? window : fresh};
  return panelOf(input, head, snapshot === null ? [noDataYet] : latencyRows(snapshot.latency, input));
}

function latencyRows(latency: Snapshot['latency'], input: ViewInput): Row[] {
  const {columns, rows, glyphs} = input;
  const lines: readonly (readonly [label: string, view: LatencyView])[] = [
    ['first token', latency.timeToFirstToken],
    ['inter-token', latency.interToken],
    ['end to end', latency.endToEnd],
    ['queue', latency.queue],
    ['prefill', latency.prefill],
    ['decode', latency.decode],
  ];
  const count = Math.floor((columns - LABEL_COLUMNS) / CELL_COLUMNS);
  if (rows < 3 || count < 1) {
    // Without a header line every value has a label.
    const short = lines.slice(0, SHORT_LINES);
    const facts = (name: string, read: (view: LatencyView) => Reading<Quantile>): Fact[] =>
      short.map(([label, view], index) => ({
        label: index === 0 || count < 1 ? `${name} ${label}` : label,
        value: shown(read(view), glyphs, latencyQuantileText),
      }));
    const p50 = facts('p50', (view) => view.p50Ms);
    const p99 = facts('p99', (view) => view.p99Ms);
    if (count >= 1) return [factRow(p50, columns, glyphs), factRow(p99, columns, glyphs)];
    return p50.map((fact) => factRow([fact], columns, glyphs));
  }
  const kept = new Set(columnsByWorth.slice(0, count).map(({name}) => name));
  const shownColumns = columnOrder.flatMap((name) =>
    columnsByWorth.filter((column) => column.name === name && kept.has(name)),
  );
  const header: Row = [
    span(padText('', LABEL_COLUMNS), 'dim'),
    ...shownColumns.map(({name}) => span(padText(name, CELL_COLUMNS, 'left'), 'dim')),
  ];
  const table = lines.map(
    ([label, view]): Row => [
      span(padText(label, LABEL_COLUMNS), 'dim'),
      ...shownColumns.map(({read}, index) =>
        span(padText(shown(read(view), glyphs, String), CELL_COLUMNS, 'left'), index === 0 ? 'strong' : 'normal'),
      ),
    ],
  );
  const reason = reasonRow(latency);
  return [header, ...table.slice(0, rows - 1 - reason.length), ...reason];
}

/** The common reason for absent values, shown once. */
function reasonRow({timeToFirstToken}: Snapshot['latency']): Row[] {
  const {p50Ms} = timeToFirstToken;
  return isAbsent(p50Ms) ? [[span(p50Ms.absent, 'dim')]] : [];
}
