import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {findEngine} from '../registry.ts';

/**
 * The settings with tensor parallelism over as many of the GPUs as engines can use: the largest power of two that
 * divides the attention heads and leaves the GPUs that the engine needs for pipeline stages and replicas.
 */
export function spreadSettings(settings: LaunchSettings, gpuCount: number, attentionHeads: number): LaunchSettings {
  const groups = gpuGroups(settings);
  let ranks = 1;
  while (ranks * 2 * groups <= gpuCount && attentionHeads % (ranks * 2) === 0) ranks *= 2;
  return {...settings, tensorParallelSize: ranks};
}

/** How many GPUs a launch with these settings uses, from the first one on. */
export function usedGpuCount(settings: LaunchSettings): number {
  return settings.tensorParallelSize * gpuGroups(settings);
}

/** An unknown engine is assumed to divide nothing but tensors. */
function gpuGroups(settings: LaunchSettings): number {
  return findEngine(settings.engine)?.memory.gpuGroups(settings) ?? 1;
}
