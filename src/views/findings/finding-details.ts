import type {Snapshot} from '../../api/snapshot.ts';
import {shownValueText} from '../../domain/configuration/configured-value.ts';
import {originText} from '../../domain/configuration/value-origin.ts';
import {chainOf} from '../../domain/diagnosis/cause-chains.ts';
import {thresholdKeysOf} from '../../domain/diagnosis/conditions/threshold-keys.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {SettingsChange} from '../../domain/settings/launch-settings.ts';
import {changeText, shownChange} from '../../domain/settings/settings-difference.ts';
import {durationText} from '../../shared/quantities/durations.ts';
import {utcText} from '../../shared/quantities/moments.ts';
import {span} from '../drawing/compose.ts';
import {severityLabel, severityTones} from '../format/names.ts';
import type {GlyphSet} from '../glyphs.ts';
import {blank, labelled, wrapped} from '../plan/text-lines.ts';
import type {Row} from '../rows.ts';

export type DetailSpace = {
  readonly snapshot: Snapshot;
  /** The key that applies the fix; null where it is disabled. */
  readonly cureKey?: string | null;
  readonly nowMs: number;
  /** A moment that stands above: a finding of that time does not repeat it. Null for none. */
  readonly shownMs?: number | null;
  readonly columns: number;
  readonly glyphs: GlyphSet;
};

/** A finding in full: message, since when, evidence, what explains it and what it explains, remedy and fix, threshold. */
export function findingDetails(finding: Finding, space: DetailSpace): Row[] {
  const {severity} = chainOf(finding, space.snapshot.findings);
  return [
    [span(severityLabel(severity, space.glyphs), severityTones[severity])],
    ...wrapped(finding.message, space, 'strong'),
    blank,
    ...cureRows(finding, space),
    ...supportRows(finding, space),
  ];
}

/** What to do about a finding, and the settings that fix it or one of its effects. */
export function cureRows(finding: Finding, space: DetailSpace): Row[] {
  const {fix} = chainOf(finding, space.snapshot.findings);
  return [...labelled('what to do', finding.remedy, space), ...fixRows(fix, space)];
}

/** What explains a finding and what it explains, the lines that show it, its threshold, since when, its code. */
export function supportRows(finding: Finding, space: DetailSpace): Row[] {
  const {findings} = space.snapshot;
  const cause = finding.explainedBy === undefined ? undefined : findings[finding.explainedBy];
  const index = findings.indexOf(finding);
  const effects = findings.filter(({explainedBy}) => explainedBy === index);
  return [
    ...(cause === undefined ? [] : labelled('caused by', cause.message, space)),
    ...effects.flatMap((effect, at) => labelled(at === 0 ? 'explains' : '', effect.message, space)),
    ...evidenceRows(finding, space),
    ...thresholdRows(finding, space),
    ...sinceRows(finding, space),
    ...labelled('code', finding.code, space, {tone: 'dim'}),
  ];
}

/** The settings that fix it, or one of its effects, as they are and as they would be. */
function fixRows(fix: Finding | null, space: DetailSpace): Row[] {
  if (fix === null || fix.settingsChange === null) return [];
  const {settingsChange, cure} = fix;
  const {cureKey = 'a'} = space;
  const notes = [
    ...(cureKey === null ? [] : [`${cureKey} applies it`]),
    ...(cure?.isChecked === true ? [] : ['not checked on this host yet']),
  ];
  const note = notes.length === 0 ? '' : ` (${notes.join(', ')})`;
  const alternatives = cure?.alternatives ?? [];
  return [
    ...labelled('fix', `${changedText(settingsChange, space)}${note}`, space, {tone: 'strong'}),
    ...alternatives.flatMap((change) => labelled('or', changeText(change), space)),
  ];
}

/** `context 262,144 → 131,072, KV cache auto → fp8`. */
function changedText(change: SettingsChange, {snapshot, glyphs}: DetailSpace): string {
  return shownChange(change, snapshot.engine.settings)
    .map(({label, before, after}) => `${label} ${before === null ? '' : `${before} ${glyphs.arrow} `}${after}`)
    .join(', ');
}

function evidenceRows({evidence}: Finding, space: DetailSpace): Row[] {
  if (evidence === null) return [];
  return evidenceLines(evidence).flatMap((line, at) =>
    labelled(at === 0 ? 'evidence' : '', line, space, {tone: 'dim'}),
  );
}

/** The values of the configuration that decide when it is raised, each with where it is set. */
function thresholdRows({code}: Finding, space: DetailSpace): Row[] {
  const {values} = space.snapshot.configuration;
  const set = thresholdKeysOf(code).flatMap((key) => values.find((row) => row.key === key) ?? []);
  return set.flatMap(({key, value, origin}, at) => {
    const text = `${key} = ${shownValueText(key, value)} (${originText(origin)})`;
    return labelled(at === 0 ? 'threshold' : '', text, space);
  });
}

/** A supervisor that starts finds within this time what was there before it. */
const FOUND_AT_START_MS = 15_000;
/** A finding and the end that it explains are recorded within this time. */
const SAME_MOMENT_MS = 5_000;

function sinceRows({sinceMs}: Finding, space: DetailSpace): Row[] {
  const {shownMs = null} = space;
  if (sinceMs === undefined || (shownMs !== null && Math.abs(sinceMs - shownMs) <= SAME_MOMENT_MS)) return [];
  const ageMs = Math.max(0, space.nowMs - sinceMs);
  const watchedMs = sinceMs - space.snapshot.supervisor.startedAtMs;
  const isFoundAtStart = watchedMs >= 0 && watchedMs < FOUND_AT_START_MS;
  return labelled(
    'since',
    `${utcText(sinceMs)}, ${durationText(ageMs)} ago${isFoundAtStart ? ', or earlier' : ''}`,
    space,
  );
}

/** Evidence may be several lines of a log. */
export function evidenceLines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}
