import type {SizeView} from '../../api/cost/size-view.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import {absent, isAbsent} from '../../samples/reading.ts';
import {contextText, decimalText} from '../../shared/quantities/counts.ts';
import {wholePercentText} from '../../shared/quantities/ratios.ts';
import {MS_PER_DAY} from '../../shared/units.ts';
import {type Fact, factRow, factRows} from '../drawing/compose.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import {freshnessNote} from '../panels/freshness.ts';
import {fittingNote, noDataYet, panelOf} from '../panels/panel-of.ts';
import type {PanelView, Row} from '../rows.ts';
import {rangeText, refusedText, verdictText} from '../text/right-size-text.ts';
import type {ViewInput} from '../view-input.ts';

const TITLE = 'Right size';

/** Whether a shorter context or a smaller node would have done in the last week, or why there is no advice yet. */
export function nodeSizeView(input: ViewInput): PanelView {
  const {snapshot} = input.data;
  const notes = ['last 7 days, judged once an hour', 'last 7 days', ''];
  const head = {title: TITLE, titleNote: fittingNote(input, TITLE, notes, freshnessNote(input, 'metrics'))};
  return panelOf(input, head, snapshot === null ? [noDataYet] : rowsOf(snapshot, input));
}

function rowsOf({cost: {size = absent('this recording has none')}}: Snapshot, input: ViewInput): readonly Row[] {
  const {columns, rows, glyphs} = input;
  if (isAbsent(size)) return wrapText(`${glyphs.dash} ${size.absent}`, 'dim', columns, Math.max(1, rows), glyphs);
  const {isWholeWeek, smaller} = size;
  const verdict = isWholeWeek ? verdictText(size) : missingText(size);
  const tone = isWholeWeek ? (smaller === null ? 'strong' : 'warning') : 'normal';
  const facts = [...requestRows(size, input), ...windowRows(size, input), ...loadRows(size, input)];
  const more = wrapText(
    'gantry right-size has the arithmetic, and other nodes with their rent.',
    'dim',
    columns,
    2,
    glyphs,
  );
  const most = Math.max(1, rows - facts.length);
  return [...wrapText(verdict, tone, columns, most, glyphs), ...facts, ...more];
}

/** How many days are missing, and what of them counts. */
function missingText({load: {coveredMs, sinceMs, untilMs, lengths}}: SizeView): string {
  const days = (ms: number): string => decimalText(ms / MS_PER_DAY, 1);
  const watched = `No advice yet: ${days(coveredMs)} of ${days(untilMs - sinceMs)} days were watched while the engine served`;
  return isAbsent(lengths)
    ? `${watched}, and sizes of requests: ${lengths.absent}.`
    : `${watched}, and 95 % are needed.`;
}

function requestRows({load: {lengths}}: SizeView, {columns, glyphs}: ViewInput): readonly Row[] {
  if (isAbsent(lengths)) return [];
  const facts: Fact[] = [
    {label: 'longest request', value: rangeText(lengths.longest), importance: 2},
    {label: 'p99', value: rangeText(lengths.p99), importance: 1},
  ];
  return factRows(facts, columns, glyphs);
}

function windowRows({windows, load: {lengths}}: SizeView, {columns, glyphs}: ViewInput): readonly Row[] {
  const requests = isAbsent(lengths) ? 0 : lengths.requests;
  const facts = windows.flatMap(({contextTokens, refused}): Fact[] =>
    refused === null ? [] : [{label: contextText(contextTokens), value: refusedText(refused, requests)}],
  );
  const [first, ...others] = facts;
  if (first === undefined) return [];
  return factRows([{...first, label: `too long for ${first.label}`}, ...others], columns, glyphs);
}

function loadRows(
  {load: {mostRunningRequests, mostKvUsageRatio}}: SizeView,
  {columns, glyphs}: ViewInput,
): readonly Row[] {
  const facts: Fact[] = [
    ...(mostKvUsageRatio === null ? [] : [{label: 'KV cache at most', value: wholePercentText(mostKvUsageRatio)}]),
    ...(mostRunningRequests === null ? [] : [{label: 'running at most', value: decimalText(mostRunningRequests, 1)}]),
  ];
  return facts.length === 0 ? [] : [factRow(facts, columns, glyphs)];
}
