import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import type {SettingName} from '../../domain/settings/settings-table.ts';
import {
  conflict,
  endpointConflict,
  type SettingOnCommandLine,
  secretConflict,
  settingConflict,
  settingsInArguments,
} from '../launch/argument-conflicts.ts';
import type {ExtraOption} from '../launch/extra-options.ts';
import {isKimiK2} from '../launch/kimi-k2.ts';
import {readSglangOptions} from './extra-arguments.ts';
import {settingArguments} from './launch.ts';
import {settingOptions} from './setting-options.ts';

/**
 * Conflicts between settings and extra arguments: a secret that every user of the host could read, an
 * endpoint that Gantry would not find, a value that conflicts with a setting (for SGLang the last one wins, so
 * the console would show a value that is not in effect), or a mode that SGLang does not have. Null when there is none.
 */
export function findArgumentConflict(settings: LaunchSettings): Finding | null {
  const stated = settingsOnCommandLine(settings);
  for (const option of readSglangOptions(settings.extraArguments)) {
    const finding =
      secretFinding(option) ?? endpointFinding(option) ?? settingConflict('sglang', option, stated.get(option.name));
    if (finding !== null) return finding;
  }
  return visionFinding(settings);
}

/** Options that carry a secret, and the variable to use instead. */
const secretVariables: Readonly<Partial<Record<string, string | null>>> = {
  '--api-key': 'SGLANG_API_KEY',
  '--admin-api-key': null,
  '--hf-token': 'HF_TOKEN',
  '--ssl-keyfile-password': null,
};

/** Options whose value is a secret. */
export const secretOptions: readonly string[] = Object.keys(secretVariables);

function secretFinding({name}: ExtraOption): Finding | null {
  const variable = secretVariables[name];
  if (variable === undefined) return null;
  return secretConflict('sglang', name, variable === null ? '' : `, and set ${variable} in the environment`);
}

const tlsProblem = 'the engine would use TLS, and Gantry uses plain HTTP on this host';
const endpointOptions: Readonly<Partial<Record<string, string>>> = {
  '--smg-grpc-mode': 'the engine would use gRPC, and Gantry uses HTTP',
  '--encoder-only': 'the engine would have no API to watch',
  '--ssl-keyfile': tlsProblem,
  '--ssl-certfile': tlsProblem,
  '--config':
    'the engine would read settings from a file that Gantry does not read, and SGLang accepts only one such file',
};

function endpointFinding(option: ExtraOption): Finding | null {
  const problem = endpointOptions[option.name];
  if (problem === undefined) return null;
  const finding = endpointConflict('sglang', option, problem);
  if (option.name !== '--config') return finding;
  const remedy = `Remove ${option.written}, and move the contents of the file to the settings and engine.extraArguments.`;
  return {...finding, remedy};
}

/**
 * What the settings set, explicitly or by omission: GPU sharing is planned from the settings, so an argument
 * cannot change it. A size left to the engine (`auto`, null) may be set by an argument.
 */
function settingsOnCommandLine(settings: LaunchSettings): ReadonlyMap<string, SettingOnCommandLine> {
  const own = (value: string | number, setting: SettingName): SettingOnCommandLine => ({value: String(value), setting});
  return new Map([
    ...settingsInArguments(settingArguments(settings), settingOptions),
    ['--tp-size', own(settings.tensorParallelSize, 'tensorParallelSize')],
    ['--pp-size', own(settings.pipelineParallelSize, 'pipelineParallelSize')],
    ['--dp-size', own(settings.dataParallelSize, 'dataParallelSize')],
    ['--dcp-size', own(settings.decodeContextParallelSize, 'decodeContextParallelSize')],
    ['--model-path', own(settings.model, 'model')],
    ['--served-model-name', own(settings.servedModelName, 'servedModelName')],
    ['--host', own(settings.host, 'host')],
    ['--port', own(settings.port, 'port')],
  ]);
}

/** Kimi K2.5 and later have a vision tower; earlier K2 models have none to leave out. */
const seeingModel = /k2[._-]?[5-9]/i;

/** SGLang always builds the vision tower of Kimi K2.5 to K2.7 (`srt/models/kimi_k25.py`). */
function visionFinding({visionMode, model, servedModelName}: LaunchSettings): Finding | null {
  const isSeeing = isKimiK2({model, servedModelName}) && seeingModel.test(`${model} ${servedModelName}`);
  if (visionMode !== 'absent' || !isSeeing) return null;
  return {
    ...conflict(
      'sglang.vision-mode',
      'SGLang always loads the vision tower of this model. With engine.visionMode absent the plan would ignore that memory.',
      'Keep the vision tower, or serve the model with vLLM, which can leave it out.',
      'engine.visionMode: absent',
    ),
    settingsChange: {visionMode: 'weights'},
  };
}
