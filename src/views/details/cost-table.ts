import type {Snapshot} from '../../api/snapshot.ts';
import {type BilledPart, billedParts} from '../../domain/cost/billed-parts.ts';
import {HOURS_PER_MONTH} from '../../domain/cost/break-even.ts';
import {HOURS_PER_DAY} from '../../domain/cost/node-cost.ts';
import {isServingState} from '../../domain/lifecycle/phases.ts';
import {isAbsent, isPresent, mapReading, type Reading} from '../../samples/reading.ts';
import {shownUsdDifference, usdPerHourText, usdPerMillionText, usdText} from '../../shared/quantities/money.ts';
import {tokensPerSecondText} from '../../shared/quantities/rates.ts';
import {shareTexts} from '../../shared/quantities/ratios.ts';
import {shown} from '../format/shown.ts';
import {idleCostRows} from '../not-serving/idle-cost.ts';
import {breakEvenRows, sinceRow, windowNote} from '../panels/cost.ts';
import {connectionNote, freshnessNote} from '../panels/freshness.ts';
import {fittingNote, noDataYet, panelOf} from '../panels/panel-of.ts';
import type {PanelView, Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';
import {type TableCell, tableRows} from './table.ts';

const TITLE = 'Node and API, for the same tokens';
const IDLE_TITLE = 'Cost while nothing is served';

const partNames: Readonly<Record<BilledPart['name'], string>> = {
  newInput: 'new input',
  cachedInput: 'cached input',
  output: 'output',
};

/**
 * What the API would charge for each kind of token, against what the node costs, by hour, day and month; while nothing is
 * served, what the node costs idle.
 */
export function costTableView(input: ViewInput): PanelView {
  const {snapshot} = input.data;
  const fresh = freshnessNote(input, 'metrics');
  const head = {title: TITLE, titleNote: fittingNote(input, TITLE, [windowNote(input, TITLE)], fresh)};
  if (snapshot === null) return panelOf(input, head, [noDataYet]);
  const isServing = isServingState(snapshot.engine.state);
  return isServing ? panelOf(input, head, rowsOf(snapshot, input)) : idleView(snapshot, input);
}

function idleView(snapshot: Snapshot, input: ViewInput): PanelView {
  return panelOf(input, {title: IDLE_TITLE, titleNote: connectionNote(input)}, idleCostRows(snapshot, input));
}

function rowsOf(snapshot: Snapshot, input: ViewInput): Row[] {
  const {cost} = snapshot;
  const {priceBook} = cost;
  return [
    ...tableRows([heading, ...partCells(cost, input), ...totalCells(cost, input)], input),
    ...(isPresent(cost.nodeUsdPerHour)
      ? breakEvenRows(cost, input)
      : [[{text: 'set cost.nodeUsdPerHour to compare', tone: 'warning'} as const]]),
    sinceRow(snapshot, input),
    [{text: `prices: ${priceBook.name}, ${priceBook.asOf}; day and month at the rate of now`, tone: 'dim'}],
  ];
}

const heading: readonly TableCell[] = ['', 'per hour', 'price', 'rate', 'share', 'per day', 'per month'].map(
  (text) => ({
    text,
  }),
);

function partCells({mix, tokensPerSecond, priceBook}: Snapshot['cost'], {glyphs}: ViewInput): TableCell[][] {
  if (isAbsent(mix) || isAbsent(tokensPerSecond))
    return Object.values(partNames).map((name) => [{text: name}, {text: glyphs.dash}]);
  const parts = billedParts(mix, tokensPerSecond, priceBook);
  const shares = shareTexts(parts.map(({ratio}) => ratio));
  return parts.map(({name, usdPerHour, usdPerMillionTokens, tokensPerSecond: rate}, index) => [
    {text: partNames[name]},
    {text: usdPerHourText(usdPerHour)},
    {text: usdPerMillionText(usdPerMillionTokens)},
    {text: tokensPerSecondText(rate)},
    {text: shares[index] ?? ''},
  ]);
}

/** The API's price of all tokens, what the node costs, and the difference: that of the amounts as they are shown. */
function totalCells(cost: Snapshot['cost'], {glyphs}: ViewInput): TableCell[][] {
  const {nodeUsdPerHour: node, apiUsdPerHour: api} = cost;
  const longer = (usdPerHour: Reading<number>): TableCell[] =>
    [HOURS_PER_DAY, HOURS_PER_MONTH].map((hours) => ({
      text: shown(
        mapReading(usdPerHour, (usd) => usd * hours),
        glyphs,
        usdText,
      ),
    }));
  const total = (name: string, usdPerHour: Reading<number>, usdPerMillion: Reading<number>): TableCell[] => [
    {text: name},
    {text: shown(usdPerHour, glyphs, usdPerHourText)},
    {text: shown(usdPerMillion, glyphs, usdPerMillionText)},
    {text: shown(cost.tokensPerSecond, glyphs, tokensPerSecondText)},
    {text: ''},
    ...longer(usdPerHour),
  ];
  const savings = isPresent(node) && isPresent(api) ? shownUsdDifference(api, node) : null;
  const tone = savings !== null && savings < 0 ? 'warning' : 'ok';
  const saved: TableCell[] =
    savings === null
      ? []
      : [
          {text: savings < 0 ? 'node loses' : 'node saves', tone},
          {text: usdPerHourText(Math.abs(savings)), tone},
          {text: ''},
          {text: ''},
          {text: ''},
          ...longer(Math.abs(savings)).map(({text}) => ({text, tone}) as const),
        ];
  return [
    total('API', api, cost.apiUsdPerMillionTokens),
    total('node', node, cost.nodeUsdPerMillionTokens),
    ...(saved.length === 0 ? [] : [saved]),
  ];
}
