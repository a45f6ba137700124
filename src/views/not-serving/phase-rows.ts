import type {Snapshot} from '../../api/snapshot.ts';
import {phaseNames, type StartPhase} from '../../domain/lifecycle/phases.ts';
import {readingRate} from '../../domain/lifecycle/start-progress.ts';
import {isPresent} from '../../samples/reading.ts';
import {fixedGibNumber, fixedGibText, gibText} from '../../shared/quantities/bytes.ts';
import {durationText} from '../../shared/quantities/durations.ts';
import {percentText} from '../../shared/quantities/ratios.ts';
import {textWidth} from '../../shared/text-width.ts';
import {meter} from '../drawing/bars.ts';
import {factRow, padText, span} from '../drawing/compose.ts';
import type {Row, Tone} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';

/** A phase as a row shows it: finished, running, or expected by earlier starts. */
export type ShownPhase = {
  readonly kind: 'done' | 'running' | 'coming';
  readonly phase: StartPhase;
  /** Since it began; null for one that has not. */
  readonly tookMs: number | null;
  readonly usualMs: number | null;
  /** Completed fraction, 0..1; null where nothing says it. */
  readonly ratio: number | null;
  /** True where only the time it usually takes says how far it is. */
  readonly isEstimated: boolean;
};

const MARK_COLUMNS = 2;
const RATIO_COLUMNS = 6;
const TIME_COLUMNS = 8;
const GAP = 2;
const MIN_BAR_COLUMNS = 6;
const MAX_BAR_COLUMNS = 60;
/** Time alone never completes a phase: only the log does. */
const MOST_BY_TIME = 0.95;

/** The phases of the present start: those that it had, and those that comparable starts had after this one. */
export function shownPhases({engine}: Snapshot, nowMs: number): readonly ShownPhase[] {
  const had = engine.startPhases.map(({phase, startedAtMs, durationMs, usualMs}): ShownPhase => {
    const tookMs = durationMs ?? Math.max(0, nowMs - startedAtMs);
    if (durationMs !== null) return {kind: 'done', phase, tookMs, usualMs, ratio: 1, isEstimated: false};
    const logged = engine.phase === phase ? engine.phaseProgress?.ratio : undefined;
    if (logged !== undefined && isPresent(logged))
      return {kind: 'running', phase, tookMs, usualMs, ratio: Math.min(1, Math.max(0, logged)), isEstimated: false};
    const ratio = usualMs === null || usualMs <= 0 ? null : Math.min(MOST_BY_TIME, tookMs / usualMs);
    return {kind: 'running', phase, tookMs, usualMs, ratio, isEstimated: true};
  });
  const coming = (engine.comingPhases ?? [])
    .filter(({phase}) => had.every((known) => known.phase !== phase))
    .map(({phase, usualMs}): ShownPhase => {
      return {kind: 'coming', phase, tookMs: null, usualMs, ratio: null, isEstimated: true};
    });
  return [...had, ...coming];
}

/** Whether earlier starts say how long any of them takes. */
export function hasUsual(phases: readonly ShownPhase[]): boolean {
  return phases.some(({usualMs}) => usualMs !== null);
}

/** The headings of the columns of times; empty in a panel without room for the usual ones. */
export function phaseHeading(phases: readonly ShownPhase[], columns: number): Row {
  const {name, bar, usual} = widthsOf(columns, hasUsual(phases));
  const before = MARK_COLUMNS + name + GAP + bar + (bar > 0 ? GAP : 0) + RATIO_COLUMNS + GAP;
  return [
    span(padText('phase', before), 'dim'),
    span(padText('took', TIME_COLUMNS, 'left'), 'dim'),
    ...(usual ? [span(' '.repeat(GAP)), span(padText('usual', TIME_COLUMNS + 1, 'left'), 'dim')] : []),
  ];
}

