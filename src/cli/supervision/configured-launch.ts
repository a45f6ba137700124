import {toLaunchSettings} from '../../config/configuration.ts';
import type {LoadedConfiguration} from '../../config/load-configuration.ts';
import {changedLaunch, type SettingsWithOrigins} from '../../domain/configuration/launch-base.ts';
import type {SettingsChange} from '../../domain/settings/launch-settings.ts';
import {settingNames, settingPath, settingsTable} from '../../domain/settings/settings-table.ts';

/** The launch settings of a configuration, with their origins. */
export function configuredLaunch({configuration, values}: LoadedConfiguration): SettingsWithOrigins {
  const origins = settingNames.flatMap((name) => {
    const configured = values.find(({key}) => key === settingPath(name));
    return configured === undefined ? [] : [[name, configured.origin] as const];
  });
  return {settings: toLaunchSettings(configuration), origins: Object.fromEntries(origins)};
}

/** The same with what flags set. */
export function flaggedLaunch(base: SettingsWithOrigins, flags: SettingsChange): SettingsWithOrigins {
  return changedLaunch(base, flags, (name) => ({from: 'flag', flag: settingsTable[name].flag?.flag ?? name}));
}
