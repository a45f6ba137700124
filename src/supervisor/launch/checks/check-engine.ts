import type {Finding} from '../../../domain/diagnosis/finding.ts';
import {type Check, forceable, required} from '../../../domain/preflight/check.ts';
import type {LaunchSettings} from '../../../domain/settings/launch-settings.ts';
import type {Engine} from '../../../engines/engine.ts';
import {defaultEngineName, engineNames} from '../../../engines/engine-names.ts';
import type {Installation} from '../installed-engines.ts';

/** Whether the engine is here, and new enough for the model. */
export function engineCheck(engine: Engine, installation: Installation, {model}: LaunchSettings): Check {
  if (!installation.ok) {
    const {code, message, remedy} = installation.error;
    return required('engine', `${engine.displayName}: not found`, {
      code,
      severity: 'critical',
      message,
      evidence: null,
      remedy,
      settingsChange: null,
    });
  }
  const {version, kind} = installation.value;
  const detail = `${engine.displayName} ${version ?? (kind === 'stand-in' ? '(simulated)' : 'of an unknown version')}`;
  return forceable('engine', detail, version === null ? null : engine.installation.findVersionProblem(version, model));
}

/** An engine that nobody knows. */
export function unknownEngineCheck(name: string): Check {
  return required('engine', `"${name}" is unknown`, {
    code: 'preflight.unknown-engine',
    severity: 'critical',
    message: `Gantry does not know an engine called "${name}".`,
    evidence: null,
    remedy: `Set engine.name in the configuration to one of ${engineNames.join(', ')}.`,
    settingsChange: {engine: defaultEngineName},
  });
}

/** Whether the command line can be what the settings ask for. */
export function argumentsCheck(engine: Engine, settings: LaunchSettings): Check {
  const finding = nulCharacter(settings) ?? engine.findArgumentConflict(settings);
  return required('arguments', finding === null ? 'nothing conflicts' : 'they cannot work', finding);
}

/** A command line ends each argument with a NUL: one inside would cut it short, and no process can be made. */
function nulCharacter(settings: LaunchSettings): Finding | null {
  const [name] =
    Object.entries(settings).find(([, value]) => [value].flat().some((text) => String(text).includes('\0'))) ?? [];
  if (name === undefined) return null;
  return {
    code: 'preflight.nul-character',
    severity: 'critical',
    message: `The setting ${name} has a NUL character in it, which no argument can have.`,
    evidence: null,
    remedy: `Write ${name} without it.`,
    settingsChange: null,
  };
}
