import type {Snapshot} from '../../api/snapshot.ts';
import {phaseNames} from '../../domain/lifecycle/phases.ts';
import type {StartedPhase} from '../../domain/lifecycle/starts/start-ledger.ts';
import {isPresent} from '../../samples/reading.ts';
import {countedText} from '../../shared/quantities/counts.ts';
import {durationText} from '../../shared/quantities/durations.ts';
import {clockText} from '../../shared/quantities/moments.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import {NEVER_STARTED} from '../format/names.ts';
import {connectionNote} from '../panels/freshness.ts';
import {noDataYet, panelOf} from '../panels/panel-of.ts';
import type {PanelView, Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';
import {type TableCell, tableRows} from './table.ts';

const TITLE = 'Start by phase';
/** A phase that takes this part longer than usual, and this time, is slow. */
const SLOW = 1.5;
const SLOW_MS = 5_000;

/** Each phase of the start: when it began, how long it took, and how long the last start and the usual one took. */
export function startPhasesView(input: ViewInput): PanelView {
  const {snapshot} = input.data;
  const head = {title: TITLE, titleNote: connectionNote(input)};
  if (snapshot === null) return panelOf(input, head, [noDataYet]);
  const {startPhases, usualStart} = snapshot.engine;
  if (startPhases.length === 0) {
    const {columns, glyphs} = input;
    return panelOf(input, head, wrapText(whyNone(snapshot), 'dim', columns, 2, glyphs));
  }
  const titleNote =
    head.titleNote === '' && isPresent(usualStart)
      ? `usual: median of ${countedText(usualStart.starts, 'start')}`
      : head.titleNote;
  return panelOf(input, {...head, titleNote}, phaseRows(snapshot, input));
}

function whyNone({engine: {pid, startedAtMs}}: Snapshot): string {
  return pid === null || startedAtMs === null
    ? NEVER_STARTED
    : 'the phases of this start were not seen: another supervisor started it';
}

function phaseRows(snapshot: Snapshot, input: ViewInput): readonly Row[] {
  const {startPhases} = snapshot.engine;
  const heading = ['phase', 'took', 'last', 'usual', 'began'].map((text) => ({text}));
  const total = startPhases.every(({durationMs}) => durationMs !== null) ? totalCells(startPhases, input) : [];
  return tableRows(
    [heading, ...startPhases.map((phase) => phaseCells(phase, input)), ...(total.length === 0 ? [] : [total])],
    input,
  );
}

function phaseCells({phase, startedAtMs, durationMs, lastMs, usualMs}: StartedPhase, input: ViewInput): TableCell[] {
  const tookMs = durationMs ?? Math.max(0, input.nowMs - startedAtMs);
  const isSlow = usualMs !== null && tookMs > SLOW * usualMs && tookMs - usualMs > SLOW_MS;
  return [
    {text: phaseNames[phase], tone: durationMs === null ? 'accent' : 'dim'},
    {text: `${durationText(tookMs)}${durationMs === null ? ' so far' : ''}`, tone: isSlow ? 'warning' : 'strong'},
    {text: durationOrDash(lastMs, input), tone: 'normal'},
    {text: durationOrDash(usualMs, input), tone: 'normal'},
    {text: clockText(startedAtMs), tone: 'dim'},
  ];
}

/** Sums, as far as the other starts had these phases. */
function totalCells(phases: readonly StartedPhase[], input: ViewInput): TableCell[] {
  const sum = (times: readonly (number | null)[]): string => {
    const known = times.filter((ms) => ms !== null);
    return durationOrDash(known.length === 0 ? null : known.reduce((all, ms) => all + ms, 0), input);
  };
  return [
    {text: 'all', tone: 'dim'},
    {text: sum(phases.map(({durationMs}) => durationMs))},
    {text: sum(phases.map(({lastMs}) => lastMs)), tone: 'normal'},
    {text: sum(phases.map(({usualMs}) => usualMs)), tone: 'normal'},
  ];
}

function durationOrDash(ms: number | null, {glyphs}: ViewInput): string {
  return ms === null ? glyphs.dash : durationText(ms);
}
