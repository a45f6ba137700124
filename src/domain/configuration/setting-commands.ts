import {type SettingName, settingOfPath, settingsTable} from '../settings/settings-table.ts';

/** The flags of the console that come before its section of the configuration, by key. */
export const consoleFlags = {
  'console.layout': '--layout',
  'console.mouse': '--mouse',
  'console.theme': '--theme',
} as const;

const flagsOfConsole: ReadonlyMap<string, string> = new Map(Object.entries(consoleFlags));

/** Settings whose flags only `gantry plan` accepts: a restart keeps its engine and the engine's configuration. */
export const plannedOnly: readonly SettingName[] = ['engine', 'extraArguments'];

/** What sets a key of the configuration once on a command line: `gantry restart --port`; null where no flag does. */
export function commandOf(key: string): string | null {
  const ofConsole = flagsOfConsole.get(key);
  if (ofConsole !== undefined) return `gantry ${ofConsole}`;
  const name = settingOfPath.get(key);
  const flag = name === undefined || plannedOnly.includes(name) ? null : settingsTable[name].flag;
  return flag === null ? null : `gantry restart ${flag.flag}`;
}
