import type {SettingDifference} from '../diagnosis/details/run-details.ts';
import {type LaunchSettings, type SettingsChange, settingsChangeSchema} from './launch-settings.ts';
import {
  changedNames,
  displaySetting,
  type SettingName,
  settingNames,
  settingsTable,
  summarizeSetting,
} from './settings-table.ts';

/** The settings that differ from the requested ones, in table order. */
export function differingSettings(present: LaunchSettings, asked: LaunchSettings): readonly SettingDifference[] {
  return settingNames
    .filter((key) => JSON.stringify(present[key]) !== JSON.stringify(asked[key]))
    .map((key) => ({key, present: present[key], asked: asked[key]}));
}

/** `context 131,072, not 262,144`: the current value, then the requested one. */
export function differencesText(differences: readonly SettingDifference[]): string {
  return differences
    .map(({key, present, asked}) => {
      const [is, wanted] = [present, asked].map((value) => summarizeSetting(key, value));
      return `${settingsTable[key].label} ${is}, not ${wanted}`;
    })
    .join(', ');
}

export function sameSettings(present: LaunchSettings, asked: LaunchSettings): boolean {
  return differingSettings(present, asked).length === 0;
}

/** The change from `from` to `to`; empty if they are equal. */
export function changeBetween(from: LaunchSettings, to: LaunchSettings): SettingsChange {
  return settingsChangeSchema.parse(
    Object.fromEntries(differingSettings(from, to).map(({key, asked}) => [key, asked])),
  );
}

/** One setting of a change, as text: its value before, if known, and after. */
export type ShownChange = {readonly label: string; readonly before: string | null; readonly after: string};

/** A change for screens. `present` are the current settings; null if unknown. */
export function shownChange(change: SettingsChange, present: LaunchSettings | null): readonly ShownChange[] {
  return changedNames(change).map((name) => ({
    label: settingsTable[name].label,
    before: present === null ? null : displaySetting(name, present[name]),
    after: textOf(change, name, displaySetting),
  }));
}

/** `context 131,072, KV cache fp8`: a change in one line. */
export function changeText(change: SettingsChange): string {
  return shownChange(change, null)
    .map(({label, after}) => `${label} ${after}`)
    .join(', ');
}

function textOf(change: SettingsChange, name: SettingName, write: typeof displaySetting): string {
  const value = change[name];
  return value === undefined ? '' : write(name, value);
}
