import {findingOf} from '../../../domain/diagnosis/finding.ts';
import {type Check, forceable, required} from '../../../domain/preflight/check.ts';
import {socketCheck} from '../../../domain/preflight/socket-check.ts';
import type {LaunchSettings} from '../../../domain/settings/launch-settings.ts';
import type {Engine} from '../../../engines/engine.ts';
import {defaultEngineName, engineNames} from '../../../engines/engine-names.ts';
import {passedVariables} from '../../../engines/launch/container-command.ts';
import type {Installation} from '../installed-engines.ts';

/** Whether the engine is installed, and new enough for the model. */
export function engineCheck(engine: Engine, installation: Installation, {model}: LaunchSettings): Check {
  if (!installation.ok) {
    return required('engine', `${engine.displayName}: not found`, findingOf(installation.error, 'critical'));
  }
  const {version, kind} = installation.value;
  const detail = `${engine.displayName} ${version ?? (kind === 'stand-in' ? '(simulated)' : 'version unknown')}`;
  return forceable('engine', detail, version === null ? null : engine.installation.findVersionProblem(version, model));
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
