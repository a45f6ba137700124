import type {Snapshot} from '../../api/snapshot.ts';
import type {ConsoleData} from '../../client/console-data.ts';
import {type Chain, chainsOf} from '../../domain/diagnosis/cause-chains.ts';
import {isServingState} from '../../domain/lifecycle/phases.ts';
import {usableGpus} from '../../domain/memory/usable-gpus.ts';
import {isPresent} from '../../samples/reading.ts';
import {countText} from '../../shared/quantities/counts.ts';
import {durationText, shortAgeText} from '../../shared/quantities/durations.ts';
import {dayText, utcTimeText} from '../../shared/quantities/moments.ts';
import {usdPerHourText} from '../../shared/quantities/money.ts';
import {idleText, savedFact, verdictOf} from '../../views/cost/verdict.ts';
import {shortenText} from '../../views/drawing/shorten-text.ts';
import {severityTones, stateText} from '../../views/format/names.ts';
import {upMsOf} from '../../views/format/state-times.ts';
import {SNAPSHOT_STALE_AFTER_MS} from '../../views/panels/freshness.ts';
import type {Row, Span, Tone} from '../../views/rows.ts';
import {type Pen, rowWidth} from '../painting/paint-row.ts';

type Part = {readonly row: Row; readonly importance: number; readonly isAtEnd?: boolean};

/** A link that takes longer is slow: what is on the screen is older than it looks. */
const SLOW_LINK_MS = 1_000;

/** What is less important than this makes room for the message of a finding. */
const MESSAGE_IMPORTANCE = 70;
/** Whoever has several nodes has to see which one it is about: a message is cut before the name goes. */
const NODE_IMPORTANCE = 72;
/** Columns of a message that is cut in any case, and the part of a wide line; the rest is for the node and the state. */
const CUT_MESSAGE_COLUMNS = 40;
const CUT_MESSAGE_PART = 0.5;
/** Less of a message says nothing. */
const LEAST_MESSAGE_COLUMNS = 12;

export type HeaderOptions = {
  readonly columns: number;
  readonly findings: 'count' | 'message';
  /** False on a screen that has the money itself; true by default. */
  readonly hasMoney?: boolean;
  /** Milliseconds the terminal lags behind; 0 if unknown. */
  readonly linkDelayMs: number;
  /** How long the picture below has stood still, milliseconds; null if it follows the data. */
  readonly frozenForMs?: number | null;
};

/**
 * The line at the top of every screen: name, SIMULATED, node, engine state, findings, time of the data. On a narrow
 * terminal the least important parts are dropped; the node, its state, SIMULATED and a lost connection stay longest, and a message is cut. All of it turns when the engine
 * has failed, generates nothing or does not answer, and when the supervisor is lost. `findings: 'message'`:
 * the first cause in words, for screens on which the findings are not.
 */
export function headerRow(
  data: ConsoleData,
  nowMs: number,
  {columns, findings, hasMoney = true, linkDelayMs, frozenForMs = null}: HeaderOptions,
  pen: Pen,
): Row {
  const message = findings === 'message' ? firstMessage(data) : null;
  const wanted = message === null ? 0 : rowWidth([message], pen) + separatorWidth(pen);
  const inOverview = findings === 'message' ? overviewParts(data, hasMoney, pen) : [];
  const all = [...headerParts(data, nowMs, pen, inOverview), ...linkParts(linkDelayMs), ...frozenParts(frozenForMs)];
  const cleared = withoutLeast(all, columns - wanted, MESSAGE_IMPORTANCE, pen);
  const isWhole = widthOf(cleared, pen) + wanted <= columns;
  const cutColumns = Math.max(CUT_MESSAGE_COLUMNS, Math.floor(columns * CUT_MESSAGE_PART));
  const roomy = isWhole ? cleared : withoutLeast(all, columns - cutColumns, MESSAGE_IMPORTANCE, pen);
  const parts = withoutLeast(roomy, columns, Number.POSITIVE_INFINITY, pen);
  const room = columns - widthOf(parts, pen) - separatorWidth(pen);
  const shown =
    message === null || room < LEAST_MESSAGE_COLUMNS
      ? []
      : [{row: [{...message, text: shortenText(message.text, room, pen.glyphs)}], importance: MESSAGE_IMPORTANCE}];
  const start = joined([...parts.filter(({isAtEnd}) => isAtEnd !== true), ...shown], pen);
  const end = joined(
    parts.filter(({isAtEnd}) => isAtEnd === true),
    pen,
  );
  const gap = columns - rowWidth(start, pen) - rowWidth(end, pen);
  return turned([...start, span(' '.repeat(Math.max(0, gap)), 'normal'), ...end], lineTone(data));
}

