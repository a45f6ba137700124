import type {Snapshot} from '../../api/snapshot.ts';
import {absent, combineReadings, isAbsent, isPresent} from '../../samples/reading.ts';
import {durationText} from '../../shared/quantities/durations.ts';
import {shownUsdDifference, usdPerHourText, usdPerMillionText, usdText} from '../../shared/quantities/money.ts';
import {tokensPerSecondText} from '../../shared/quantities/rates.ts';
import {percentText, shareTexts} from '../../shared/quantities/ratios.ts';
import {textWidth} from '../../shared/text-width.ts';
import {meter} from '../drawing/bars.ts';
import {type Fact, factRow, padText, span} from '../drawing/compose.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import {shown} from '../format/shown.ts';
import {spanText} from '../format/times.ts';
import type {PanelView, Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';
import {freshnessNote} from './freshness.ts';
import {type HistoryPlot, hasPlot, historyPlot} from './history-plot.ts';
import {fittingNote, noDataYet, panelOf} from './panel-of.ts';

const MAX_METER_COLUMNS = 24;
const MIN_METER_COLUMNS = 4;
const TITLE = 'Cost vs. API';

/** The node's cost compared with the metered API's price for the same traffic. */
export function costView(input: ViewInput): PanelView {
  const {snapshot} = input.data;
  const fresh = freshnessNote(input, 'metrics');
  const head = {title: TITLE, titleNote: fittingNote(input, TITLE, [windowNote(input, TITLE)], fresh)};
  return panelOf(input, head, snapshot === null ? [noDataYet] : costRows(snapshot, input));
}

/** List prices for the node's own traffic, not an actual bill; averaged over the window. */
export function windowNote(input: ViewInput, title: string): string {
  const cost = input.data.snapshot?.cost;
  if (cost === undefined || isAbsent(cost.tokensPerSecond)) return 'list prices';
  const window = spanText(cost.windowMs);
  return fittingNote(input, title, [
    `average of ${window}, list prices`,
    `${window} avg, list prices`,
    `${window} avg`,
  ]);
}

function costRows(snapshot: Snapshot, input: ViewInput): Row[] {
  const lines = factRows(snapshot, input);
  const left = input.rows - lines.length;
  return hasPlot(input, left) ? [...lines, ...historyPlot(input, valuePlot(snapshot), left).rows] : lines;
}

/** What the traffic would cost at the API: above the line of the node's cost, the node pays off. */
export function valuePlot(snapshot: Snapshot | null): HistoryPlot {
  const nodeUsdPerHour = snapshot?.cost.nodeUsdPerHour ?? absent('not read yet');
  return {
    series: [{of: 'apiUsdPerHour', name: 'API', tone: 'firstSeries'}],
    unit: 'usdPerHour',
    limits: isPresent(nodeUsdPerHour) ? [{name: 'node', value: nodeUsdPerHour, tone: 'limit'}] : [],
  };
}

function factRows(snapshot: Snapshot, input: ViewInput): Row[] {
  const {columns, glyphs} = input;
  const {cost} = snapshot;
  const common = [perMillionRow(cost, input), ...mixRows(cost, input), sinceRow(snapshot, input), bookRow(cost)];
  if (isPresent(cost.nodeUsdPerHour)) return [verdictRow(cost, input), ...breakEvenRows(cost, input), ...common];
  return [
    [span(`set cost.nodeUsdPerHour${columns < 48 ? '' : ' in the configuration'}`, 'warning')],
    factRow(
      [
        {label: 'node', value: glyphs.dash},
        {label: 'API would be', value: shown(cost.apiUsdPerHour, glyphs, usdPerHourText)},
      ],
      columns,
      glyphs,
    ),
    ...common,
  ];
}

/** Whether the node is currently cheaper; then both costs. */
function verdictRow({nodeUsdPerHour, apiUsdPerHour}: Snapshot['cost'], {columns, glyphs}: ViewInput): Row {
  const savings = combineReadings(apiUsdPerHour, nodeUsdPerHour, shownUsdDifference);
  const verdict: Fact = isAbsent(savings)
    ? {label: 'saves', value: glyphs.dash}
    : {
        label: savings < 0 ? 'loses' : 'saves',
        value: usdPerHourText(Math.abs(savings)),
        tone: savings < 0 ? 'warning' : 'ok',
      };
  return factRow(
    [
      verdict,
      {label: 'node', value: shown(nodeUsdPerHour, glyphs, usdPerHourText)},
      {label: 'API', value: shown(apiUsdPerHour, glyphs, usdPerHourText)},
    ],
    columns,
    glyphs,
  );
}

/** A dash with the reason, whole: without its article, or in several rows, where it would be cut off. */
function reasonRows(label: string, reason: string, {columns, rows, glyphs}: ViewInput): Row[] {
  const forms = [reason, reason.replace(/^the /, '')].map((form) => `${label} ${glyphs.dash} ${form}`);
  const fitting = forms.find((form) => textWidth(form) <= columns);
  // The row above is the node's price, or that it is not set.
  return fitting === undefined
    ? wrapText(forms[0] ?? '', 'dim', columns, Math.max(1, rows - 1), glyphs)
    : [[span(fitting, 'dim')]];
}

/** The traffic at which both cost the same, and how much of it is reached. */
export function breakEvenRows(
  {breakEvenTokensPerSecond: breakEven, tokensPerSecond}: Snapshot['cost'],
  input: ViewInput,
): Row[] {
  if (isAbsent(breakEven)) return reasonRows('break-even', breakEven.absent, input);
  const {columns, glyphs} = input;
  const label: Row = [span('break-even ', 'dim'), span(tokensPerSecondText(breakEven), 'strong')];
  if (isAbsent(tokensPerSecond)) return [label];
  // A free node breaks even at any traffic.
  const reached = breakEven > 0 ? tokensPerSecond / breakEven : 1;
  const text = padText(percentText(reached), 6, 'left');
  const used = label.reduce((width, part) => width + part.text.length, 1) + text.length + 1;
  const room = Math.min(MAX_METER_COLUMNS, columns - used);
  return [
    [
      ...label,
      ...(room < MIN_METER_COLUMNS
        ? []
        : [span(' '), ...meter(reached, room, reached >= 1 ? 'ok' : 'warning', glyphs)]),
      span(` ${text}`, 'strong'),
      ...(columns - used - room >= 8 ? [span(' reached', 'dim')] : []),
    ],
  ];
}

function perMillionRow(cost: Snapshot['cost'], {columns, glyphs}: ViewInput): Row {
  return factRow(
    [
      {label: 'tokens: node', value: shown(cost.nodeUsdPerMillionTokens, glyphs, usdPerMillionText)},
      {label: 'API', value: shown(cost.apiUsdPerMillionTokens, glyphs, usdPerMillionText)},
    ],
    columns,
    glyphs,
  );
}

/** Where the break-even row gives the reason, it is not repeated. */
function mixRows({mix, nodeUsdPerHour}: Snapshot['cost'], input: ViewInput): Row[] {
  const {columns, glyphs} = input;
  if (isAbsent(mix))
    return isPresent(nodeUsdPerHour) ? [[span(`mix ${glyphs.dash}`, 'dim')]] : reasonRows('mix', mix.absent, input);
  const shares = shareTexts([mix.inputRatio, mix.cachedInputRatio, mix.outputRatio]);
  const labels = ['mix: new', 'cached', 'out'];
  return [
    factRow(
      shares.map((value, index) => ({label: labels[index] ?? '', value})),
      columns,
      glyphs,
    ),
  ];
}

/** The time is that of the snapshot, as its dollars are. A ledger that is younger than the run says so. */
export function sinceRow(
  {cost: {sinceStart}, engine: {startedAtMs}, takenAtMs}: Snapshot,
  {columns, glyphs}: ViewInput,
): Row {
  const {sinceMs, nodeUsd, apiUsd} = sinceStart;
  if (sinceMs === null) return factRow([{label: 'this run', value: glyphs.dash}], columns, glyphs);
  const counted = startedAtMs !== null && sinceMs > startedAtMs ? 'counted for' : 'run of';
  const difference: Fact[] =
    isPresent(nodeUsd) && isPresent(apiUsd)
      ? [
          {
            label: apiUsd < nodeUsd ? 'lost' : 'saved',
            value: usdText(Math.abs(shownUsdDifference(apiUsd, nodeUsd))),
            tone: apiUsd < nodeUsd ? 'warning' : 'ok',
            importance: 1,
          },
        ]
      : [];
  return factRow(
    [
      {
        label: `${counted} ${durationText(takenAtMs - sinceMs)}: node`,
        value: shown(nodeUsd, glyphs, usdText),
        importance: 3,
      },
      {label: 'API', value: shown(apiUsd, glyphs, usdText), importance: 2},
      ...difference,
    ],
    columns,
    glyphs,
  );
}

function bookRow({priceBook}: Snapshot['cost']): Row {
  return [span(`prices: ${priceBook.name}, ${priceBook.asOf}`, 'dim')];
}
