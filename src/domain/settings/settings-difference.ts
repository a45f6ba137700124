import type {SettingDifference} from '../diagnosis/details/run-details.ts';
import type {Finding} from '../diagnosis/finding.ts';
import type {LaunchSettings} from './launch-settings.ts';

/** The settings that are not as they are asked for. */
export function differingSettings(present: LaunchSettings, asked: LaunchSettings): readonly SettingDifference[] {
  const before = new Map<string, SettingDifference['present']>(Object.entries(present));
  return Object.entries(asked).flatMap(([key, value]) => {
    const was = before.get(key) ?? null;
    return JSON.stringify(was) === JSON.stringify(value) ? [] : [{key, present: was, asked: value}];
  });
}

/** `contextLengthTokens 131072, not 262144`: as it is, not as it is asked for. */
export function differencesText(differences: readonly SettingDifference[]): string {
  return differences
    .map(({key, present, asked}) => `${key} ${JSON.stringify(present)}, not ${JSON.stringify(asked)}`)
    .join(', ');
}

export function sameSettings(present: LaunchSettings, asked: LaunchSettings): boolean {
  return differingSettings(present, asked).length === 0;
}

/** What must change of `from` to come to `to`, as a finding carries it; null where that is more than plain values. */
export function changeBetween(from: LaunchSettings, to: LaunchSettings): Finding['settingsChange'] {
  const before = new Map<string, string>(entries(from));
  const change: Record<string, string | number | boolean | null> = {};
  for (const [name, value] of Object.entries(to)) {
    if (before.get(name) === JSON.stringify(value)) continue;
    if (Array.isArray(value)) return null;
    change[name] = value;
  }
  return change;
}

function entries(settings: LaunchSettings): readonly (readonly [string, string])[] {
  return Object.entries(settings).map(([name, value]) => [name, JSON.stringify(value)] as const);
}