/** What the whole line says from across the room; null: nothing is wrong with the engine, as far as is known. */
function lineTone({connection, snapshot}: ConsoleData): 'alarm' | 'caution' | null {
  const {state = null, unansweredMs = null} = snapshot?.engine ?? {};
  if (state === 'failed' || state === 'backing-off') return 'alarm';
  return state === 'degraded' || unansweredMs !== null || connection.kind === 'lost' ? 'caution' : null;
}

/** The line in one tone; SIMULATED keeps its own. */
function turned(row: Row, tone: 'alarm' | 'caution' | null): Row {
  return tone === null ? row : row.map((part) => (part.tone === 'simulated' ? part : {...part, tone}));
}

/** Without the parts of least importance, all below `below`, until the others fit. */
function withoutLeast(all: readonly Part[], columns: number, below: number, pen: Pen): readonly Part[] {
  let parts = all;
  while (parts.length > 1 && widthOf(parts, pen) > columns) {
    const least = Math.min(...parts.map(({importance}) => importance));
    if (least >= below) break;
    parts = parts.filter(({importance}) => importance !== least);
  }
  return parts;
}

/** What is to be read first; null if there is no problem. */
function firstMessage({snapshot}: ConsoleData): Span | null {
  const first = chainsOf(snapshot?.findings ?? [])[0];
  return first === undefined || first.severity === 'info'
    ? null
    : span(first.cause.message, severityTones[first.severity]);
}

/** What the Overview has in its panels, for the other screens: context, time since it serves, and the money. */
function overviewParts({snapshot, connection}: ConsoleData, hasMoney: boolean, pen: Pen): Part[] {
  if (snapshot === null || connection.kind === 'lost') return [];
  const {settings} = snapshot.engine;
  const upMs = upMsOf(snapshot);
  const parts: Part[] = [];
  if (settings !== null) {
    const row = [span('context ', 'dim'), span(countText(settings.contextLengthTokens), 'normal')];
    parts.push({row, importance: 12});
  }
  if (upMs !== null) {
    const row = [span('up ', 'dim'), span(durationText(upMs), 'normal')];
    parts.push({row, importance: 14});
  }
  return hasMoney ? [...parts, ...moneyParts(snapshot, pen)] : parts;
}

/** What an hour saves or loses, and over which time; of a node that serves nobody what that has cost so far. */
function moneyParts({engine, cost, takenAtMs}: Snapshot, pen: Pen): Part[] {
  const {nodeUsdPerHour: node, idle} = cost;
  const row = (label: string, amount: Span, note = ''): Part[] => [
    {row: [span(`${label} `, 'dim'), amount, ...(note === '' ? [] : [span(` ${note}`, 'dim')])], importance: 16},
  ];
  const verdict = verdictOf(cost);
  const saved = isPresent(verdict) ? verdict.saved : verdict;
  if (isServingState(engine.state) && isPresent(verdict) && isPresent(saved)) {
    const {label, value, tone} = savedFact(saved, usdPerHourText);
    return row(label, span(value, tone), `(${verdict.windowText})`);
  }
  if (!isServingState(engine.state) && idle !== null && isPresent(idle.microUsd))
    return [{row: [span(idleText(idle, takenAtMs, pen.glyphs.dash), 'warning')], importance: 16}];
  return isPresent(node) ? row('node', span(usdPerHourText(node), 'normal')) : [];
}

