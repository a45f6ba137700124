import {changedLaunch, originOf, type SettingsWithOrigins} from '../../domain/configuration/launch-base.ts';
import type {ValueOrigin} from '../../domain/configuration/value-origin.ts';
import type {Architecture} from '../../domain/memory/model/architecture.ts';
import {NATIVE_FORMAT} from '../../domain/memory/model/planned-model.ts';
import {spreadSettings} from '../../engines/planning/spread-settings.ts';
import type {LaunchOptions} from '../launch-options.ts';
import {flaggedLaunch} from '../supervision/configured-launch.ts';
import type {SettingsInForce} from './settings-in-force.ts';

/** Options of `gantry plan` from commander. */
export type PlanOptions = LaunchOptions & {
  readonly gpus?: string;
  readonly engineVersion?: string;
  readonly nominal?: boolean;
  readonly explain?: boolean;
  readonly matrix?: boolean;
  readonly calibration?: boolean;
};

/**
 * The settings in force, overridden by the options. Extra arguments and format of one engine or model are not used for
 * another, nor is the model of a simulated engine.
 */
export function settingsOf(inForce: SettingsInForce, {settings: named}: LaunchOptions): SettingsWithOrigins {
  const isOtherEngine = named.engine !== undefined && named.engine !== inForce.settings.engine;
  const base = isOtherEngine ? withoutSimulatedModel(inForce) : inForce;
  const isOtherModel = named.model !== undefined && named.model !== base.settings.model;
  const withoutFormat = isOtherModel ? changedLaunch(base, {format: NATIVE_FORMAT}, () => flag('--model')) : base;
  const plain = isOtherEngine
    ? changedLaunch(withoutFormat, {extraArguments: []}, () => flag('--engine'))
    : withoutFormat;
  return flaggedLaunch(plain, named);
}

function withoutSimulatedModel({settings, origins, configured}: SettingsInForce): SettingsWithOrigins {
  if (origins.model?.from !== 'simulated-node') return {settings, origins};
  const {model, format} = configured.settings;
  return {
    settings: {...settings, model, format},
    origins: {...origins, model: originOf(configured, 'model'), format: originOf(configured, 'format')},
  };
}

/**
 * Adapts settings that were not given: with `--gpus` the model is spread over all those GPUs, and the context is limited
 * to that of a model from the command line.
 */
export function fitSettings(
  launch: SettingsWithOrigins,
  {settings: named, gpus}: PlanOptions,
  gpuCount: number,
  {attention, maxContextTokens}: Architecture,
): SettingsWithOrigins {
  const {contextLengthTokens} = launch.settings;
  const isContextOurs = named.model !== undefined && named.contextLengthTokens === undefined;
  const fitted =
    isContextOurs && contextLengthTokens > maxContextTokens
      ? changedLaunch(launch, {contextLengthTokens: maxContextTokens}, () => flag('--model'))
      : launch;
  if (named.tensorParallelSize !== undefined || gpus === undefined) return fitted;
  const {tensorParallelSize} = spreadSettings(fitted.settings, gpuCount, attention.heads);
  return changedLaunch(fitted, {tensorParallelSize}, () => flag('--gpus'));
}

function flag(name: string): ValueOrigin {
  return {from: 'flag', flag: name};
}
