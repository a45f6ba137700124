import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {LaunchSettings} from '../../domain/lifecycle/launch-settings.ts';
import type {ExtraOption} from '../extra-options.ts';
import {readLlamaOptions} from './extra-arguments.ts';
import {isModelFile} from './launch.ts';

/**
 * What cannot be started: a model that is no GGUF, a secret that every user of the host could read, an endpoint that
 * Gantry would not find, or an argument that gainsays a setting. Null when there is nothing of the kind.
 */
export function findArgumentConflict(settings: LaunchSettings): Finding | null {
  const said = settingsOnCommandLine(settings);
  for (const option of readLlamaOptions(settings.extraArguments)) {
    const finding = secretFinding(option) ?? endpointFinding(option) ?? settingFinding(option, said.get(option.name));
    if (finding !== null) return finding;
  }
  return modelFinding(settings);
}

/** Repositories of GGUF files are called so; one with other weights cannot be read at all. */
function modelFinding({model}: LaunchSettings): Finding | null {
  if (isModelFile(model) || /gguf/i.test(model)) return null;
  return conflict(
    'llamacpp.model-not-gguf',
    `llama.cpp reads GGUF files, and ${model} is not named as one.`,
    'Set engine.model to a .gguf file (of a split set, the first), or to a repository of them such as unsloth/Kimi-K2.7-Code-GGUF:Q4_K_M.',
    model,
  );
}

const secretVariables: Readonly<Partial<Record<string, string>>> = {
  '--api-key': 'LLAMA_API_KEY',
  '--hf-token': 'HF_TOKEN',
};

function secretFinding({name}: ExtraOption): Finding | null {
  const variable = secretVariables[name];
  if (variable === undefined) return null;
  return conflict(
    'llamacpp.secret-argument',
    `${name} would put a secret on the command line, where every user of this host can read it.`,
    `Remove ${name} from engine.extraArguments, and set ${variable} in the environment.`,
    // Never the value.
    name,
  );
}

const endpointOptions: Readonly<Partial<Record<string, string>>> = {
  '--api-prefix': 'the API would lie where Gantry does not look',
  '--ssl-key-file': 'the engine would speak TLS, and Gantry asks it in plain HTTP on this host',
  '--ssl-cert-file': 'the engine would speak TLS, and Gantry asks it in plain HTTP on this host',
  '--models-dir': 'the engine would be a router that starts servers of its own',
  '--models-preset': 'the engine would be a router that starts servers of its own',
};

function endpointFinding({name, written}: ExtraOption): Finding | null {
  const problem = endpointOptions[name];
  if (problem === undefined) return null;
  return conflict(
    'llamacpp.endpoint-argument',
    `With ${written}, ${problem}.`,
    `Remove ${written} from engine.extraArguments; a reverse proxy can stand before the engine's port.`,
    written,
  );
}

type SettingOnCommandLine = {readonly value: string | null; readonly setting: string};

function settingFinding({written, value}: ExtraOption, said: SettingOnCommandLine | undefined): Finding | null {
  if (said === undefined || value === said.value) return null;
  const given = value === null ? written : `${written} ${value}`;
  return conflict(
    'llamacpp.argument-conflict',
    `The extra argument ${given} gainsays the setting ${said.setting} (${said.value}).`,
    `Remove ${written} from engine.extraArguments, and set ${said.setting} instead.`,
    given,
  );
}

/** What the settings put on the command line. Requests at once are the engine's own where the setting is null. */
function settingsOnCommandLine(settings: LaunchSettings): ReadonlyMap<string, SettingOnCommandLine> {
  const {model, servedModelName, host, port, contextLengthTokens, maxRunningRequests} = settings;
  return new Map([
    ['--model', {value: model, setting: 'engine.model'}],
    ['--hf-repo', {value: model, setting: 'engine.model'}],
    ['--alias', {value: servedModelName, setting: 'engine.servedModelName'}],
    ['--host', {value: host, setting: 'engine.host'}],
    ['--port', {value: String(port), setting: 'engine.port'}],
    ['--ctx-size', {value: String(contextLengthTokens), setting: 'engine.contextLengthTokens'}],
    ...(maxRunningRequests === null
      ? []
      : [['--parallel', {value: String(maxRunningRequests), setting: 'engine.maxRunningRequests'}] as const]),
  ]);
}

function conflict(code: string, message: string, remedy: string, evidence: string): Finding {
  return {code, severity: 'critical', message, evidence, remedy, settingsChange: null};
}
