import type {CostView} from '../../api/cost/cost-view.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import {absent, isAbsent, mapReading} from '../../samples/reading.ts';
import {roundUsdText, usdDigitsText, usdOfMicroUsd, usdPerHourText} from '../../shared/quantities/money.ts';
import {type TableCell, tableRows} from '../details/table.ts';
import {span} from '../drawing/compose.ts';
import {shown} from '../format/shown.ts';
import {freshnessNote} from '../panels/freshness.ts';
import {fittingNote, noDataYet, panelOf} from '../panels/panel-of.ts';
import type {PanelView, Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';
import {shownSaving} from './shown-saving.ts';

const TITLE = 'Price books';

/** The APIs that are compared with, side by side: an hour and the month of the same tokens, and what they charge per million. */
export function priceBooksView(input: ViewInput): PanelView {
  const {snapshot} = input.data;
  const notes = ['USD per million tokens, list prices', 'list prices', ''];
  const head = {title: TITLE, titleNote: fittingNote(input, TITLE, notes, freshnessNote(input, 'metrics'))};
  return panelOf(input, head, snapshot === null ? [noDataYet] : rowsOf(snapshot, input));
}

const headings = ['API', 'hour', 'month', 'saved', 'in', 'cached', 'out', 'read'];

function rowsOf({cost}: Snapshot, input: ViewInput): readonly Row[] {
  const {windows, priceBooks} = cost;
  if (priceBooks.length === 0) return [[span('no price book', 'dim')]];
  const cells = priceBooks.map((book, index) => cellsOf(book, index, windows, input));
  return tableRows([headings.map((text) => ({text})), ...cells], input);
}

function cellsOf(
  book: CostView['priceBooks'][number],
  index: number,
  {hour, month}: CostView['windows'],
  {glyphs}: ViewInput,
): TableCell[] {
  const perHour = mapReading(apiOf(hour, index), ({microUsdPerHour}) => microUsdPerHour);
  const ofMonth = apiOf(month, index);
  const saved = isAbsent(month)
    ? month
    : shownSaving(
        mapReading(ofMonth, ({microUsd}) => microUsd),
        month.nodeMicroUsd,
      );
  const mark = !isAbsent(ofMonth) && ofMonth.isEstimate ? '~' : '';
  return [
    {text: book.name},
    {text: shown(perHour, glyphs, (microUsd) => usdPerHourText(usdOfMicroUsd(microUsd)))},
    {text: shown(ofMonth, glyphs, ({microUsd}) => `${mark}${roundUsdText(usdOfMicroUsd(microUsd))}`)},
    {
      text: shown(saved, glyphs, (usd) => `${mark}${roundUsdText(usd)}`),
      tone: !isAbsent(saved) && saved < 0 ? 'warning' : 'ok',
    },
    {text: usdDigitsText(book.inputUsdPerMillionTokens)},
    {text: usdDigitsText(book.cachedInputUsdPerMillionTokens)},
    {text: usdDigitsText(book.outputUsdPerMillionTokens)},
    {text: book.isStale ? `${book.asOf} old` : book.asOf, tone: book.isStale ? 'warning' : 'dim'},
  ];
}

function apiOf(window: CostView['windows']['hour'], index: number) {
  return isAbsent(window) ? window : (window.apis[index] ?? absent('not priced yet'));
}
