import type {Snapshot} from '../../api/snapshot.ts';
import {isPresent} from '../../samples/reading.ts';
import {meter} from '../bars.ts';
import {facts, fit, span} from '../compose.ts';
import {countText, percentText} from '../format/numbers.ts';
import {durationText} from '../format/times.ts';
import {freshnessNote} from '../freshness.ts';
import type {PanelView, Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';
import {engineTitle, phaseWords, stateWords} from '../words.ts';

const PROGRESS_COLUMNS = 24;

/** What the engine is, what it is doing, and what to press when it is not. */
export function serverView(input: ViewInput): PanelView {
  const {data, columns, rows, glyphs} = input;
  const {snapshot} = data;
  if (snapshot === null) {
    return {
      title: 'Server',
      titleNote: '',
      tone: 'normal',
      rows: fit([[span('waiting for the supervisor', 'dim')]], columns, rows, glyphs),
    };
  }
  const {engine} = snapshot;
  const {tone} = stateWords[engine.state];
  const lines: Row[] = [headline(input, snapshot), ...detail(input, snapshot)];
  return {
    title: 'Server',
    titleNote: freshnessNote(input, 'gpus').startsWith('connection') ? freshnessNote(input, 'gpus') : '',
    tone: engine.state === 'failed' ? 'critical' : tone === 'warning' ? 'warning' : 'normal',
    rows: fit(lines, columns, rows, glyphs),
  };
}

function headline({nowMs, glyphs}: ViewInput, {engine}: Snapshot): Row {
  const {word, tone} = stateWords[engine.state];
  const name = engine.name === null ? 'no engine' : engineTitle(engine.name);
  const version = isPresent(engine.version) ? ` ${engine.version}` : '';
  const head: Row = [span(`${glyphs.bullet} ${word}`, tone), span(`  ${name}${version}`, 'strong')];
  if (engine.state === 'ready' && engine.readyAtMs !== null) {
    return [...head, span('  up ', 'dim'), span(durationText(nowMs - engine.readyAtMs), 'strong'), ...servedAs(engine)];
  }
  return [...head, ...servedAs(engine)];
}

function servedAs(engine: Snapshot['engine']): Row {
  if (engine.settings === null) return [];
  return [
    span('  ', 'dim'),
    span(engine.settings.servedModelName, 'accent'),
    ...(engine.endpoint === null ? [] : [span(` ${engine.endpoint}`, 'dim')]),
  ];
}

function detail(input: ViewInput, snapshot: Snapshot): Row[] {
  const {engine} = snapshot;
  switch (engine.state) {
    case 'preflight':
    case 'starting':
      return [progressRow(input, engine), settingsRow(input, engine)];
    case 'failed':
    case 'backing-off':
      return failureRows(input, snapshot);
    case 'stopped':
      return [[span('Press s to start', 'accent'), ...exitWords(engine)], settingsRow(input, engine)];
    case 'ready':
    case 'degraded':
    case 'draining':
    case 'stopping':
      return [...doubtRows(snapshot), settingsRow(input, engine), healthRow(input, engine)];
  }
}

function progressRow({glyphs}: ViewInput, engine: Snapshot['engine']): Row {
  const what = engine.phase === null ? 'preflight checks' : phaseWords[engine.phase];
  const bar: Row = isPresent(engine.progressRatio)
    ? [
        ...meter(engine.progressRatio, PROGRESS_COLUMNS, 'accent', glyphs),
        span(` ${percentText(engine.progressRatio)}`, 'strong'),
      ]
    : [];
  const eta: Row = isPresent(engine.etaMs)
    ? [span('  ready in about ', 'dim'), span(durationText(engine.etaMs), 'strong')]
    : [];
  return [...bar, span(`${bar.length === 0 ? '' : '  '}${what}`, 'accent'), ...eta];
}

function settingsRow({glyphs}: ViewInput, {settings, pid}: Snapshot['engine']): Row {
  if (settings === null) return [span('nothing was started yet', 'dim')];
  return facts(
    [
      ['context', countText(settings.contextLengthTokens)],
      ['tensor parallel', String(settings.tensorParallelSize)],
      ['memory fraction', settings.memoryFraction.toFixed(2)],
      ['KV', settings.kvCacheDtype],
      ...(pid === null ? [] : [['pid', String(pid)] as const]),
    ],
    glyphs,
  );
}

/** /health beside what progress says: it lies both ways, and never decides. */
function healthRow({glyphs}: ViewInput, {health, state}: Snapshot['engine']): Row {
  return facts(
    [
      ['/health', isPresent(health) ? health : glyphs.dash],
      ['generating', state === 'degraded' ? 'no' : 'yes', state === 'degraded' ? 'warning' : 'strong'],
    ],
    glyphs,
  );
}

function doubtRows({engine, findings}: Snapshot): Row[] {
  const [worst] = findings;
  if (engine.state !== 'degraded' || worst === undefined) return [];
  return [[span(worst.message, 'warning')], [span(worst.remedy, 'normal')]];
}

function failureRows({glyphs}: ViewInput, {engine, findings}: Snapshot): Row[] {
  const [worst] = findings;
  if (worst === undefined) return [[span('no reason is known; see the log', 'critical'), ...exitWords(engine)]];
  const key = worst.settingsChange === null ? 's starts it again' : 'a applies this, s starts it as it was';
  return [
    [span(worst.message, 'critical')],
    [span(`${glyphs.arrow} ${worst.remedy}`, 'strong'), span(`  (${key})`, 'accent')],
  ];
}

function exitWords({exit}: Snapshot['engine']): Row {
  if (exit === null) return [];
  const status = exit.status === null ? 'its exit status is unknown' : `it ended with status ${exit.status}`;
  return [span(`  ${exit.wasRequested ? 'stopped as asked' : status}`, 'dim')];
}
