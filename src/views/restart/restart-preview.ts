import type {Preview} from '../../api/preview.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import {confidenceText} from '../../domain/memory/plan/plan-version.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {changeBetween, shownChange} from '../../domain/settings/settings-difference.ts';
import {isAbsent, type Reading} from '../../samples/reading.ts';
import {fixedGibText} from '../../shared/quantities/bytes.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import {verdictLabel} from '../format/names.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row} from '../rows.ts';
import {contextWarningRows, contextWarnings} from './context-warnings.ts';
import {changeRow, concurrencyRows, largestRequestRow, poolRows} from './memory-comparison.ts';
import {consequenceRows} from './restart-consequences.ts';

export type RestartPreviewInput = {
  readonly snapshot: Snapshot;
  readonly before: LaunchSettings;
  readonly after: LaunchSettings;
  /** The plan of `after` on this node. */
  readonly plan: Reading<MemoryPlan>;
  /** Reasons to refuse the restart. */
  readonly blockers: readonly Finding[];
  /** How long running requests may take to finish; 0 drops them. */
  readonly drainMs: number;
  readonly columns: number;
  readonly glyphs: GlyphSet;
};

/** The effect of a restart with any settings: changed settings, memory before and after, dropped requests. */
export function restartPreviewRows(input: RestartPreviewInput): readonly Row[] {
  const {snapshot, before, after, plan, blockers, drainMs, columns, glyphs} = input;
  const lengths = {beforeTokens: before.contextLengthTokens, afterTokens: after.contextLengthTokens};
  return [
    ...settingRows(input),
    [],
    ...(isAbsent(plan) ? [] : planRows(input, plan)),
    ...blockers.flatMap(({message, remedy}) => [
      ...wrapText(`refused: ${message}`, 'critical', columns, 6, glyphs),
      ...(remedy === '' ? [] : wrapText(`${glyphs.arrow} ${remedy}`, 'strong', columns, 8, glyphs)),
    ]),
    ...contextWarningRows(snapshot, lengths, {columns, glyphs}),
    ...idleFractionText(before, after, plan).flatMap((text) => wrapText(text, 'warning', columns, 2, glyphs)),
    ...consequenceRows(snapshot, {columns, glyphs, drainMs}),
  ];
}

/** What speaks against a restart that would be accepted, one sentence each: who it hits, and why its plan is tight. */
export function restartWarnings(
  snapshot: Snapshot,
  {settings, plan}: Pick<Preview, 'settings' | 'plan'>,
): readonly string[] {
  const afterTokens = settings.contextLengthTokens;
  const beforeTokens = snapshot.engine.settings?.contextLengthTokens ?? afterTokens;
  return [
    ...contextWarnings(snapshot, beforeTokens, afterTokens).map(({message}) => message),
    ...(isAbsent(plan) || plan.verdict !== 'tight' ? [] : [`The memory plan is tight: ${plan.reason}`]),
    ...idleFractionText(snapshot.engine.settings, settings, plan),
  ];
}

/** An engine without a memory fraction takes what it needs. */
function idleFractionText(
  before: LaunchSettings | null,
  after: LaunchSettings,
  plan: Reading<MemoryPlan>,
): readonly string[] {
  if (isAbsent(plan) || plan.engine.hasMemoryFraction || before?.memoryFraction === after.memoryFraction) return [];
  return [`${plan.engine.displayName} has no memory fraction: this setting changes nothing.`];
}

/** If a blocker already has the verdict's reason, it is not repeated. */
function planRows(input: RestartPreviewInput, plan: MemoryPlan): Row[] {
  const {columns, glyphs, blockers} = input;
  const {word, tone} = verdictLabel(plan);
  const isReported = blockers.some(({code}) => code === 'preflight.does-not-fit');
  const verdict = `${word} (${confidenceText(plan)})${isReported ? '' : `: ${plan.reason}`}`;
  return [...memoryRows(input, plan), [], ...wrapText(verdict, tone, columns, 6, glyphs)];
}

function settingRows({before, after, columns, glyphs}: RestartPreviewInput): Row[] {
  const changed = shownChange(changeBetween(before, after), before).map(({label, before: old, after: value}) =>
    changeRow(label, old ?? glyphs.dash, value, glyphs),
  );
  if (changed.length > 0) return changed;
  return wrapText('No settings change: this only restarts the engine.', 'accent', columns, 2, glyphs);
}

function memoryRows({snapshot, before, after, glyphs}: RestartPreviewInput, plan: MemoryPlan): Row[] {
  const [beforeTokens, afterTokens] = [before.contextLengthTokens, after.contextLengthTokens];
  const compared = {snapshot, plan, beforeTokens, afterTokens};
  const planned = isAbsent(snapshot.plan) ? null : snapshot.plan.perGpu.weightsBytes;
  return [
    changeRow(
      'weights per GPU',
      planned === null ? glyphs.dash : fixedGibText(planned),
      fixedGibText(plan.perGpu.weightsBytes),
      glyphs,
    ),
    ...poolRows(compared, glyphs),
    largestRequestRow(beforeTokens, afterTokens, glyphs),
    ...concurrencyRows(compared, glyphs),
  ];
}
