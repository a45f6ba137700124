import {existsSync} from 'node:fs';
import path from 'node:path';
import {type Command, InvalidArgumentError, Option} from 'commander';
import {type SettingsChange, settingsChangeSchema} from '../domain/settings/launch-settings.ts';
import {type SettingName, settingNames, settingsTable} from '../domain/settings/settings-table.ts';

/** The launch settings that a command line named, and only those. */
export type LaunchOptions = {readonly settings: SettingsChange};

/** Settings that only `gantry plan` takes: a restart keeps its engine and what was configured for it. */
const plannedOnly: readonly SettingName[] = ['engine', 'extraArguments'];

/** Gives a command the flags of these settings; of all that `up`, `restart` and `plan` take, where none are named. */
export function addSettingFlags(command: Command, names: readonly SettingName[] = launchFlags): Command {
  for (const name of names) command.addOption(settingOption(name));
  return command;
}

/** The flag of a setting: its help and its parser are those of the table. */
export function settingOption(name: SettingName): Option {
  const {flag, description, text} = settingsTable[name];
  if (flag === null) throw new Error(`${name} has no flag`);
  const help = `${description.charAt(0).toLowerCase()}${description.slice(1).replace(/\.$/, '')}`;
  const option = new Option(flag.value === null ? flag.flag : `${flag.flag} <${flag.value}>`, help);
  // A switch takes no value, and a list is what the shell has already divided.
  if (flag.value === null || option.variadic) return option;
  return option.argParser((typed) => {
    const parsed = text.parse(typed);
    if (!parsed.ok) throw new InvalidArgumentError(`Expected ${parsed.error}.`);
    // Read where it is used: commander cannot carry null, which is the engine's own choice.
    return typed;
  });
}

/**
 * The options of a command as commander hands them over, with the settings among them as one change. A model that is a
 * path is made absolute: the engine starts in another directory.
 */
export function withSettings<T extends object>(options: T): T & LaunchOptions {
  const given = new Map<string, unknown>(Object.entries(options));
  const named = flagged
    .map((name) => [name, settingValue(name, given.get(settingOption(name).attributeName()))] as const)
    .filter(([, value]) => value !== undefined);
  const settings = settingsChangeSchema.parse(Object.fromEntries(named));
  if (settings.model === undefined) return {...options, settings};
  return {...options, settings: {...settings, model: typedModel(settings.model, process.cwd())}};
}

/** The model as it was meant in this directory: like the engines do, a path that exists before a name of the hub. */
export function typedModel(model: string, workingDirectory: string): string {
  if (/^[~/]/.test(model)) return model;
  const file = path.resolve(workingDirectory, model);
  return /^\.{1,2}(?:\/|$)/.test(model) || existsSync(file) ? file : model;
}

/** A value from its text; a switch and a list are values already. */
function settingValue(name: SettingName, given: unknown): unknown {
  if (typeof given !== 'string') return given;
  const parsed = settingsTable[name].text.parse(given);
  if (!parsed.ok) throw new Error(`${settingOption(name).long} took ${given}, and ${parsed.error} was expected`);
  return parsed.value;
}

const flagged = settingNames.filter((name) => settingsTable[name].flag !== null);
const launchFlags = flagged.filter((name) => !plannedOnly.includes(name));
