import type {ConsoleData} from '../../client/console-data.ts';
import type {Finding, Severity} from '../../domain/diagnosis/finding.ts';
import {type SettingsChange, settingsChangeSchema} from '../../domain/lifecycle/launch-settings.ts';

/** A finding that new settings would cure, and those settings. */
export type Cure = {readonly finding: Finding; readonly change: SettingsChange};

const worstFirst: readonly Severity[] = ['critical', 'warning', 'info'];

/** The cure of the worst finding that has one; null when no setting cures anything. */
export function cureOf({snapshot}: ConsoleData): Cure | null {
  const findings = snapshot?.findings ?? [];
  for (const severity of worstFirst) {
    for (const finding of findings.filter((candidate) => candidate.severity === severity)) {
      if (finding.settingsChange === null) continue;
      const parsed = settingsChangeSchema.safeParse(finding.settingsChange);
      if (parsed.success) return {finding, change: parsed.data};
    }
  }
  return null;
}
