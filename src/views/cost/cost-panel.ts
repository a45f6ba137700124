import type {CostView} from '../../api/cost/cost-view.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import {absent, isAbsent, isPresent, mapReading} from '../../samples/reading.ts';
import {usdOfMicroUsd, usdPerMillionText} from '../../shared/quantities/money.ts';
import {wholePercentText} from '../../shared/quantities/ratios.ts';
import {factRow, span} from '../drawing/compose.ts';
import {shown} from '../format/shown.ts';
import {freshnessNote} from '../panels/freshness.ts';
import {type HistoryPlot, hasPlot, historyPlot} from '../panels/history-plot.ts';
import {fittingNote, noDataYet, panelOf} from '../panels/panel-of.ts';
import type {PanelView, Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';
import {breakEvenRows, mixRow} from './break-even-rows.ts';
import {idleRow, totalsRow, unpricedRow, verdictOf, verdictRow} from './verdict.ts';

const TITLE = 'Worth it?';

/** Whether the node is worth its price: an hour of it against the API, then today, the month and what it would take. */
export function costView(input: ViewInput): PanelView {
  const {snapshot} = input.data;
  const head = {
    title: TITLE,
    titleNote: fittingNote(input, TITLE, verdictNotes(snapshot), freshnessNote(input, 'metrics')),
  };
  return panelOf(input, head, snapshot === null ? [noDataYet] : costRows(snapshot, input));
}

/** List prices for the node's own traffic, not an actual bill; and the time that the verdict is from. */
export function verdictNotes(snapshot: Snapshot | null): readonly string[] {
  const verdict = snapshot === null ? absent('not read yet') : verdictOf(snapshot.cost);
  if (isAbsent(verdict)) return ['list prices'];
  return [`last ${verdict.windowText}, list prices`, `last ${verdict.windowText}`];
}

function costRows({cost}: Snapshot, input: ViewInput): readonly Row[] {
  const lines = [
    ...unpricedRow(cost, input.columns),
    verdictRow(cost, input),
    ...idleRow(cost, input),
    ...breakEvenRows(cost, input),
    totalsRow('today', cost.windows.today, input),
    perMillionRow(cost, input),
    mixRow(cost, input),
    totalsRow('month', cost.windows.month, input),
    bookRow(cost),
  ];
  const left = input.rows - lines.length;
  return hasPlot(input, left) ? [...lines, ...historyPlot(input, valuePlot(cost), left).rows] : lines;
}

/** What an hour would cost at the API, over five minutes each: above the line of the node, it pays off. */
export function valuePlot(cost: CostView | null): HistoryPlot {
  const nodeUsdPerHour = cost?.nodeUsdPerHour ?? absent('not read yet');
  return {
    series: [{of: 'apiUsdPerHour', name: 'API', tone: 'firstSeries'}],
    unit: 'usdPerHour',
    limits: isPresent(nodeUsdPerHour) ? [{name: 'node', value: nodeUsdPerHour, tone: 'limit'}] : [],
  };
}

/** Dollars per million tokens, and how much of the paid time the node served, over the last hour. */
function perMillionRow({windows: {hour}}: CostView, {columns, glyphs}: ViewInput): Row {
  if (isAbsent(hour)) return factRow([{label: 'tokens: node', value: glyphs.dash}], columns, glyphs);
  const usd = (microUsd: number): string => usdPerMillionText(usdOfMicroUsd(microUsd));
  const api = hour.apis[0]?.microUsdPerMillionTokens ?? absent('no price book');
  return factRow(
    [
      {label: 'tokens: node', value: shown(hour.nodeMicroUsdPerMillionTokens, glyphs, usd)},
      {label: 'API', value: shown(api, glyphs, usd)},
      {label: 'served', value: shown(mapReading(hour.utilizationRatio, wholePercentText), glyphs, (text) => text)},
    ],
    columns,
    glyphs,
  );
}

function bookRow({priceBooks: [first]}: CostView): Row {
  if (first === undefined) return [];
  const text = `prices: ${first.name}, ${first.asOf}`;
  return first.isStale ? [span(`${text}, older than 90 days`, 'warning')] : [span(text, 'dim')];
}