function headerParts(data: ConsoleData, nowMs: number, pen: Pen, inOverview: readonly Part[]): Part[] {
  const {snapshot} = data;
  const parts: Part[] = [{row: [span('gantry', 'strong')], importance: 45}];
  if (snapshot?.simulated === true) parts.push({row: [span(' SIMULATED ', 'simulated')], importance: 100});
  parts.push(...connectionParts(data, nowMs));
  if (snapshot === null) return parts;
  const {node, engine} = snapshot;
  const cards =
    isPresent(node.gpuCount) && isPresent(node.gpuName)
      ? `${usableCountText(snapshot.gpus, node.gpuCount)}${pen.glyphs.times} ${node.gpuName}`
      : '';
  parts.push({row: [span(node.hostname, 'normal')], importance: NODE_IMPORTANCE});
  if (cards !== '') parts.push({row: [span(cards, 'dim')], importance: 20});
  const {text, tone} = stateText(engine, pen.glyphs);
  // The mark before both, as on the panels: `● vLLM ready`.
  const [mark = '', ...words] = text.split(' ');
  const name = engine.displayName ?? engine.name;
  const state = [mark, ...(name === null ? [] : [name]), ...words].join(' ');
  parts.push({row: [span(state, tone)], importance: 80});
  if (engine.settings !== null) parts.push({row: [span(engine.settings.servedModelName, 'dim')], importance: 30});
  parts.push(...inOverview, ...findingParts(chainsOf(snapshot.findings), pen));
  if (data.connection.kind === 'replay')
    parts.push({row: [span(dayText(snapshot.takenAtMs), 'dim')], importance: 39, isAtEnd: true});
  parts.push({row: [span(utcTimeText(snapshot.takenAtMs), 'dim')], importance: 40, isAtEnd: true});
  return parts;
}

/** `8`, or `7 of 8` where a GPU is lost. */
function usableCountText(gpus: Snapshot['gpus'], gpuCount: number): string {
  const usable = usableGpus(gpus).length;
  return gpus.length === 0 || usable >= gpuCount ? String(gpuCount) : `${usable} of ${gpuCount}`;
}

function connectionParts({connection, snapshot}: ConsoleData, nowMs: number): Part[] {
  switch (connection.kind) {
    case 'connecting':
      return [{row: [span('connecting to the supervisor', 'warning')], importance: 90}];
    case 'lost':
      return [
        {row: [span(`CONNECTION LOST ${shortAgeText(nowMs - connection.sinceMs)}`, 'critical')], importance: 95},
        {row: [span(connection.reason, 'critical')], importance: 10},
      ];
    case 'replay':
      return [{row: [span(replayText(connection), 'accent')], importance: 95}];
    case 'live': {
      const ageMs = snapshot === null ? 0 : nowMs - snapshot.takenAtMs;
      if (ageMs <= SNAPSHOT_STALE_AFTER_MS) return [];
      return [{row: [span(`data ${shortAgeText(ageMs)} old`, 'warning')], importance: 90}];
    }
  }
}

/** `REPLAY 4m 50s of 5m`, with `playing` while it runs. */
function replayText({atMs, firstMs, lastMs, isPlaying}: ConsoleData['connection'] & {readonly kind: 'replay'}): string {
  const place = `${shortAgeText(atMs - firstMs)} of ${shortAgeText(lastMs - firstMs)}`;
  return `REPLAY ${place}${isPlaying ? ', playing' : ''}`;
}

function linkParts(delayMs: number): Part[] {
  return delayMs < SLOW_LINK_MS ? [] : [{row: [span(`slow link ${shortAgeText(delayMs)}`, 'warning')], importance: 65}];
}

/** The header itself follows the data: a failure is seen. */
function frozenParts(forMs: number | null): Part[] {
  return forMs === null ? [] : [{row: [span(`FROZEN ${shortAgeText(forMs)}`, 'warning')], importance: 93}];
}

/** Causes only: what they explain is no problem of its own. */
function findingParts(chains: readonly Chain[], {glyphs: {severity}}: Pen): Part[] {
  const critical = chains.filter(({severity}) => severity === 'critical').length;
  const warnings = chains.filter(({severity}) => severity === 'warning').length;
  const parts: Part[] = [];
  if (critical > 0) parts.push({row: [span(`${severity.critical} ${critical} critical`, 'critical')], importance: 75});
  if (warnings > 0)
    parts.push({
      row: [span(`${severity.warning} ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`, 'warning')],
      importance: 70,
    });
  return parts;
}

function joined(parts: readonly Part[], pen: Pen): Row {
  return parts.flatMap(({row}, index) => (index === 0 ? row : [span(` ${pen.glyphs.middleDot} `, 'dim'), ...row]));
}

function separatorWidth(pen: Pen): number {
  return widthOf(
    [
      {row: [], importance: 0},
      {row: [], importance: 0},
    ],
    pen,
  );
}

function widthOf(parts: readonly Part[], pen: Pen): number {
  return rowWidth(joined(parts, pen), pen);
}

function span(text: string, tone: Tone): Span {
  return {text, tone};
}
