import {maskArguments} from '../../shared/mask-arguments.ts';
import type {SettingDifference} from '../diagnosis/details/run-details.ts';
import {type LaunchSettings, type SettingsChange, settingsChangeSchema} from './launch-settings.ts';
import {versionsText} from './setting-text.ts';
import {
  changedNames,
  displaySetting,
  type SettingName,
  settingNames,
  settingsTable,
  summarizeSetting,
} from './settings-table.ts';

/** The names of the settings that differ, in table order. */
export function differingNames(current: LaunchSettings, requested: LaunchSettings): readonly SettingName[] {
  return settingNames.filter((key) => JSON.stringify(current[key]) !== JSON.stringify(requested[key]));
}

/** The settings that differ from the requested ones, in table order; secrets in extra arguments are masked. */
export function differingSettings(current: LaunchSettings, requested: LaunchSettings): readonly SettingDifference[] {
  const [is, wanted] = [withoutSecrets(current), withoutSecrets(requested)];
  return differingNames(current, requested).map((key) => ({key, current: is[key], requested: wanted[key]}));
}

/** Settings as documents show them: the values of secret options in the extra arguments are masked. */
export function withoutSecrets(settings: LaunchSettings): LaunchSettings {
  return {...settings, extraArguments: maskArguments(settings.extraArguments)};
}

/** `context 131,072, not 262,144`: the current value, then the requested one. */
export function differencesText(differences: readonly SettingDifference[]): string {
  return differences
    .map(({key, current, requested}) => {
      const values = versionsText(summarizeSetting(key, current), summarizeSetting(key, requested), ', not ');
      return `${settingsTable[key].label} ${values}`;
    })
    .join(', ');
}

/** `KV cache fp8`: the requested value of a difference. */
export function requestedText(key: SettingDifference['key'], requested: SettingDifference['requested']): string {
  return `${settingsTable[key].label} ${summarizeSetting(key, requested)}`;
}

export function sameSettings(current: LaunchSettings, requested: LaunchSettings): boolean {
  return differingNames(current, requested).length === 0;
}

/** The change from `from` to `to`; empty if they are equal. */
export function changeBetween(from: LaunchSettings, to: LaunchSettings): SettingsChange {
  return settingsChangeSchema.parse(Object.fromEntries(differingNames(from, to).map((key) => [key, to[key]])));
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
  return inOneLine(change, displaySetting);
}

/** The same for events and messages: a list only by its length, because it may contain a secret. */
export function changeSummary(change: SettingsChange): string {
  return inOneLine(change, summarizeSetting);
}

function inOneLine(change: SettingsChange, write: typeof displaySetting): string {
  return changedNames(change)
    .map((name) => `${settingsTable[name].label} ${textOf(change, name, write)}`)
    .join(', ');
}

function textOf(change: SettingsChange, name: SettingName, write: typeof displaySetting): string {
  const value = change[name];
  return value === undefined ? '' : write(name, value);
}
