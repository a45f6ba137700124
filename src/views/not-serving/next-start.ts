import type {Snapshot} from '../../api/snapshot.ts';
import {blocksStarts} from '../../domain/diagnosis/finding.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import {isAbsent, isPresent} from '../../samples/reading.ts';
import {fixedGibNumber, fixedGibText} from '../../shared/quantities/bytes.ts';
import {compactText, countedText, countText} from '../../shared/quantities/counts.ts';
import {durationText} from '../../shared/quantities/durations.ts';
import {microUsdText, usdPerHourText} from '../../shared/quantities/money.ts';
import {fractionText} from '../../shared/quantities/ratios.ts';
import {cutRow, span} from '../drawing/compose.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import {NEVER_STARTED, STOPPING, servedMsOf, stateText, unexpectedEndText, verdictLabel} from '../format/names.ts';
import {timesText} from '../format/shown.ts';
import {exitTimeText} from '../format/times.ts';
import {connectionNote, lostText} from '../panels/freshness.ts';
import {panelOf} from '../panels/panel-of.ts';
import {spreadFacts} from '../panels/server-settings.ts';
import {labelled} from '../plan/text-lines.ts';
import type {PanelView, Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';

const TITLE = 'Next start';
/** From here on, labels are whole words. */
const WIDE = 90;

/** What runs after a start and whether it fits, how to start it, how long that takes, the last end, and what the idle node costs. */
export function nextStartView(input: ViewInput): PanelView {
  const {snapshot} = input.data;
  const head = {title: TITLE, titleNote: snapshot === null ? '' : connectionNote(input)};
  if (snapshot === null) return panelOf(input, head, withoutSnapshot(input));
  // The figure `state` of a layout has the state, since when, and the last end.
  const isStateShown = input.options['showState'] !== false;
  return panelOf(input, head, [
    ...(isStateShown ? [stateRow(snapshot, input)] : []),
    ...startRows(snapshot, input),
    ...idleRows(snapshot, input),
    ...settingsRows(snapshot, input),
    ...fitRows(snapshot, input),
    ...usualRows(snapshot, input),
    ...(isStateShown ? lastRows(snapshot, input) : []),
  ]);
}

function withoutSnapshot({data: {connection}, columns, rows, glyphs}: ViewInput): Row[] {
  if (connection.kind !== 'lost') return [[span('waiting for the supervisor', 'dim')]];
  const text = `${lostText(connection.reason)}. gantry supervisor restart starts a new one; an engine that runs keeps serving.`;
  return wrapText(text, 'critical', columns, rows, glyphs);
}

function stateRow({engine}: Snapshot, {columns, glyphs}: ViewInput): Row {
  const {text, tone} = stateText(engine, glyphs);
  const doing = engine.state === 'stopping' ? `  ${STOPPING}` : '';
  const never = engine.state === 'stopped' && engine.exit === null ? `  ${NEVER_STARTED}` : '';
  return cutRow([span(text, tone), span(`${doing}${never}`, 'normal')], columns, glyphs);
}

function startRows({engine, findings}: Snapshot, input: ViewInput): Row[] {
  if (engine.state === 'stopping') return [];
  const start = input.keyOf?.('engine.start') ?? null;
  const plan = input.keyOf?.('screen.plan') ?? null;
  const blocking = findings.find(blocksStarts);
  if (blocking !== undefined) return labelled('start', `refused: ${blocking.message}`, input, {tone: 'critical'});
  const text = start === null ? 'gantry up starts it' : `${start} starts it`;
  const opens = plan === null ? '' : `, ${plan} opens its plan`;
  return labelled('start', `${text}${opens}`, input, {tone: 'accent'});
}

/** What the node costs while it serves nobody, and what it has cost so far. */
function idleRows({cost: {nodeUsdPerHour, idle}}: Snapshot, input: ViewInput): Row[] {
  if (isAbsent(nodeUsdPerHour)) return [];
  const soFar = idle === null || isAbsent(idle.microUsd) ? '' : `, ${microUsdText(idle.microUsd)} so far`;
  const text = `${usdPerHourText(nodeUsdPerHour)} while nothing is served${soFar}`;
  return labelled('costs', text, input, {tone: 'warning'});
}

/** The settings of a start now: those of the plan, or of the last run where nothing is planned. */
function settingsRows({engine, plan}: Snapshot, input: ViewInput): Row[] {
  const settings = isPresent(plan) ? plan.settings : engine.settings;
  if (settings === null) return labelled('settings', 'no engine is configured yet', input);
  const name = isPresent(plan) ? plan.engine.displayName : (engine.displayName ?? settings.engine);
  const hasFraction = isPresent(plan) && plan.engine.hasMemoryFraction;
  const facts = [
    `context ${countText(settings.contextLengthTokens)}`,
    ...spreadFacts(plan, settings).map(({label, short, value}) => `${input.columns < WIDE ? short : label} ${value}`),
    ...(hasFraction ? [`memory fraction ${fractionText(settings.memoryFraction)}`] : []),
    `KV ${settings.kvCacheDtype}`,
  ];
  return [
    ...labelled('model', `${settings.model} ${settings.format}`, input, {tone: 'strong'}),
    ...labelled('engine', [name, ...facts].join(', '), input),
  ];
}

/** Whether it fits, and what it has room for; the reason where it does not. */
function fitRows({plan}: Snapshot, input: ViewInput): Row[] {
  if (isAbsent(plan)) return labelled('memory', `${input.glyphs.dash} ${plan.absent}`, input, {tone: 'dim'});
  const {word, tone} = verdictLabel(plan);
  if (plan.verdict === 'does-not-fit') return labelled('memory', `${word}: ${plan.reason}`, input, {tone});
  const facts = `: ${roomTexts(plan, input).join(', ')}`;
  const [first = [], ...rest] = labelled('memory', `${word}${facts}`, input);
  // The verdict has its color where its word is.
  const [label, text, ...others] = first;
  const colored =
    label === undefined || text === undefined || !text.text.startsWith(word)
      ? first
      : [label, span(word, tone), span(text.text.slice(word.length), text.tone), ...others];
  return [colored, ...rest];
}

function roomTexts({kvCache, perGpu}: MemoryPlan, {glyphs}: ViewInput): readonly string[] {
  const {fullLengthSequences, capacityTokens} = kvCache;
  return [
    `${compactText(capacityTokens)} KV tokens`,
    `${timesText(fullLengthSequences, glyphs)} full length`,
    `~${fixedGibNumber(perGpu.totalBytes + perGpu.outsideBytes)} of ${fixedGibText(perGpu.nvmlBytes)}/GPU`,
  ];
}

function usualRows({engine: {usualStart}}: Snapshot, input: ViewInput): Row[] {
  if (isAbsent(usualStart)) return labelled('takes', `${input.glyphs.dash} ${usualStart.absent}`, input, {tone: 'dim'});
  const {medianMs, starts} = usualStart;
  return labelled('takes', `~${durationText(medianMs)}, median of ${countedText(starts, 'start')}`, input);
}

function lastRows({engine}: Snapshot, input: ViewInput): Row[] {
  const {exit} = engine;
  if (exit === null) return [];
  const how = exit.wasRequested ? 'stopped on request' : unexpectedEndText(exit.status);
  const servedMs = servedMsOf(engine);
  const served = servedMs === null ? '' : `, after it was ready for ${durationText(servedMs)}`;
  return labelled('last run', `${how} ${exitTimeText(exit, input.nowMs)}${served}`, input);
}
