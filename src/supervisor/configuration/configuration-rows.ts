import type {ConfigurationRow} from '../../api/configuration-view.ts';
import {type ConfiguredValue, effectOf, type ShownValue} from '../../domain/configuration/configured-value.ts';
import {originOf, type SettingsWithOrigins} from '../../domain/configuration/launch-base.ts';
import {isConfigured, type ValueOrigin} from '../../domain/configuration/value-origin.ts';
import type {LifecycleState} from '../../domain/lifecycle/lifecycle.ts';
import {withoutSecrets} from '../../domain/settings/settings-difference.ts';
import {type SettingName, settingOfPath} from '../../domain/settings/settings-table.ts';
import type {ActiveConfiguration} from './active-configuration.ts';
import type {LaunchBook} from './launch-book.ts';
import type {LaunchRecord} from './launch-record.ts';

/** What the rows are made of. */
export type RowsInput = {
  readonly launches: LaunchBook;
  readonly values: readonly ConfiguredValue[];
  /** The launch of the running engine; null without one. */
  readonly running: SettingsWithOrigins | null;
  /** Where the running engine was looked for; null where it was not recorded, or without one. */
  readonly installation: LaunchRecord['installation'] | null;
  /** The settings of a start that names none. */
  readonly next: SettingsWithOrigins;
};

/** The rows in this state of the engine. */
export function rowsInState(
  launches: LaunchBook,
  {values, launch}: Pick<ActiveConfiguration, 'values' | 'launch'>,
  state: Pick<LifecycleState, 'run' | 'settings' | 'lastGoodSettings'>,
): ConfigurationRow[] {
  const running = state.run === null || state.settings === null ? null : launches.of(state.settings, launch);
  return configurationRows({
    launches,
    values,
    running,
    installation: running === null ? null : launches.installation,
    next: launches.next(state, launch),
  });
}

/** Every key of the configuration: what is in force and why, and what the next start would change. */
export function configurationRows(input: RowsInput): ConfigurationRow[] {
  return input.values.map((configured) => {
    const name = settingOfPath.get(configured.key);
    if (name !== undefined) return settingRow(configured, name, input);
    const used = input.installation?.find(({key}) => key === configured.key);
    return used === undefined ? plainRow(configured) : usedRow(configured, used, input.launches);
  });
}

function plainRow({key, value, origin, overridden}: ConfiguredValue): ConfigurationRow {
  return {
    key,
    value,
    origin,
    configured: null,
    isPending: false,
    overridden: overridden === null ? null : {value: overridden.value, place: overridden.place},
    effect: effectOf(key),
  };
}

/** Where the engine was looked for when it started. */
function usedRow(
  configured: ConfiguredValue,
  used: LaunchRecord['installation'][number],
  launches: LaunchBook,
): ConfigurationRow {
  const row = plainRow(configured);
  if (launches.isConfigured(used, configured)) return row;
  const {value, origin} = configured;
  return {...row, value: used.value, origin: used.origin, configured: {value, origin}, isPending: true};
}

function settingRow(configured: ConfiguredValue, name: SettingName, {running, next}: RowsInput): ConfigurationRow {
  const current = running ?? next;
  const [value, wanted] = [current, next].map(({settings}) => JSON.stringify(settings[name]));
  const origin = originOf(current, name);
  const isAsConfigured = value === configured.exact;
  const row = plainRow(configured);
  // A line that moved, or a variable that says the same as the flag, changes no value.
  if (isAsConfigured && isConfigured(origin)) return row;
  return {
    ...row,
    value: withoutSecrets(current.settings)[name],
    origin,
    configured: isAsConfigured ? null : {value: configured.value, origin: configured.origin},
    isPending: value !== wanted,
    overridden: (value === wanted ? overriddenBy(origin, configured) : null) ?? row.overridden,
  };
}

/** What the file says where a flag, a command or a fix comes before it, and the next start keeps that. */
function overriddenBy(
  origin: ValueOrigin,
  configured: ConfiguredValue,
): {readonly value: ShownValue; readonly place: string} | null {
  if (isConfigured(origin) || configured.origin.from !== 'file') return null;
  return {value: configured.value, place: configured.origin.place};
}
