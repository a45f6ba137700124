import {applySettingsChange, type LaunchSettings} from '../domain/lifecycle/launch-settings.ts';
import {type LaunchOptions, settingsChangeOf} from './launch-options.ts';

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
 * The settings to plan: the configured ones with the options laid over them. With `--gpus` the model is spread over the
 * largest power of two of those cards, unless it is said otherwise.
 */
export function settingsToPlan(configured: LaunchSettings, options: PlanOptions, gpuCount: number): LaunchSettings {
  const settings = applySettingsChange(configured, {
    ...settingsChangeOf(options),
    ...(options.engine === undefined ? {} : {engine: options.engine}),
    ...(options.extra === undefined ? {} : {extraArguments: [...options.extra]}),
  });
  if (options.tp !== undefined || options.gpus === undefined) return settings;
  const perReplica = Math.max(1, Math.floor(gpuCount / (settings.pipelineParallelSize * replicaCards(settings))));
  return {...settings, tensorParallelSize: 2 ** Math.floor(Math.log2(perReplica))};
}

/** Replicas of vLLM take cards of their own; those of SGLang share the tensor-parallel ones. */
function replicaCards({engine, dataParallelSize}: LaunchSettings): number {
  return engine === 'vllm' ? dataParallelSize : 1;
}
