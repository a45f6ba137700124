import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {
  endpointConflict,
  type SettingOnCommandLine,
  secretConflict,
  settingConflict,
} from '../launch/argument-conflicts.ts';
import type {ExtraOption} from '../launch/extra-options.ts';
import {readLlamaOptions} from './extra-arguments.ts';

/**
 * Extra arguments that do not work with the settings: a secret that every user of the host could read, an endpoint that
 * Gantry would not find, or a value that conflicts with a setting. Null when there is none.
 */
export function findArgumentConflict(settings: LaunchSettings): Finding | null {
  const stated = settingsOnCommandLine(settings);
  for (const option of readLlamaOptions(settings.extraArguments)) {
    const finding =
      secretFinding(option) ?? endpointFinding(option) ?? settingConflict('llamacpp', option, stated.get(option.name));
    if (finding !== null) return finding;
  }
  return null;
}

const secretVariables: Readonly<Partial<Record<string, string>>> = {
  '--api-key': 'LLAMA_API_KEY',
  '--hf-token': 'HF_TOKEN',
};

/** Options whose value is a secret. */
export const secretOptions: readonly string[] = Object.keys(secretVariables);

function secretFinding({name}: ExtraOption): Finding | null {
  const variable = secretVariables[name];
  return variable === undefined ? null : secretConflict('llamacpp', name, `, and set ${variable} in the environment`);
}

const endpointOptions: Readonly<Partial<Record<string, string>>> = {
  '--api-prefix': 'the API would be at a path that Gantry does not use',
  '--ssl-key-file': 'the engine would use TLS, and Gantry uses plain HTTP on this host',
  '--ssl-cert-file': 'the engine would use TLS, and Gantry uses plain HTTP on this host',
  '--models-dir': 'the engine would be a router that starts its own servers',
  '--models-preset': 'the engine would be a router that starts its own servers',
};

function endpointFinding(option: ExtraOption): Finding | null {
  const problem = endpointOptions[option.name];
  return problem === undefined ? null : endpointConflict('llamacpp', option, problem);
}

/** What the settings put on the command line. The engine chooses the concurrent requests if the setting is null. */
function settingsOnCommandLine(settings: LaunchSettings): ReadonlyMap<string, SettingOnCommandLine> {
  const {model, servedModelName, host, port, contextLengthTokens, maxRunningRequests} = settings;
  return new Map([
    ['--model', {value: model, setting: 'model'}],
    ['--hf-repo', {value: model, setting: 'model'}],
    ['--alias', {value: servedModelName, setting: 'servedModelName'}],
    ['--host', {value: host, setting: 'host'}],
    ['--port', {value: String(port), setting: 'port'}],
    ['--ctx-size', {value: String(contextLengthTokens), setting: 'contextLengthTokens'}],
    ...(maxRunningRequests === null
      ? []
      : [['--parallel', {value: String(maxRunningRequests), setting: 'maxRunningRequests'}] as const]),
  ]);
}
