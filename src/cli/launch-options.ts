import {type Command, InvalidArgumentError, Option} from 'commander';
import {absoluteModel} from '../config/model-path.ts';
import {plannedOnly} from '../domain/configuration/setting-commands.ts';
import {type SettingsChange, settingsChangeSchema} from '../domain/settings/launch-settings.ts';
import {type SettingName, settingNames, settingsTable} from '../domain/settings/settings-table.ts';

/** Only the launch settings given on the command line. */
export type LaunchOptions = {readonly settings: SettingsChange};

/** Adds the flags of these settings to a command; by default all that `up`, `restart` and `plan` accept. */
export function addSettingFlags(command: Command, names: readonly SettingName[] = launchFlags): Command {
  for (const name of names) command.addOption(settingOption(name));
  return command;
}

/** The flag of a setting, with help and parser from the table. */
export function settingOption(name: SettingName): Option {
  const {flag, description, text} = settingsTable[name];
  if (flag === null) throw new Error(`${name} has no flag`);
  const help = `${description.charAt(0).toLowerCase()}${description.slice(1).replace(/\.$/, '')}`;
  const option = new Option(flag.value === null ? flag.flag : `${flag.flag} <${flag.value}>`, help);
  // A switch takes no value, and a list is already split by the shell.
  if (flag.value === null || option.variadic) return option;
  return option.argParser((typed) => {
    const parsed = text.parse(typed);
    if (!parsed.ok) throw new InvalidArgumentError(`Expected ${parsed.error}.`);
    // Parsed where it is used: commander cannot store null, which means the engine default.
    return typed;
  });
}

/**
 * A command's options from commander, with all settings combined into one change. A model that is a
 * path is made absolute: the engine starts in another directory.
 */
export function withSettings<T extends object>(options: T): T & LaunchOptions {
  const given = new Map<string, unknown>(Object.entries(options));
  const named = flagged
    .map((name) => [name, settingValue(name, given.get(settingOption(name).attributeName()))] as const)
    .filter(([, value]) => value !== undefined);
  const settings = settingsChangeSchema.parse(Object.fromEntries(named));
  if (settings.model === undefined) return {...options, settings};
  return {...options, settings: {...settings, model: absoluteModel(settings.model, process.cwd())}};
}

/** A value from its text; a switch and a list are already values. */
function settingValue(name: SettingName, given: unknown): unknown {
  if (typeof given !== 'string') return given;
  const parsed = settingsTable[name].text.parse(given);
  if (!parsed.ok) throw new Error(`${settingOption(name).long} got ${given}, expected ${parsed.error}`);
  return parsed.value;
}

const flagged = settingNames.filter((name) => settingsTable[name].flag !== null);
const launchFlags = flagged.filter((name) => !plannedOnly.includes(name));
