import type {Snapshot} from '../../api/snapshot.ts';
import {exitText} from '../../domain/lifecycle/lifecycle-findings.ts';
import {isServingState, phaseNames} from '../../domain/lifecycle/phases.ts';
import {isAbsent, isPresent} from '../../samples/reading.ts';
import {gibText} from '../../shared/quantities/bytes.ts';
import {countedText, countText} from '../../shared/quantities/counts.ts';
import {durationText, secondsText} from '../../shared/quantities/durations.ts';
import {percentText} from '../../shared/quantities/ratios.ts';
import {textWidth} from '../../shared/text-width.ts';
import {meter} from '../drawing/bars.ts';
import {factRow, joinParts, type Part, span} from '../drawing/compose.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import {stateText} from '../format/names.ts';
import {shown} from '../format/shown.ts';
import {upMsOf} from '../format/state-times.ts';
import {exitTimeText} from '../format/times.ts';
import type {PanelView, Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';
import {
  progressText,
  shortTroubleRows,
  stateRow,
  troubleOf,
  troubleRows,
  troubleText,
  withKeys,
} from './engine-trouble.ts';
import {connectionNote, lostText} from './freshness.ts';
import {panelOf} from './panel-of.ts';
import {accessFact, otherNextStart, settingsRows, spreadFacts} from './server-settings.ts';

type Engine = Snapshot['engine'];

const DAMAGED_MOMENT = 'This moment of the recording is damaged.';

const PROGRESS_COLUMNS = 24;

/** The engine, its activity, and the keys to use when it is not running. */
export function serverView(input: ViewInput): PanelView {
  const {snapshot} = input.data;
  const head = {title: 'Server', titleNote: snapshot === null ? '' : connectionNote(input)};
  if (snapshot === null) return panelOf(input, head, withoutSnapshot(input));
  const {tone} = stateText(snapshot.engine, input.glyphs);
  const lines = linesOf(input, snapshot);
  return panelOf(input, {...head, tone: tone === 'critical' || tone === 'warning' ? tone : 'normal'}, lines);
}

function linesOf(input: ViewInput, snapshot: Snapshot): Row[] {
  if (input.rows <= 1) return [oneLine(input, snapshot)];
  const trouble = troubleOf(snapshot);
  return trouble !== undefined && input.rows <= 3
    ? shortTroubleRows(input, snapshot, trouble)
    : manyLines(input, snapshot);
}

function withoutSnapshot({data, columns, rows, glyphs}: ViewInput): Row[] {
  const {connection} = data;
  if (connection.kind === 'replay') return wrapText(DAMAGED_MOMENT, 'warning', columns, rows, glyphs);
  if (connection.kind !== 'lost') return [[span('waiting for the supervisor', 'dim')]];
  return wrapText(`${lostText(connection.reason)}.`, 'critical', columns, rows, glyphs);
}

/** Everything in one line: the state and its details are dropped last. */
function oneLine(input: ViewInput, snapshot: Snapshot): Row {
  const {columns, glyphs} = input;
  const {engine} = snapshot;
  const state = stateRow(input, engine);
  const trouble = troubleOf(snapshot);
  if (trouble !== undefined) {
    const isShownElsewhere = input.options['showFinding'] === false;
    const text = isShownElsewhere ? troubleText(input, engine) : trouble.cause.message;
    return withKeys([...state, span('  ')], text, snapshot, trouble, input);
  }
  return joinParts(
    [
      {row: state, importance: 100},
      ...activityParts(input, snapshot),
      ...nameParts(engine),
      ...settingsParts(snapshot),
    ],
    columns,
    glyphs,
  );
}

function manyLines(input: ViewInput, snapshot: Snapshot): Row[] {
  const {columns, glyphs, data} = input;
  const {engine} = snapshot;
  const headline = joinParts(
    [
      {row: stateRow(input, engine), importance: 100},
      ...(snapshot.simulated ? [{row: [span('SIMULATED', 'simulated')], importance: 95}] : []),
      {row: upRow(snapshot), importance: 60},
      ...(otherNextStart(snapshot) === null ? nameParts(engine) : []),
    ],
    columns,
    glyphs,
  );
  const lost: Row[] =
    data.connection.kind === 'lost'
      ? [[span(`${lostText(data.connection.reason)}; the engine keeps serving without it.`, 'warning')]]
      : [];
  return [
    headline,
    ...lost,
    ...detailRows(input, snapshot),
    ...settingsRows(input, snapshot),
    ...runRows(input, engine),
  ];
}

function upRow(snapshot: Snapshot): Row {
  const upMs = upMsOf(snapshot);
  return upMs === null ? [] : [span('up ', 'dim'), span(durationText(upMs), 'strong')];
}

function nameParts({name, displayName, version, settings, endpoint}: Engine): Part[] {
  const engine = name === null ? 'no engine' : `${displayName ?? name}${isPresent(version) ? ` ${version}` : ''}`;
  return [
    {row: [span(engine, 'strong')], importance: 50},
    {row: settings === null ? [] : [span(settings.servedModelName, 'accent')], importance: 70},
    {row: endpoint === null ? [] : [span(endpoint, 'dim')], importance: 40},
  ];
}

/** Activity in this state, for a single line. */
function activityParts(input: ViewInput, snapshot: Snapshot): Part[] {
  const {engine} = snapshot;
  switch (engine.state) {
    case 'preflight':
    case 'starting':
      return startParts(input, engine);
    case 'ready':
      return [{row: upRow(snapshot), importance: 60}];
    case 'stopped':
      return [{row: [span(startText(input), 'accent')], importance: 90}];
    case 'draining':
    case 'stopping':
      return [{row: [span(endingText(input, snapshot, STATE_COLUMNS), 'normal')], importance: 90}];
    case 'degraded':
    case 'failed':
    case 'backing-off':
      return [{row: [span(endText(input, engine), 'strong')], importance: 90}];
  }
}

function startParts({glyphs, nowMs, columns}: ViewInput, engine: Engine): Part[] {
  const what = engine.phase === null ? 'Preflight checks' : phaseNames[engine.phase];
  const progress: Row = isPresent(engine.progressRatio)
    ? [span(`~${percentText(engine.progressRatio)}`, 'strong')]
    : [];
  const barColumns = Math.min(PROGRESS_COLUMNS, Math.floor(columns / 3));
  return [
    {row: [span(what, 'accent')], importance: 90},
    {
      row: isPresent(engine.progressRatio) ? meter(engine.progressRatio, barColumns, 'accent', glyphs) : [],
      importance: 45,
    },
    {row: progress, importance: 95},
    {row: etaRow(engine.etaMs, glyphs), importance: isPresent(engine.etaMs) ? 85 : 20},
    {row: phaseEtaRow(engine), importance: 84},
    {row: isPresent(engine.etaMs) ? [] : [span(engine.etaMs.absent, 'dim')], importance: 10},
    {
      row:
        engine.startedAtMs === null
          ? []
          : [span('for ', 'dim'), span(durationText(nowMs - engine.startedAtMs), 'normal')],
      importance: 30,
    },
  ];
}

function etaRow(etaMs: Engine['etaMs'], glyphs: ViewInput['glyphs']): Row {
  return isPresent(etaMs)
    ? [span('ready in about ', 'dim'), span(durationText(etaMs), 'strong')]
    : [span('time until ready ', 'dim'), span(glyphs.dash, 'strong')];
}

/** `weights read in about 2m 10s at 1.20 GiB/s`: what is known of a first start. */
function phaseEtaRow({phase, phaseEta}: Engine): Row {
  if (isAbsent(phaseEta)) return [];
  const what = phase === 'download' ? 'downloaded in about ' : 'weights read in about ';
  return [
    span(what, 'dim'),
    span(durationText(phaseEta.ms), 'strong'),
    span(` at ${gibText(phaseEta.bytesPerSecond)}/s`, 'dim'),
  ];
}

function detailRows(input: ViewInput, snapshot: Snapshot): Row[] {
  const {columns, rows, glyphs} = input;
  const {engine} = snapshot;
  const trouble = troubleOf(snapshot);
  if (trouble !== undefined) return troubleRows(input, snapshot, trouble);
  switch (engine.state) {
    case 'preflight':
    case 'starting':
      return [joinParts(startParts(input, engine), columns, glyphs)];
    case 'degraded':
      return wrapText(troubleText(input, engine) || 'reason unknown; read the log', 'critical', columns, 2, glyphs);
    case 'failed':
    case 'backing-off':
      return wrapText(endText(input, engine), 'critical', columns, Math.max(1, rows - 3), glyphs);
    case 'stopped':
      return [
        joinParts(
          [
            {row: [span(startText(input), 'accent')], importance: 1},
            {row: engine.exit === null ? [] : [span(endText(input, engine), 'dim')], importance: 0},
          ],
          columns,
          glyphs,
        ),
      ];
    case 'draining':
    case 'stopping':
      return [[span(endingText(input, snapshot, 0), 'normal')]];
    case 'ready':
      return [];
  }
}

function startText({keyOf}: ViewInput): string {
  const key = keyOf?.('engine.start') ?? null;
  return key === null ? 'gantry up starts it' : `press ${key} to start`;
}

/** What the state needs in a line with it. */
const STATE_COLUMNS = 20;

/** A sentence, or in fewer columns the same numbers with fewer words. */
function endingText({nowMs, columns}: ViewInput, {engine, traffic}: Snapshot, besideColumns: number): string {
  if (engine.state === 'stopping') return 'stopping its processes, then waiting for GPU memory';
  const {runningRequests: running, waitingRequests: waiting} = traffic;
  const {drainUntilMs} = engine;
  const limit = drainUntilMs === null ? '' : `, ${secondsText(Math.max(0, drainUntilMs - nowMs))} left`;
  if (!isPresent(running)) return `waiting for requests to finish${limit}`;
  const isQueued = isPresent(waiting) && waiting > 0;
  const requests = isQueued
    ? `${countText(running)} running and ${countText(waiting)} waiting requests`
    : countedText(running, 'running request');
  const sentence = `waiting for ${requests} to finish${limit}`;
  const short = `${countText(running)} running${isQueued ? `, ${countText(waiting)} waiting` : ''}${limit}`;
  return textWidth(sentence) <= columns - besideColumns ? sentence : short;
}

function endText({nowMs}: ViewInput, {exit}: Engine): string {
  if (exit === null) return 'reason unknown; read the log';
  const when = exitTimeText(exit, nowMs);
  return exit.wasRequested
    ? `stopped on request ${when}`
    : `exited unexpectedly (${exitText(exit.status)}) ${when}; read the log`;
}

function settingsParts({engine: {settings, pid}, plan}: Snapshot): Part[] {
  if (settings === null) return [];
  const part = (label: string, value: string, importance: number): Part => ({
    row: [span(`${label} `, 'dim'), span(value, 'normal')],
    importance,
  });
  return [
    part('context', countText(settings.contextLengthTokens), 35),
    ...spreadFacts(plan, settings).map(({short, value}) => part(short, value, 20)),
    ...(pid === null ? [] : [part('pid', String(pid), 10)]),
  ];
}

/** The process, and /health next to the progress: /health is unreliable and never decides. */
function runRows({columns, glyphs}: ViewInput, {pid, health, progress, state, logPath, access}: Engine): Row[] {
  if (pid === null) return [];
  const work = {
    label: 'progress',
    value: progressText(progress, glyphs),
    tone: state === 'degraded' ? 'warning' : progressTones[progress.state],
    importance: 3,
  } as const;
  return [
    factRow(
      [
        {label: 'pid', value: String(pid), importance: 1},
        {
          label: '/health',
          value: shown(health, glyphs, String),
          tone: isAbsent(health) ? 'dim' : 'strong',
          importance: 2,
        },
        ...(isServingState(state) ? [work] : []),
        ...(access === null || access === undefined ? [] : [accessFact(access)]),
        ...(logPath === null ? [] : [{label: 'log', value: logPath, tone: 'normal' as const}]),
      ],
      columns,
      glyphs,
    ),
  ];
}

const progressTones = {working: 'strong', idle: 'strong', stalled: 'warning', unknown: 'dim'} as const;
