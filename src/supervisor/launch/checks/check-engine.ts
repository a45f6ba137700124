import {type Finding, findingOf} from '../../../domain/diagnosis/finding.ts';
import type {ModelOnDisk} from '../../../domain/memory/model/checkpoint.ts';
import {blockersOf, type Check, forceable, required} from '../../../domain/preflight/check.ts';
import {socketCheck} from '../../../domain/preflight/socket-check.ts';
import type {LaunchSettings} from '../../../domain/settings/launch-settings.ts';
import type {Engine} from '../../../engines/engine.ts';
import {defaultEngineName, engineNames} from '../../../engines/engine-names.ts';
import {passedVariables} from '../../../engines/launch/container-command.ts';
import {findEngine} from '../../../engines/registry.ts';
import type {Installation} from '../installed-engines.ts';

/** Whether the engine is installed, and new enough for the model. */
export function engineCheck(engine: Engine, installation: Installation, {model}: LaunchSettings): Check {
  if (!installation.ok) {
    return required('engine', `${engine.displayName}: not found`, findingOf(installation.error, 'critical'));
  }
  const {version, kind} = installation.value;
  const detail = `${engine.displayName} ${version ?? (kind === 'stand-in' ? '(simulated)' : 'version unknown')}`;
  return forceable('engine', detail, versionProblem(engine, version, model));
}

function versionProblem({installation}: Engine, version: string | null, model: string): Finding | null {
  return version === null ? null : installation.findVersionProblem(version, model);
}

/** Whether its processes can reach each other, where it has several: a container has its own directory for temporary files. */
export function socketChecks(
  {socketFiles, apiKeyVariable}: Engine,
  installation: Installation,
  variables: Readonly<Record<string, string | undefined>>,
): readonly Check[] {
  if (socketFiles === null) return [];
  const isContained = installation.ok && installation.value.kind === 'container';
  const passed = isContained ? passedVariables(Object.keys(variables), apiKeyVariable) : Object.keys(variables);
  return [socketCheck(socketFiles, Object.fromEntries(passed.map((name) => [name, variables[name]])))];
}

/** An unknown engine. */
export function unknownEngineCheck(name: string): Check {
  return required('engine', `"${name}" is unknown`, {
    code: 'preflight.unknown-engine',
    severity: 'critical',
    message: `Unknown engine "${name}".`,
    evidence: null,
    remedy: `Set engine.name in the configuration to one of ${engineNames.join(', ')}.`,
    settingsChange: {engine: defaultEngineName},
  });
}

/** Whether the settings give a valid command line. */
export function argumentsCheck(engine: Engine, settings: LaunchSettings): Check {
  const finding = engine.findArgumentConflict(settings);
  return required('arguments', finding === null ? 'no conflicts' : 'not valid', finding);
}

/** Whether the engine reads weights of this kind; no check where nothing speaks against it. A name may say too little. */
export function weightsChecks(engine: Engine, settings: LaunchSettings, onDisk: ModelOnDisk | null): readonly Check[] {
  const finding = engine.findModelConflict(settings, onDisk);
  return finding === null ? [] : [forceable('weights', 'not readable by this engine', finding)];
}

/**
 * What the checks of a start say against these settings on any node: their command line, the kind of the weights, and
 * the version of the engine. Empty for an unknown engine.
 */
export function settingsRefusals(
  settings: LaunchSettings,
  {onDisk, version}: {readonly onDisk: ModelOnDisk | null; readonly version: string | null},
): readonly Finding[] {
  const engine = findEngine(settings.engine);
  if (engine === undefined) return [];
  const checks = [
    argumentsCheck(engine, settings),
    ...weightsChecks(engine, settings, onDisk),
    forceable('engine', settings.engine, versionProblem(engine, version, settings.model)),
  ];
  return blockersOf(checks, false);
}
