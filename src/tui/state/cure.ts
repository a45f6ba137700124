import type {ConsoleData} from '../../client/console-data.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import {type SettingsChange, settingsChangeSchema} from '../../domain/settings/launch-settings.ts';
import {appliedCure} from '../../views/words.ts';

/** A finding that new settings would cure, and those settings. */
export type Cure = {readonly finding: Finding; readonly change: SettingsChange};

/** The cure of the worst trouble there is; null when no setting cures that. Tips cure nothing. */
export function cureOf({snapshot}: ConsoleData): Cure | null {
  const finding = appliedCure(snapshot?.findings ?? []);
  if (finding === undefined) return null;
  const parsed = settingsChangeSchema.safeParse(finding.settingsChange);
  return parsed.success ? {finding, change: parsed.data} : null;
}
