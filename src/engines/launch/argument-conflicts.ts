import type {Finding} from '../../domain/diagnosis/finding.ts';
import {displayTyped, isSettingName, type SettingName, settingPath} from '../../domain/settings/settings-table.ts';
import type {LaunchArgument, SettingOptions} from '../engine.ts';
import type {ExtraOption} from './extra-options.ts';

/** A setting as it appears on the command line; a null value is a switch. */
export type SettingOnCommandLine = {readonly value: string | null; readonly setting: SettingName};

/** A start refused because of one argument. */
export function conflict(code: string, message: string, remedy: string, evidence: string): Finding {
  return {code, severity: 'critical', message, evidence, remedy, settingsChange: null};
}

/** An option that carries a secret; `instead` names the alternative, `given` is the option as written, never its value. */
export function secretConflict(engineName: string, option: string, instead: string, given: string = option): Finding {
  return conflict(
    `${engineName}.secret-argument`,
    `${option} would put a secret on the command line, where every user of this host can read it.`,
    `Remove ${option} from engine.extraArguments${instead}.`,
    given,
  );
}

/** An option that moves the API to where Gantry does not find it. */
export function endpointConflict(engineName: string, {written}: ExtraOption, problem: string): Finding {
  return conflict(
    `${engineName}.endpoint-argument`,
    `With ${written}, ${problem}.`,
    `Remove ${written} from engine.extraArguments. If you need it, put a reverse proxy in front of the engine's port.`,
    written,
  );
}

/** An option that conflicts with a setting; null if there is no such setting or the values are equal (0.90 is 0.9). */
export function settingConflict(
  engineName: string,
  {written, value}: ExtraOption,
  stated: SettingOnCommandLine | undefined,
): Finding | null {
  if (stated === undefined || isSame(value, stated.value)) return null;
  const given = value === null ? written : `${written} ${value}`;
  const setting = settingPath(stated.setting);
  return conflict(
    `${engineName}.argument-conflict`,
    `The extra argument ${given} conflicts with the setting ${setting} (${stated.value === null ? 'on' : displayTyped(stated.setting, stated.value)}).`,
    `Remove ${written} from engine.extraArguments and set ${setting} instead.`,
    given,
  );
}

/** What arguments say of the settings, by option. */
export function settingsInArguments(
  launchArguments: readonly LaunchArgument[],
  options: SettingOptions,
): readonly (readonly [string, SettingOnCommandLine])[] {
  const byOption = new Map(
    Object.entries(options).flatMap(([setting, names]) =>
      isSettingName(setting) ? names.map((name) => [name, setting] as const) : [],
    ),
  );
  return launchArguments.flatMap(({argv: [name = '', value = null]}) => {
    const setting = byOption.get(name);
    return setting === undefined ? [] : [[name, {value, setting}] as const];
  });
}

function isSame(given: string | null, stated: string | null): boolean {
  if (given === stated) return true;
  return given !== null && stated !== null && given.trim() !== '' && Number(given) === Number(stated);
}