/** A phase with its bar, how far it is, how long it took so far and usually. */
export function phaseRow(shown: ShownPhase, withUsual: boolean, {columns, glyphs}: ViewInput): Row {
  const {kind, phase, tookMs, usualMs, ratio} = shown;
  const {name, bar, usual} = widthsOf(columns, withUsual);
  const {mark, tone, text} = lookOf(kind, glyphs);
  const took = tookMs === null ? '' : durationText(tookMs);
  const usualText = usualMs === null ? glyphs.dash : `~${durationText(usualMs)}`;
  const ratioText = kind === 'running' && ratio !== null ? `${shown.isEstimated ? '~' : ''}${percentText(ratio)}` : '';
  return [
    span(padText(mark, MARK_COLUMNS), tone),
    span(padText(phaseNames[phase], name), text),
    ...(bar > 0 ? [span(' '.repeat(GAP)), ...meter(ratio ?? 0, bar, tone, glyphs)] : []),
    span(' '.repeat(GAP)),
    span(padText(ratioText, RATIO_COLUMNS, 'left'), 'strong'),
    span(' '.repeat(GAP)),
    span(padText(took, TIME_COLUMNS, 'left'), kind === 'running' ? 'strong' : 'normal'),
    ...(usual ? [span(' '.repeat(GAP)), span(padText(usualText, TIME_COLUMNS + 1, 'left'), 'dim')] : []),
  ];
}

/** `~250 of 554 GiB read · 1.20 GiB/s · ~4m 10s left`, of a phase that reads the weights; null for another one. */
export function bytesRow(
  {phaseProgress, phaseEta}: Snapshot['engine'],
  running: ShownPhase,
  input: ViewInput,
): Row | null {
  if (phaseProgress === undefined || running.ratio === null || running.isEstimated) return null;
  const {totalBytes} = phaseProgress;
  if (!isPresent(totalBytes)) return null;
  const readBytes = totalBytes * running.ratio;
  const readText = padText(`~${fixedGibNumber(readBytes)}`, fixedGibNumber(totalBytes).length + 1, 'left');
  const verb = running.phase === 'download' ? 'downloaded' : 'read';
  const bytesPerSecond = isPresent(phaseEta)
    ? phaseEta.bytesPerSecond
    : readingRate(totalBytes, running.ratio, running.tookMs ?? 0);
  const leftMs =
    bytesPerSecond === null || running.ratio >= 1 ? null : ((totalBytes - readBytes) * 1000) / bytesPerSecond;
  return factRow(
    [
      {
        label: '',
        value: `${' '.repeat(MARK_COLUMNS)}${readText} of ${fixedGibText(totalBytes)} ${verb}`,
        importance: 3,
      },
      ...(bytesPerSecond === null
        ? []
        : [{label: '', value: `~${gibText(bytesPerSecond)}/s`, tone: 'normal' as const, importance: 1}]),
      ...(leftMs === null ? [] : [{label: '', value: `~${durationText(leftMs)} left`, importance: 2}]),
    ],
    input.columns,
    input.glyphs,
  );
}

function lookOf(
  kind: ShownPhase['kind'],
  glyphs: ViewInput['glyphs'],
): {readonly mark: string; readonly tone: Tone; readonly text: Tone} {
  switch (kind) {
    case 'done':
      return {mark: glyphs.bullet, tone: 'ok', text: 'normal'};
    case 'running':
      return {mark: glyphs.halfBullet, tone: 'accent', text: 'strong'};
    case 'coming':
      return {mark: glyphs.hollowBullet, tone: 'dim', text: 'dim'};
  }
}

/** Columns of the name and of the bar: the name is whole where both have room. */
function widthsOf(
  columns: number,
  withUsual: boolean,
): {readonly name: number; readonly bar: number; readonly usual: boolean} {
  const longest = Math.max(...Object.values(phaseNames).map(textWidth));
  const fixed = MARK_COLUMNS + GAP + RATIO_COLUMNS + GAP + TIME_COLUMNS;
  const usualColumns = GAP + TIME_COLUMNS + 1;
  const usual = withUsual && columns >= fixed + usualColumns + longest;
  const left = columns - fixed - (usual ? usualColumns : 0);
  const name = Math.min(longest, Math.max(0, left));
  const bar = Math.min(MAX_BAR_COLUMNS, left - name - GAP);
  return {name, bar: bar < MIN_BAR_COLUMNS ? 0 : bar, usual};
}
