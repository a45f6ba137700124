import type {Event} from '../../api/event-schema.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import {isAbsent, isPresent} from '../../samples/reading.ts';
import {countedText} from '../../shared/quantities/counts.ts';
import {durationText} from '../../shared/quantities/durations.ts';
import {factRow, span} from '../drawing/compose.ts';
import {dayRow, dayText, eventRows, shownEvent} from '../events/event-rows.ts';
import {shown} from '../format/shown.ts';
import {connectionNote} from '../panels/freshness.ts';
import {noDataYet, panelOf} from '../panels/panel-of.ts';
import type {PanelView, Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';

const TITLE = 'Starts and ends';
const MESSAGE_ROWS = 2;

/** How long a start takes, the versions, and how the engine started and ended, the newest first. */
export function startsView(input: ViewInput): PanelView {
  const {snapshot, events} = input.data;
  const head = {title: TITLE, titleNote: connectionNote(input)};
  if (snapshot === null) return panelOf(input, head, [noDataYet]);
  return panelOf(input, head, [...versionRows(snapshot, input), startRow(snapshot, input), ...runRows(events, input)]);
}

function versionRows({engine, supervisor, node}: Snapshot, {columns, glyphs}: ViewInput): Row[] {
  return [
    factRow(
      [
        {label: engine.displayName ?? 'engine', value: shown(engine.version, glyphs, String), importance: 4},
        {label: 'driver', value: shown(node.driverVersion, glyphs, String), importance: 2},
        {label: 'CUDA', value: shown(node.cudaVersion, glyphs, String), importance: 1},
        {label: 'Gantry', value: supervisor.version, importance: 3},
      ],
      columns,
      glyphs,
    ),
  ];
}

function startRow({engine: {usualStart, startedAtMs, readyAtMs}}: Snapshot, {columns, glyphs}: ViewInput): Row {
  const usual = isAbsent(usualStart)
    ? {label: 'usual start', value: `${glyphs.dash} ${usualStart.absent}`}
    : {
        label: 'usual start',
        value: `~${durationText(usualStart.medianMs)}, median of ${countedText(usualStart.starts, 'start')}`,
      };
  const own =
    startedAtMs === null || readyAtMs === null
      ? []
      : [{label: 'this one took', value: durationText(readyAtMs - startedAtMs), importance: 1}];
  return factRow([...own, {...usual, tone: isPresent(usualStart) ? 'strong' : 'dim'}], columns, glyphs);
}

function runRows(events: readonly Event[] | null, {columns, rows, glyphs}: ViewInput): Row[] {
  if (events === null) return [[span('no events read yet', 'dim')]];
  const ofEngine = events.filter(({code}) => code.startsWith('engine.')).slice(-rows);
  if (ofEngine.length === 0) return [[span('no start recorded yet', 'dim')]];
  const newestFirst = ofEngine.toReversed();
  return newestFirst.flatMap((event, index) => {
    const before = newestFirst[index - 1];
    const isNewDay = before === undefined || dayText(before.atMs) !== dayText(event.atMs);
    const lines = eventRows(shownEvent(event), {columns, maxMessageRows: MESSAGE_ROWS, glyphs});
    return isNewDay ? [dayRow(event.atMs), ...lines] : lines;
  });
}
