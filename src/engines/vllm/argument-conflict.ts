import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {
  endpointConflict,
  type SettingOnCommandLine,
  secretConflict,
  settingConflict,
  settingsInArguments,
} from '../launch/argument-conflicts.ts';
import type {ExtraOption} from '../launch/extra-options.ts';
import {readVllmOptions} from './extra-arguments.ts';
import {settingArguments} from './launch.ts';
import {settingOptions} from './setting-options.ts';

/**
 * Extra arguments that do not work with the settings: a secret that every user of the host could read, an endpoint
 * that Gantry would not find, or a value that conflicts with a setting (for vLLM the last one wins, so the console
 * would show a value that is not in effect). Null when there is none.
 */
export function findArgumentConflict(settings: LaunchSettings): Finding | null {
  const stated = settingsOnCommandLine(settings);
  for (const option of readVllmOptions(settings.extraArguments)) {
    const finding =
      secretFinding(option) ?? endpointFinding(option) ?? settingConflict('vllm', option, stated.get(option.name));
    if (finding !== null) return finding;
  }
  return null;
}

/** Options that carry a secret, with the shortest prefix that vLLM's parser accepts for them. */
const secrets: readonly {readonly name: string; readonly shortest: string; readonly variable: string | null}[] = [
  {name: '--api-key', shortest: '--api-k', variable: 'VLLM_API_KEY'},
  {name: '--hf-token', shortest: '--hf-t', variable: 'HF_TOKEN'},
  {name: '--ssl-keyfile-password', shortest: '--ssl-keyfile-p', variable: null},
];

/** Options whose value is a secret. */
export const secretOptions: readonly string[] = secrets.map(({name}) => name);

function secretFinding({name}: ExtraOption): Finding | null {
  const secret = secrets.find((option) => name.startsWith(option.shortest) && option.name.startsWith(name));
  if (secret === undefined) return null;
  const instead =
    secret.variable === null ? ', and use a key without a password' : `, and set ${secret.variable} in the environment`;
  return secretConflict('vllm', secret.name, instead, name);
}

const endpointOptions: Readonly<Partial<Record<string, string>>> = {
  '--uds': 'the engine would listen on a Unix socket, which Gantry does not use',
  '--headless': 'the engine would have no API to watch',
  '--ssl-keyfile': 'the engine would use TLS, and Gantry uses plain HTTP on this host',
  '--ssl-certfile': 'the engine would use TLS, and Gantry uses plain HTTP on this host',
};

function endpointFinding(option: ExtraOption): Finding | null {
  const problem = endpointOptions[option.name];
  return problem === undefined ? null : endpointConflict('vllm', option, problem);
}

/** What the settings put on the command line. One left to the engine (`auto`, null, 1) may be set by an argument. */
function settingsOnCommandLine(settings: LaunchSettings): ReadonlyMap<string, SettingOnCommandLine> {
  return new Map([
    ...settingsInArguments(settingArguments(settings), settingOptions),
    ['--model', {value: settings.model, setting: 'model'}],
    ['--served-model-name', {value: settings.servedModelName, setting: 'servedModelName'}],
    ['--host', {value: settings.host, setting: 'host'}],
    ['--port', {value: String(settings.port), setting: 'port'}],
  ]);
}
