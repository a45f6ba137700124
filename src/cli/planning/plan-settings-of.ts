import type {Architecture} from '../../domain/memory/model/architecture.ts';
import {NATIVE_FORMAT} from '../../domain/memory/model/planned-model.ts';
import {applySettingsChange, type LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {spreadSettings} from '../../engines/planning/spread-settings.ts';
import type {LaunchOptions} from '../launch-options.ts';

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
 * The configured settings, overridden by the options. Extra arguments and format of one engine or model are not used for
 * another.
 */
export function settingsOf(configured: LaunchSettings, {settings}: LaunchOptions): LaunchSettings {
  const isOtherEngine = settings.engine !== undefined && settings.engine !== configured.engine;
  const isOtherModel = settings.model !== undefined && settings.model !== configured.model;
  return applySettingsChange(configured, {
    ...(isOtherEngine ? {extraArguments: []} : {}),
    ...(isOtherModel ? {format: NATIVE_FORMAT} : {}),
    ...settings,
  });
}

/**
 * Adapts settings that were not given: with `--gpus` the model is spread over all those GPUs, and the context is limited
 * to that of a model from the command line.
 */
export function fitSettings(
  settings: LaunchSettings,
  {settings: named, gpus}: PlanOptions,
  gpuCount: number,
  {attention, maxContextTokens}: Architecture,
): LaunchSettings {
  const isContextOurs = named.model !== undefined && named.contextLengthTokens === undefined;
  const fitted = isContextOurs
    ? {...settings, contextLengthTokens: Math.min(settings.contextLengthTokens, maxContextTokens)}
    : settings;
  if (named.tensorParallelSize !== undefined || gpus === undefined) return fitted;
  return spreadSettings(fitted, gpuCount, attention.heads);
}
