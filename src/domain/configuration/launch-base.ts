import {z} from 'zod';
import {
  applySettingsChange,
  type LaunchSettings,
  launchSettingsSchema,
  type SettingsChange,
} from '../settings/launch-settings.ts';
import {changedNames, type SettingName, settingNames} from '../settings/settings-table.ts';
import {isConfigured, type ValueOrigin, valueOriginSchema} from './value-origin.ts';

/** Where each launch setting came from. */
export const settingOriginsSchema = z.partialRecord(launchSettingsSchema.keyof(), valueOriginSchema);
export type SettingOrigins = z.infer<typeof settingOriginsSchema>;

/** Settings of a launch, and where each came from. */
export type SettingsWithOrigins = {readonly settings: LaunchSettings; readonly origins: SettingOrigins};

/** A launch as it was chosen. */
export type ChosenLaunch = SettingsWithOrigins & {
  /** What the configuration said at that moment. */
  readonly configured: LaunchSettings;
};

/** The origin of one setting; unknown where none was recorded. */
export function originOf({origins}: Pick<SettingsWithOrigins, 'origins'>, name: SettingName): ValueOrigin {
  return origins[name] ?? {from: 'unknown'};
}

/**
 * The settings of a start that names none: the configuration, except for what a flag, a command or a fix has set for the
 * last launch. These come before the configuration as it was then; a value that was edited after them is newer.
 */
export function nextLaunch(last: ChosenLaunch | null, configured: SettingsWithOrigins): SettingsWithOrigins {
  if (last === null) return configured;
  const kept = settingNames.filter((name) => isKept(last, configured, name));
  const names = new Map(kept.map((name) => [name, last.settings[name]]));
  return {
    settings: launchSettingsSchema.parse({...configured.settings, ...Object.fromEntries(names)}),
    origins: {...configured.origins, ...Object.fromEntries(kept.map((name) => [name, originOf(last, name)]))},
  };
}

function isKept(last: ChosenLaunch, configured: SettingsWithOrigins, name: SettingName): boolean {
  const origin = originOf(last, name);
  if (isConfigured(origin)) return false;
  // The programs of a simulated node do not run with other values.
  return origin.from === 'simulated-node' || isSameSetting(name, last.configured, configured.settings);
}

function isSameSetting(name: SettingName, one: LaunchSettings, other: LaunchSettings): boolean {
  return JSON.stringify(one[name]) === JSON.stringify(other[name]);
}

/**
 * A launch whose settings and origins were sent. A client may have read another file or environment than the supervisor:
 * only what this configuration says as well follows it; the rest has the origin `own`.
 */
export function sentLaunch(
  {settings, origins}: SettingsWithOrigins,
  configured: SettingsWithOrigins,
  own: ValueOrigin,
): SettingsWithOrigins {
  const originsHere = settingNames.map((name): [SettingName, ValueOrigin] => {
    const sent = origins[name] ?? own;
    if (!isConfigured(sent)) return [name, sent];
    return [name, isSameSetting(name, settings, configured.settings) ? originOf(configured, name) : own];
  });
  return {settings, origins: Object.fromEntries(originsHere)};
}

/** A launch with a change: what the change repeats keeps its origin, the rest has the change's. */
export function changedLaunch(
  base: SettingsWithOrigins,
  change: SettingsChange,
  originOfChange: (name: SettingName) => ValueOrigin,
): SettingsWithOrigins {
  const settings = applySettingsChange(base.settings, change);
  const origins = {...base.origins};
  for (const name of changedNames(change)) {
    if (!isSameSetting(name, settings, base.settings) || origins[name] === undefined)
      origins[name] = originOfChange(name);
  }
  return {settings, origins};
}

/**
 * Settings of a run that was recorded without origins: what is as configured is taken to come from there, the rest is
 * unknown and stays as it is until the configuration is edited.
 */
export function assumedOrigins(settings: LaunchSettings, configured: SettingsWithOrigins): ChosenLaunch {
  const origins: SettingOrigins = {};
  for (const name of settingNames) {
    origins[name] = isSameSetting(name, settings, configured.settings) ? originOf(configured, name) : {from: 'unknown'};
  }
  return {settings, origins, configured: configured.settings};
}
