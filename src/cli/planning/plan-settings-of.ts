import type {Architecture} from '../../domain/memory/model/architecture.ts';
import {NATIVE_FORMAT} from '../../domain/memory/model/planned-model.ts';
import {applySettingsChange, type LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {spreadSettings} from '../../engines/launch/spread-settings.ts';
import {type LaunchOptions, settingsChangeOf} from '../launch-options.ts';

/** Options of `gantry plan` as commander hands them over. */
export type PlanOptions = LaunchOptions & {
  readonly gpus?: string;
  readonly engine?: string;
  readonly engineVersion?: string;
  readonly extra?: readonly string[];
  readonly nominal?: boolean;
  readonly explain?: boolean;
  readonly matrix?: boolean;
  readonly calibration?: boolean;
};

/**
 * The configured settings with the options laid over them. What was configured for one engine or model is not taken to
 * another: its extra arguments, its format.
 */
export function settingsOf(configured: LaunchSettings, options: PlanOptions): LaunchSettings {
  const isOtherEngine = options.engine !== undefined && options.engine !== configured.engine;
  const isOtherModel = options.model !== undefined && options.model !== configured.model;
  return applySettingsChange(configured, {
    ...(isOtherEngine ? {extraArguments: []} : {}),
    ...(isOtherModel ? {format: NATIVE_FORMAT} : {}),
    ...settingsChangeOf(options),
    ...(options.engine === undefined ? {} : {engine: options.engine}),
    ...(options.extra === undefined ? {} : {extraArguments: [...options.extra]}),
  });
}

/**
 * The settings fitted to a node and a model in what nobody named: with `--gpus` the model is spread over all those
 * cards, and a model named on the command line gets no longer a context than it knows.
 */
export function fitSettings(
  settings: LaunchSettings,
  options: PlanOptions,
  gpuCount: number,
  {attention, maxContextTokens}: Architecture,
): LaunchSettings {
  const isContextOurs = options.model !== undefined && options.context === undefined;
  const fitted = isContextOurs
    ? {...settings, contextLengthTokens: Math.min(settings.contextLengthTokens, maxContextTokens)}
    : settings;
  if (options.tp !== undefined || options.gpus === undefined) return fitted;
  return spreadSettings(fitted, gpuCount, attention.heads);
}
