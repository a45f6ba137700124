import type {LatencyView} from '../../api/snapshot.ts';
import {fit, padText, span} from '../compose.ts';
import {latencyText, shown} from '../format/numbers.ts';
import {freshnessNote} from '../freshness.ts';
import type {PanelView, Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';

const LABEL_COLUMNS = 12;
const CELL_COLUMNS = 9;

/** Time to first token, between tokens, end to end and in the queue, over the last minute. */
export function latencyView(input: ViewInput): PanelView {
  const {data, columns, rows, glyphs} = input;
  const latency = data.snapshot?.latency;
  const note = freshnessNote(input, 'metrics');
  const base = {title: 'Latency', titleNote: note === '' ? 'last minute' : note, tone: 'normal'} as const;
  if (latency === undefined) return {...base, rows: fit([[span('no data yet', 'dim')]], columns, rows, glyphs)};
  const header: Row = [
    span(padText('', LABEL_COLUMNS), 'dim'),
    ...['p50', 'p90', 'p99', 'mean'].map((name) => span(padText(name, CELL_COLUMNS, 'left'), 'dim')),
  ];
  const line = (label: string, view: LatencyView): Row => [
    span(padText(label, LABEL_COLUMNS), 'dim'),
    ...[view.p50Ms, view.p90Ms, view.p99Ms, view.meanMs].map((reading, index) =>
      span(padText(shown(reading, glyphs, latencyText), CELL_COLUMNS, 'left'), index === 0 ? 'strong' : 'normal'),
    ),
  ];
  const lines: Row[] = [
    line('first token', latency.timeToFirstToken),
    line('inter-token', latency.interToken),
    line('end to end', latency.endToEnd),
    line('queue', latency.queue),
  ];
  return {...base, rows: fit(rows > 4 ? [header, ...lines] : lines, columns, rows, glyphs)};
}
