import type {Snapshot} from '../../api/snapshot.ts';
import {isAbsent, isPresent} from '../../samples/reading.ts';
import {countedText} from '../../shared/quantities/counts.ts';
import {durationText} from '../../shared/quantities/durations.ts';
import {percentText} from '../../shared/quantities/ratios.ts';
import {meter} from '../drawing/bars.ts';
import {joinParts, padText, span} from '../drawing/compose.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import {connectionNote} from '../panels/freshness.ts';
import {fittingNote, noDataYet, panelOf} from '../panels/panel-of.ts';
import {settingsRows} from '../panels/server-settings.ts';
import type {PanelView, Row, Span} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';
import {bytesRow, hasUsual, phaseHeading, phaseRow, type ShownPhase, shownPhases} from './phase-rows.ts';

const TITLE = 'Start';
const MAX_BAR_COLUMNS = 40;
const PERCENT_COLUMNS = 6;

/** How far the start is and how long it takes, then each phase with a bar, those expected by earlier starts after it. */
export function startProgressView(input: ViewInput): PanelView {
  const {snapshot} = input.data;
  const note = connectionNote(input);
  if (snapshot === null) return panelOf(input, {title: TITLE, titleNote: note}, [noDataYet]);
  const {usualStart, etaMs, pid} = snapshot.engine;
  const usual = isPresent(usualStart)
    ? [`~${durationText(usualStart.medianMs)}, median of ${countedText(usualStart.starts, 'start')}`]
    : [];
  // Why nothing is known of what is left; before there is a process nobody asks.
  const notes = isAbsent(etaMs) && pid !== null ? [etaMs.absent] : usual;
  const titleNote = note === '' ? fittingNote(input, TITLE, [...notes, '']) : note;
  return panelOf(input, {title: TITLE, titleNote}, startRows(snapshot, input));
}

function startRows(snapshot: Snapshot, input: ViewInput): readonly Row[] {
  const {columns, rows, glyphs} = input;
  const head = [...headRows(snapshot, input)];
  const phases = shownPhases(snapshot, input.nowMs);
  if (phases.length === 0) {
    const why = snapshot.engine.pid === null ? 'no process of the engine yet' : 'the engine has logged no phase yet';
    return [...head, ...wrapText(why, 'dim', columns, 2, glyphs), ...settingsRows(input, snapshot)];
  }
  const whole = phaseRows(phases, snapshot, input);
  const room = rows - head.length;
  const lines =
    whole.length + 1 <= room ? [phaseHeading(phases, columns), ...whole] : fittingRows(phases, snapshot, input, room);
  const left = room - lines.length;
  return [...head, ...lines, ...(left >= 2 ? [[], ...settingsRows(input, snapshot)].slice(0, left) : [])];
}

/** The bar of the whole start, time spent and left; with little room in one row. */
function headRows({engine}: Snapshot, {columns, glyphs, nowMs}: ViewInput): readonly Row[] {
  const {progressRatio, etaMs, startedAtMs} = engine;
  const name = engine.displayName ?? engine.name ?? 'engine';
  const bar: Row = isPresent(progressRatio)
    ? meter(progressRatio, Math.min(MAX_BAR_COLUMNS, Math.floor(columns / 4)), 'accent', glyphs)
    : [];
  const percent: Row = isPresent(progressRatio)
    ? [span(padText(`~${percentText(progressRatio)}`, PERCENT_COLUMNS, 'left'), 'strong')]
    : [span('preflight checks', 'accent')];
  const spent: Row =
    startedAtMs === null ? [] : [span('spent ', 'dim'), span(durationText(Math.max(0, nowMs - startedAtMs)), 'strong')];
  const left: Row = [span('left ', 'dim'), span(isPresent(etaMs) ? `~${durationText(etaMs)}` : glyphs.dash, 'strong')];
  return [
    joinParts(
      [
        {row: bar, importance: 2},
        {row: percent, importance: 4},
        {row: spent, importance: 5},
        {row: startedAtMs === null ? [] : left, importance: 6},
        {row: [span(name, 'normal')], importance: 1},
        {row: engine.settings === null ? [] : [span(engine.settings.servedModelName, 'accent')], importance: 0},
      ],
      columns,
      glyphs,
    ),
  ];
}

function phaseRows(phases: readonly ShownPhase[], {engine}: Snapshot, input: ViewInput): readonly Row[] {
  return phases.flatMap((shown) => {
    const bytes = shown.kind === 'running' ? bytesRow(engine, shown, input) : null;
    return bytes === null
      ? [phaseRow(shown, hasUsual(phases), input)]
      : [phaseRow(shown, hasUsual(phases), input), bytes];
  });
}

/** With less room: finished phases in one row, and those to come that do not fit in another one. */
function fittingRows(
  phases: readonly ShownPhase[],
  snapshot: Snapshot,
  input: ViewInput,
  room: number,
): readonly Row[] {
  const {glyphs} = input;
  const present = phaseRows(
    phases.filter(({kind}) => kind === 'running'),
    snapshot,
    input,
  );
  const [done, coming] = [phasesOf('done', phases), phasesOf('coming', phases)];
  const foldedDone = folded(done.length, room - present.length - coming.length);
  const left = room - present.length - (done.length - foldedDone) - (foldedDone > 0 ? 1 : 0);
  const foldedComing = folded(coming.length, left);
  const rowOf = (shown: ShownPhase): Row => phaseRow(shown, hasUsual(phases), input);
  const summary = (mark: Span, text: string): Row => [mark, span(text, 'dim')];
  const sumText = (ms: readonly (number | null)[]): string =>
    durationText(ms.reduce<number>((sum, own) => sum + (own ?? 0), 0));
  const [over, later] = [done.slice(0, foldedDone), coming.slice(coming.length - foldedComing)];
  return [
    ...(over.length === 0
      ? []
      : [
          summary(
            span(`${glyphs.bullet} `, 'ok'),
            `${countedText(over.length, 'phase')} done in ${sumText(over.map(({tookMs}) => tookMs))}`,
          ),
        ]),
    ...done.slice(foldedDone).map(rowOf),
    ...present,
    ...coming.slice(0, coming.length - foldedComing).map(rowOf),
    ...(later.length === 0
      ? []
      : [
          summary(
            span(`${glyphs.hollowBullet} `, 'dim'),
            `${countedText(later.length, 'more phase')}, ~${sumText(later.map(({usualMs}) => usualMs))}`,
          ),
        ]),
  ].slice(0, Math.max(0, room));
}

function phasesOf(kind: ShownPhase['kind'], phases: readonly ShownPhase[]): readonly ShownPhase[] {
  return phases.filter((phase) => phase.kind === kind);
}

/** How many of `count` rows are replaced by a single one, so that the others fit in `room`. */
function folded(count: number, room: number): number {
  return count <= room ? 0 : Math.min(count, count - Math.max(0, room - 1));
}
