import type {LatencyView, Snapshot} from '../../api/snapshot.ts';
import {isAbsent, type Reading} from '../../samples/reading.ts';
import {durationText, latencyText} from '../../shared/quantities/durations.ts';
import {factRow, padText, span} from '../drawing/compose.ts';
import {shown} from '../format/shown.ts';
import type {PanelView, Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';
import {freshnessNote} from './freshness.ts';
import {noDataYet, panelOf} from './panel-of.ts';

const LABEL_COLUMNS = 12;
const CELL_COLUMNS = 9;
/** Content for a panel of two rows. */
const SHORT_LINES = 4;

type Column = {readonly name: string; readonly read: (view: LatencyView) => Reading<number>};

/** Columns in order of importance. */
const columnsByWorth: readonly Column[] = [
  {name: 'p50', read: (view) => view.p50Ms},
  {name: 'p99', read: (view) => view.p99Ms},
  {name: 'p90', read: (view) => view.p90Ms},
  {name: 'mean', read: (view) => view.meanMs},
];
const columnOrder = ['p50', 'p90', 'p99', 'mean'];

/** Time to first token, between tokens, end to end and in the queue, over the rate window. */
export function latencyView(input: ViewInput): PanelView {
  const {snapshot} = input.data;
  const fresh = freshnessNote(input, 'metrics');
  const window = snapshot === null ? '' : `last ${durationText(snapshot.latency.windowMs)}`;
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
    const p50 = short.map(([label, {p50Ms}]) => ({label, value: shown(p50Ms, glyphs, latencyText)}));
    const p99 = short.map(([label, {p99Ms}]) => ({label: `p99 ${label}`, value: shown(p99Ms, glyphs, latencyText)}));
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
        span(padText(shown(read(view), glyphs, latencyText), CELL_COLUMNS, 'left'), index === 0 ? 'strong' : 'normal'),
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
