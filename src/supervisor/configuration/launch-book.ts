import type {Command} from '../../api/commands.ts';
import type {ConfiguredValue} from '../../domain/configuration/configured-value.ts';
import {
  assumedOrigins,
  type ChosenLaunch,
  changedLaunch,
  nextLaunch,
  type SettingsWithOrigins,
  sentLaunch,
} from '../../domain/configuration/launch-base.ts';
import type {ValueOrigin} from '../../domain/configuration/value-origin.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {LifecycleState} from '../../domain/lifecycle/lifecycle.ts';
import type {LaunchSettings, SettingsChange} from '../../domain/settings/launch-settings.ts';
import {type SettingName, settingsTable} from '../../domain/settings/settings-table.ts';
import type {ValueDigests} from '../access/value-digests.ts';
import type {LaunchRecord} from './launch-record.ts';

/** Where the engine is looked for: decided by the configuration alone, and no setting of a launch. */
const installationKeys: readonly string[] = ['engine.executable', 'engine.container'];

/** More than the current and the last good settings; older ones are not asked for. */
const MOST_LAUNCHES = 32;

/** Who sent a command, and what it may have been offered. */
export type CommandOrigin = {readonly client: string | null; readonly findings: readonly Finding[]};

/** Knows where the settings of launches came from. Equal settings have the origins of the newest launch with them. */
export class LaunchBook {
  readonly #digests: ValueDigests;
  readonly #launches = new Map<string, ChosenLaunch>();
  #installation: LaunchRecord['installation'] | null = null;
  #changes = 0;

  constructor(digests: ValueDigests) {
    this.#digests = digests;
  }

  /** Adds a launch that was recorded, also by an earlier supervisor. */
  keep(launch: ChosenLaunch, installation: LaunchRecord['installation'] | null = null): void {
    this.#changes += 1;
    const key = JSON.stringify(launch.settings);
    this.#launches.delete(key);
    this.#launches.set(key, launch);
    const [oldest] = this.#launches.keys();
    if (this.#launches.size > MOST_LAUNCHES && oldest !== undefined) this.#launches.delete(oldest);
    if (installation !== null) this.#installation = installation;
  }

  /** How often it has changed: with the same number, its answers are the same. */
  get changes(): number {
    return this.#changes;
  }

  /** These settings with their origins. */
  of(settings: LaunchSettings, configured: SettingsWithOrigins): ChosenLaunch {
    return this.#launches.get(JSON.stringify(settings)) ?? assumedOrigins(settings, configured);
  }

  /** The settings of a start that names none. */
  next(
    {settings, lastGoodSettings}: Pick<LifecycleState, 'settings' | 'lastGoodSettings'>,
    configured: SettingsWithOrigins,
  ): SettingsWithOrigins {
    const last = settings ?? lastGoodSettings;
    return nextLaunch(last === null ? null : this.of(last, configured), configured);
  }

  /** Where the running engine was looked for; null where it was not recorded. */
  get installation(): LaunchRecord['installation'] | null {
    return this.#installation;
  }

  /** True if the value is still configured. Where no digest can be compared, by what is shown of it. */
  isConfigured(used: LaunchRecord['installation'][number], {key, value, exact}: ConfiguredValue): boolean {
    const {digest} = used;
    if (digest !== undefined && this.#digests.isComparable(digest)) return digest === this.#digests.of(key, exact);
    return JSON.stringify(used.value) === JSON.stringify(value);
  }

  /** What to record of a launch that begins now. */
  begin(settings: LaunchSettings, configured: SettingsWithOrigins, values: readonly ConfiguredValue[]): LaunchRecord {
    const installation = values
      .filter(({key}) => installationKeys.includes(key))
      .map(({key, value, exact, origin}) => ({key, value, digest: this.#digests.of(key, exact), origin}));
    const launch = this.of(settings, configured);
    this.keep(launch, installation);
    return {origins: launch.origins, configured: launch.configured, installation};
  }

  /** The launch that a command leads to in this state; null for a command that starts nothing. */
  ofCommand(
    command: Command,
    state: LifecycleState,
    configured: SettingsWithOrigins,
    origin: CommandOrigin,
  ): ChosenLaunch | null {
    const launch = this.#wanted(command, state, configured, origin);
    return launch === null ? null : {...launch, configured: configured.settings};
  }

  #wanted(
    command: Command,
    state: LifecycleState,
    configured: SettingsWithOrigins,
    origin: CommandOrigin,
  ): SettingsWithOrigins | null {
    const base = this.next(state, configured);
    if (command.type === 'restart') {
      const {lastGoodSettings} = state;
      const from = command.lastGood && lastGoodSettings !== null ? this.of(lastGoodSettings, configured) : base;
      return changedLaunch(from, command.change, originOfChange(command.change, origin));
    }
    if (command.type !== 'start') return null;
    if (command.settings === undefined) {
      const {change = {}} = command;
      return changedLaunch(base, change, originOfChange(change, origin));
    }
    const own: ValueOrigin = {from: 'command', client: origin.client};
    return sentLaunch({settings: command.settings, origins: command.origins ?? {}}, configured, own);
  }
}

/** Flags of `gantry restart`; in the console the fix of a finding, or what was typed there. */
function originOfChange(change: SettingsChange, {client, findings}: CommandOrigin): (name: SettingName) => ValueOrigin {
  const key = JSON.stringify(change);
  const offered = findings.find(({settingsChange}) => JSON.stringify(settingsChange) === key);
  return (name) => {
    const {flag} = settingsTable[name];
    if (client === 'cli' && flag !== null) return {from: 'flag', flag: flag.flag};
    return offered === undefined ? {from: 'command', client} : {from: 'fix', finding: offered.code};
  };
}
