import {originOf, type SettingOrigins} from '../../domain/configuration/launch-base.ts';
import {originText} from '../../domain/configuration/value-origin.ts';
import {changeBetween, withoutSecrets} from '../../domain/settings/settings-difference.ts';
import {changedNames, settingNames, settingsTable, summarizeSetting} from '../../domain/settings/settings-table.ts';
import type {SettingsInForce, SettingsOwner} from './settings-in-force.ts';

const owners: Readonly<Record<SettingsOwner, string>> = {
  'running-engine': 'the running engine',
  'next-start': 'the next start',
  configuration: 'the configuration',
};

/** Whose settings, and which of them are not the default: `the running engine; context: --context; others: default`. */
export function settingsFromText(owner: SettingsOwner, origins: SettingOrigins): string {
  const labels = new Map<string, string[]>();
  for (const name of settingNames) {
    const origin = origins[name];
    if (origin === undefined || origin.from === 'default') continue;
    const text = originText(origin);
    labels.set(text, [...(labels.get(text) ?? []), settingsTable[name].label]);
  }
  const set = [...labels].map(([text, names]) => `${names.join(', ')}: ${text}`);
  return [owners[owner], ...set, set.length === 0 ? 'all default' : 'others: default'].join('; ');
}

/** The settings in force that are others than the configuration's, each with its origin: `context 131,072 (--context)`. */
export function startDifferences(inForce: SettingsInForce): readonly string[] {
  const {settings, configured} = inForce;
  return changedNames(changeBetween(withoutSecrets(configured.settings), settings)).map(
    (name) =>
      `${settingsTable[name].label} ${summarizeSetting(name, settings[name])} (${originText(originOf(inForce, name))})`,
  );
}
