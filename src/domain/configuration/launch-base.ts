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

/** The origin of one setting; unknown where none was recorded. */
export function originOf({origins}: Pick<SettingsWithOrigins, 'origins'>, name: SettingName): ValueOrigin {
  return origins[name] ?? {from: 'unknown'};
}

/**
 * The settings of a start that names none: the configuration, except for what a flag, a command or a fix has set for the
 * last launch. These come before the configuration, as flags do.
 */
export function nextLaunch(last: SettingsWithOrigins | null, configured: SettingsWithOrigins): SettingsWithOrigins {
  if (last === null) return configured;
  const kept = settingNames.filter((name) => !isConfigured(originOf(last, name)));
  const names = new Map(kept.map((name) => [name, last.settings[name]]));
  return {
    settings: launchSettingsSchema.parse({...configured.settings, ...Object.fromEntries(names)}),
    origins: {...configured.origins, ...Object.fromEntries(kept.map((name) => [name, originOf(last, name)]))},
  };
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
    const isSame = JSON.stringify(settings[name]) === JSON.stringify(base.settings[name]);
    if (!isSame || origins[name] === undefined) origins[name] = originOfChange(name);
  }
  return {settings, origins};
}

/**
 * Settings of a run that was recorded without origins: what is as configured is taken to come from there, the rest is
 * unknown and stays as it is.
 */
export function assumedOrigins(settings: LaunchSettings, configured: SettingsWithOrigins): SettingsWithOrigins {
  const origins: SettingOrigins = {};
  for (const name of settingNames) {
    const isSame = JSON.stringify(settings[name]) === JSON.stringify(configured.settings[name]);
    origins[name] = isSame ? originOf(configured, name) : {from: 'unknown'};
  }
  return {settings, origins};
}
