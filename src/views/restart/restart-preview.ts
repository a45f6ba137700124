import type {Preview} from '../../api/preview.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {changeBetween, shownChange} from '../../domain/settings/settings-difference.ts';
import {isAbsent, type Reading} from '../../samples/reading.ts';
import {fixedGibText} from '../../shared/quantities/bytes.ts';
import {compactText, countText} from '../../shared/quantities/counts.ts';
import {padText, span} from '../drawing/compose.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import {verdictLabels} from '../format/names.ts';
import {timesText} from '../format/shown.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row} from '../rows.ts';
import {contextWarningRows, contextWarnings} from './context-warnings.ts';
import {consequenceRows, observedRequestTokens} from './restart-consequences.ts';

const LABEL_COLUMNS = 24;
const VALUE_COLUMNS = 16;

export type RestartPreviewInput = {
  readonly snapshot: Snapshot;
  readonly before: LaunchSettings;
  readonly after: LaunchSettings;
  /** The plan of `after` on this node. */
  readonly plan: Reading<MemoryPlan>;
  /** Reasons to refuse the restart. */
  readonly blockers: readonly Finding[];
  readonly columns: number;
  readonly glyphs: GlyphSet;
};

/** The effect of a restart with any settings: changed settings, memory before and after, dropped requests. */
export function restartPreviewRows(input: RestartPreviewInput): readonly Row[] {
  const {snapshot, before, after, plan, blockers, columns, glyphs} = input;
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
    ...consequenceRows(snapshot, {columns, glyphs}),
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
  const {word, tone} = verdictLabels[plan.verdict];
  const isReported = blockers.some(({code}) => code === 'preflight.does-not-fit');
  const verdict = `${word} (${plan.confidence})${isReported ? '' : `: ${plan.reason}`}`;
  return [...memoryRows(input, plan), [], ...wrapText(verdict, tone, columns, 6, glyphs)];
}

function settingRows({before, after, columns, glyphs}: RestartPreviewInput): Row[] {
  const changed = shownChange(changeBetween(before, after), before).map(({label, before: old, after: value}) =>
    changeRow(label, old ?? glyphs.dash, value, glyphs),
  );
  if (changed.length > 0) return changed;
  return wrapText('No settings change: this only restarts the engine.', 'accent', columns, 2, glyphs);
}

/** Before: as logged by the running engine, otherwise as planned. */
function memoryRows({snapshot, before, after, glyphs}: RestartPreviewInput, plan: MemoryPlan): Row[] {
  const {facts} = snapshot.engine;
  const planned = isAbsent(snapshot.plan) ? null : snapshot.plan;
  const pool = facts['kvCachePoolBytesPerGpu'] ?? planned?.perGpu.kvCachePoolBytes;
  const tokens = facts['kvCapacityTokens'] ?? planned?.kvCache.capacityTokens;
  const shown = (value: number | undefined, text: (known: number) => string): string =>
    value === undefined ? glyphs.dash : text(value);
  const tokensText = (count: number): string => `${countText(count)} tokens`;
  const observed = observedRequestTokens(snapshot);
  const atOnce = (count: number): string => timesText(count, glyphs);
  return [
    changeRow(
      'weights per GPU',
      shown(planned?.perGpu.weightsBytes, fixedGibText),
      fixedGibText(plan.perGpu.weightsBytes),
      glyphs,
    ),
    changeRow('KV pool per GPU', shown(pool, fixedGibText), fixedGibText(plan.perGpu.kvCachePoolBytes), glyphs),
    changeRow('KV pool', shown(tokens, tokensText), tokensText(plan.kvCache.capacityTokens), glyphs),
    changeRow('largest request', tokensText(before.contextLengthTokens), tokensText(after.contextLengthTokens), glyphs),
    changeRow(
      'concurrent, full length',
      shown(tokens, (count) => atOnce(count / before.contextLengthTokens)),
      atOnce(plan.kvCache.fullLengthSequences),
      glyphs,
    ),
    ...(observed === null
      ? []
      : [
          changeRow(
            `concurrent, ${compactText(observed)} as measured`,
            shown(tokens, (count) => atOnce(count / observed)),
            atOnce(plan.kvCache.capacityTokens / observed),
            glyphs,
          ),
        ]),
  ];
}

function changeRow(label: string, before: string, after: string, glyphs: GlyphSet): Row {
  return [
    span(padText(label, LABEL_COLUMNS), 'dim'),
    span(padText(before, VALUE_COLUMNS, 'left'), 'normal'),
    span(` ${glyphs.arrow} `, 'dim'),
    span(before === after ? 'unchanged' : after, before === after ? 'normal' : 'strong'),
  ];
}
