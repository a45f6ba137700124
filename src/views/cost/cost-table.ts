import type {CostView, WindowCostView} from '../../api/cost/cost-view.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import {absent, isAbsent, isPresent, mapReading, type Reading} from '../../samples/reading.ts';
import {compactText, countedText} from '../../shared/quantities/counts.ts';
import {durationText} from '../../shared/quantities/durations.ts';
import {dayOfMonth, dayText} from '../../shared/quantities/moments.ts';
import {
  microUsdText,
  shownUsdDifference,
  usdOfMicroUsd,
  usdPerHourText,
  usdPerMillionText,
  usdText,
} from '../../shared/quantities/money.ts';
import {percentText, wholePercentText} from '../../shared/quantities/ratios.ts';
import {textWidth} from '../../shared/text-width.ts';
import {MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE} from '../../shared/units.ts';
import {type TableCell, tableRows} from '../details/table.ts';
import {type Fact, factRow, joinParts, span, widthOf} from '../drawing/compose.ts';
import {shown} from '../format/shown.ts';
import {freshnessNote} from '../panels/freshness.ts';
import {hasPlot, historyPlot} from '../panels/history-plot.ts';
import {fittingNote, noDataYet, panelOf} from '../panels/panel-of.ts';
import type {PanelView, Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';
import {breakEvenRows, mixRow} from './break-even-rows.ts';
import {valuePlot} from './cost-panel.ts';
import {coveredText, idleText, unpricedRow, verdictRow} from './verdict.ts';

const TITLE = 'Node and API, for the same tokens';

/**
 * Whether an hour of the node is worth its price; what it cost and what the API would have in each window, in the month so far and
 * as it will end; and what it would take to break even. The plot is in the rows that this leaves.
 */
export function costTableView(input: ViewInput): PanelView {
  const {snapshot} = input.data;
  const head = {
    title: TITLE,
    titleNote: fittingNote(input, TITLE, bookNotes(snapshot), freshnessNote(input, 'metrics')),
  };
  return panelOf(input, head, snapshot === null ? [noDataYet] : rowsOf(snapshot, input));
}

/** Of which API the prices are, and that they are old. */
function bookNotes(snapshot: Snapshot | null): readonly string[] {
  const first = snapshot?.cost.priceBooks[0];
  if (first === undefined) return [''];
  const age = first.isStale ? ', older than 90 days' : '';
  return [`list prices of ${first.name}, ${first.asOf}${age}`, `${first.name}, ${first.asOf}`, first.asOf, ''];
}

function rowsOf({cost}: Snapshot, input: ViewInput): readonly Row[] {
  const lines = [
    ...unpricedRow(cost, input.columns),
    verdictRow(cost, input),
    unusedRow(cost, input),
    ...tableRows(cellsOf(cost, input), input),
    ...projectionRows(cost, input),
    ...breakEvenRows(cost, input),
    mixAndThinkingRow(cost, input),
  ];
  const left = input.rows - lines.length;
  return hasPlot(input, left) ? [...lines, ...historyPlot(input, valuePlot(cost), left).rows] : lines;
}

const headings = ['', 'node', 'API', 'saved', 'node/M', 'API/M', 'served', 'tokens'];

function cellsOf({windows, projection}: CostView, input: ViewInput): TableCell[][] {
  return [
    headings.map((text) => ({text})),
    rateCells('last 5 min', windows.fiveMinutes, 5 * MS_PER_MINUTE, input),
    rateCells('last hour', windows.hour, MS_PER_HOUR, input),
    amountCells('last 24 h', windows.day, MS_PER_DAY, input),
    amountCells('today', windows.today, null, input),
    amountCells(monthText(windows.month), windows.month, null, input),
    ...(isAbsent(projection)
      ? []
      : [
          [
            {text: 'month at its end'},
            {text: `~${microUsdText(projection.nodeMicroUsd)}`},
            {text: `~${microUsdText(projection.api.mid)}`},
            savedCell(usdOfMicroUsd(projection.saved.mid), usdText, '~'),
          ],
        ]),
  ];
}

/** Amounts per hour: of windows that are compared by what an hour is worth. */
function rateCells(name: string, window: Reading<WindowCostView>, lengthMs: number, input: ViewInput): TableCell[] {
  if (isAbsent(window)) return absentCells(name, input);
  const [first] = window.apis;
  const node = mapReading(window.nodeMicroUsdPerHour, usdOfMicroUsd);
  const api = first === undefined ? absent('no price book') : usdOfMicroUsd(first.microUsdPerHour);
  const covered = window.coveredMs > lengthMs - MS_PER_MINUTE ? '' : ` (${coveredText(window.coveredMs, lengthMs)})`;
  return [{text: `${name}${covered}`}, ...moneyCells(node, api, usdPerHourText, window, input)];
}

/** Amounts of the whole window; `lengthMs` is null for one that has not ended. */
function amountCells(
  name: string,
  window: Reading<WindowCostView>,
  lengthMs: number | null,
  input: ViewInput,
): TableCell[] {
  if (isAbsent(window)) return absentCells(name, input);
  const [first] = window.apis;
  const node = mapReading(window.nodeMicroUsd, usdOfMicroUsd);
  const api = first === undefined ? absent('no price book') : usdOfMicroUsd(first.microUsd);
  const isPart = lengthMs !== null && window.coveredMs <= lengthMs - MS_PER_HOUR / 2;
  const covered = isPart ? ` (${coveredText(window.coveredMs, lengthMs)})` : '';
  return [{text: `${name}${covered}`}, ...moneyCells(node, api, usdText, window, input)];
}

function moneyCells(
  node: Reading<number>,
  api: Reading<number>,
  format: (usd: number) => string,
  window: WindowCostView,
  {glyphs}: ViewInput,
): TableCell[] {
  const perMillion = (microUsd: number): string => usdPerMillionText(usdOfMicroUsd(microUsd));
  const [first] = window.apis;
  const mark = first?.isEstimate === true ? '~' : '';
  const saved = isPresent(node) && isPresent(api) ? shownUsdDifference(api, node) : null;
  const {input, cached, output} = window.tokens;
  return [
    {text: shown(node, glyphs, format)},
    {text: shown(api, glyphs, (usd) => `${mark}${format(usd)}`)},
    saved === null ? {text: glyphs.dash} : savedCell(saved, format, mark),
    {text: shown(window.nodeMicroUsdPerMillionTokens, glyphs, perMillion)},
    {text: first === undefined ? glyphs.dash : shown(first.microUsdPerMillionTokens, glyphs, perMillion)},
    {text: shown(window.utilizationRatio, glyphs, wholePercentText)},
    {text: compactText(input + cached + output)},
  ];
}

function savedCell(usd: number, format: (usd: number) => string, mark: string): TableCell {
  return {text: `${mark}${format(usd)}`, tone: usd < 0 ? 'warning' : 'ok'};
}

/** The verdict above has the reason. */
function absentCells(name: string, {glyphs}: ViewInput): TableCell[] {
  return [{text: name}, {text: glyphs.dash}, {text: glyphs.dash}, {text: glyphs.dash}];
}

/** Between what the end of the month is likely to be: by the worst and the best day so far. */
function projectionRows({projection}: CostView, input: ViewInput): readonly Row[] {
  if (isAbsent(projection))
    return [[span('month at its end ', 'dim'), span(`${input.glyphs.dash} ${projection.absent}`, 'dim')]];
  const {api, saved, completeDays} = projection;
  const ends = (range: {readonly low: number; readonly high: number}): string =>
    `${microUsdText(range.low)} to ${microUsdText(range.high)}`;
  const range = `API ${ends(api)}, saved ${ends(saved)}`;
  const whole = `by the worst and the best of ${countedText(completeDays, 'complete day')}: ${range}`;
  return [[span(textWidth(whole) <= input.columns ? whole : range, 'dim')]];
}

/** What the time costs in which nobody is served: now, today and in the month. */
function unusedRow({windows, idle}: CostView, {nowMs, columns, glyphs}: ViewInput): Row {
  const now: Fact[] =
    idle === null ? [] : [{label: '', value: idleText(idle, nowMs, glyphs.dash), tone: 'warning', importance: 2}];
  const of = (label: string, window: CostView['windows']['today'], importance: number): Fact[] => {
    if (isAbsent(window)) return [];
    const {idle: idleMs, starting, down} = window.timeMs;
    const text = `${durationText(idleMs + starting + down).replace(/ \d\ds$/, '')}, ${shown(window.unusedMicroUsd, glyphs, microUsdText)}`;
    return [{label, value: text, tone: 'normal', importance}];
  };
  const facts = [...now, ...of('not serving today', windows.today, 1), ...of('this month', windows.month, 0)];
  return facts.length === 0 ? [span(`not serving ${glyphs.dash}`, 'dim')] : factRow(facts, columns, glyphs);
}

/** `month, from 11-13` where the ledger begins later than the month. */
function monthText(month: Reading<WindowCostView>): string {
  const isWhole = isAbsent(month) || dayOfMonth(month.sinceMs) === 1;
  return isWhole ? 'month to date' : `month, from ${dayText(month.sinceMs).slice('2026-'.length)}`;
}

function mixAndThinkingRow(cost: CostView, input: ViewInput): Row {
  const mix = mixRow(cost, input);
  const thinking = thinkingRow(cost, input);
  // The reason stands next to its dash where there is room for it.
  const reason: Row = isAbsent(cost.thinkingRatio) ? [span(` ${cost.thinkingRatio.absent}`, 'dim')] : [];
  const whole = [...mix, span('  '), ...thinking, ...reason];
  if (widthOf(whole) <= input.columns) return whole;
  const parts = [
    {row: mix, importance: 2},
    {row: thinking, importance: 1},
  ];
  return joinParts(parts, input.columns, input.glyphs);
}

/** Thinking is billed like an answer; only where it is measured is it known how much of the money it takes. */
function thinkingRow({thinkingRatio}: CostView, {glyphs}: ViewInput): Row {
  return [
    span(`${glyphs.middleDot} thinking `, 'dim'),
    span(
      shown(thinkingRatio, glyphs, (ratio) => `~${percentText(ratio)} of the API's price`),
      'strong',
    ),
  ];
}
