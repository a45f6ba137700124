import type {Architecture} from '../../domain/memory/model/architecture.ts';
import {NATIVE_FORMAT} from '../../domain/memory/model/planned-model.ts';
import {applySettingsChange, type LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {spreadSettings} from '../../engines/planning/spread-settings.ts';
import type {LaunchOptions} from '../launch-options.ts';

/** Options of `gantry plan` as commander hands them over. */
export type PlanOptions = LaunchOptions & {
  readonly gpus?: string;
  readonly engineVersion?: string;
  readonly nominal?: boolean;
  readonly explain?: boolean;
  readonly matrix?: boolean;
  readonly calibration?: boolean;
};

/**
 * The configured settings with the options laid over them. What was configured for one engine or model is not taken to
 * another: its extra arguments, its format.
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
 * The settings fitted to a node and a model in what nobody named: with `--gpus` the model is spread over all those
 * cards, and a model named on the command line gets no longer a context than it knows.
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
