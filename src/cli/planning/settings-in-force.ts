import type {ApiError} from '../../api/commands.ts';
import type {ConfigurationRow} from '../../api/configuration-view.ts';
import type {SettingsWithOrigins} from '../../domain/configuration/launch-base.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import {launchSettingsSchema} from '../../domain/settings/launch-settings.ts';
import {settingNames, settingPath} from '../../domain/settings/settings-table.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {configuredLaunch} from '../supervision/configured-launch.ts';
import {findConfiguration} from '../supervision/find-configuration.ts';
import {type Wiring, withoutPlace} from '../wiring.ts';

/** Whose settings are planned where no flag says otherwise. */
export type SettingsOwner = 'running-engine' | 'next-start' | 'configuration';

/** The launch settings that a command is about, with where each came from. */
export type SettingsInForce = SettingsWithOrigins & {
  readonly owner: SettingsOwner;
  /** What the configuration says, whatever was set for the engine. */
  readonly configured: SettingsWithOrigins;
  /** Why they are not those of this command's file or environment. */
  readonly findings: readonly Finding[];
};

/** Only these are about a difference between this command and the supervisor. */
const shownCodes: ReadonlySet<string> = new Set(['configuration.unused', 'configuration.not-in-force']);

/**
 * The settings in force, as `gantry config` shows them: those of the running engine, else of the next start that names
 * none. A file named with `--config` that is not the supervisor's is planned itself, and so is the configuration where
 * the environment names other GPUs than those of a simulated node.
 */
export async function settingsInForce(wiring: Wiring): Promise<Result<SettingsInForce, ApiError>> {
  const {configPath, configurationError, configurationFile, environment, loaded} = wiring;
  const isNamed = configPath !== null;
  if (isNamed && configurationError !== null) return err(withoutPlace(configurationError));
  const configured = configuredLaunch(loaded);
  const shown = await findConfiguration(wiring);
  if (!shown.ok) return shown;
  const {configuration, isEngineRunning, simulated, findings} = shown.value;
  const isOtherFile = isNamed && configuration.file !== configurationFile;
  const isOtherNode = simulated && environment['GANTRY_NVIDIA_SMI'] !== undefined;
  if (isOtherFile || isOtherNode) {
    return configurationError === null
      ? ok({...configured, owner: 'configuration', configured, findings: []})
      : err(withoutPlace(configurationError));
  }
  return ok({
    ...settingsOf(configuration.values),
    owner: isEngineRunning ? 'running-engine' : 'next-start',
    configured,
    findings: findings.filter(({code}) => shownCodes.has(code)),
  });
}

/** The launch settings in the rows of a configuration; secrets in extra arguments stay masked. */
function settingsOf(rows: readonly ConfigurationRow[]): SettingsWithOrigins {
  const byKey = new Map(rows.map((row) => [row.key, row]));
  const known = settingNames.flatMap((name) => {
    const row = byKey.get(settingPath(name));
    return row === undefined ? [] : [[name, row] as const];
  });
  return {
    settings: launchSettingsSchema.parse(Object.fromEntries(known.map(([name, {value}]) => [name, value]))),
    origins: Object.fromEntries(known.map(([name, {origin}]) => [name, origin])),
  };
}
