import type {DayCostView} from '../../api/cost/cost-view.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import {isPresent} from '../../samples/reading.ts';
import {compactText} from '../../shared/quantities/counts.ts';
import {durationText} from '../../shared/quantities/durations.ts';
import {dayText} from '../../shared/quantities/moments.ts';
import {microUsdText, usdText} from '../../shared/quantities/money.ts';
import {type TableCell, tableRows} from '../details/table.ts';
import {span} from '../drawing/compose.ts';
import {shown} from '../format/shown.ts';
import {freshnessNote} from '../panels/freshness.ts';
import {fittingNote, noDataYet, panelOf} from '../panels/panel-of.ts';
import type {PanelView, Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';
import {shownSaving} from './shown-saving.ts';

const TITLE = 'By day';

/** The latest days of UTC: what the node cost, what the API would have, and what the node did. */
export function costDaysView(input: ViewInput): PanelView {
  const {snapshot} = input.data;
  const head = {title: TITLE, titleNote: fittingNote(input, TITLE, ['UTC'], freshnessNote(input, 'metrics'))};
  return panelOf(input, head, snapshot === null ? [noDataYet] : rowsOf(snapshot, input));
}

const headings = ['day', 'node', 'API', 'saved', 'served', 'idle', 'down', 'tokens', 'unread'];

function rowsOf({cost: {days}}: Snapshot, input: ViewInput): readonly Row[] {
  if (days.length === 0) return [[span('nothing is booked yet', 'dim')]];
  const shownDays = days.slice(0, Math.max(0, input.rows - 1));
  return tableRows([headings.map((text) => ({text})), ...shownDays.map((day) => cellsOf(day, input))], input);
}

function cellsOf(day: DayCostView, {glyphs}: ViewInput): TableCell[] {
  const {dayAtMs, isComplete, timeMs, tokens, nodeMicroUsd, apiMicroUsd, gapMs} = day;
  const saved = shownSaving(apiMicroUsd, nodeMicroUsd);
  const isLoss = isPresent(saved) && saved < 0;
  return [
    {text: `${dayText(dayAtMs).slice('2026-'.length)}${isComplete ? '' : ' part'}`},
    {text: shown(nodeMicroUsd, glyphs, microUsdText)},
    {text: microUsdText(apiMicroUsd)},
    {text: shown(saved, glyphs, usdText), tone: isLoss ? 'warning' : 'ok'},
    {text: timeText(timeMs.serving)},
    {text: timeText(timeMs.idle)},
    {text: timeText(timeMs.down + timeMs.starting)},
    {text: compactText(tokens.input + tokens.cached + tokens.output)},
    {text: timeText(gapMs + timeMs.unobserved)},
  ];
}

/** `20h 15m`, `14m`; a dash would say that it is unknown. */
function timeText(ms: number): string {
  return durationText(ms).replace(/ \d\ds$/, '');
}
