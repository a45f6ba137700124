import type {Finding} from '../../domain/diagnosis/finding.ts';

/** The flag of `gantry plan`, `up` and `restart` that sets a launch setting. */
const flags: Readonly<Partial<Record<string, string>>> = {
  contextLengthTokens: '--context',
  memoryFraction: '--memory-fraction',
  kvCacheDtype: '--kv-dtype',
  tensorParallelSize: '--tp',
  pipelineParallelSize: '--pp',
  dataParallelSize: '--dp',
  decodeContextParallelSize: '--dcp',
  maxRunningRequests: '--max-running',
  format: '--format',
  model: '--model',
  visionMode: '--vision',
};

/**
 * A change of settings as it is typed: `--memory-fraction 0.95 --context 9664`; a setting without a flag as its key in
 * the configuration, `engine.extraArguments: ...`. Empty where there is none.
 */
export function settingFlags(change: Finding['settingsChange']): string {
  return Object.entries(change ?? {})
    .map(([key, value]) => {
      if (key === 'expertParallel' && value === true) return '--ep';
      const flag = flags[key];
      return flag === undefined ? `engine.${key}: ${value}` : `${flag} ${value}`;
    })
    .join(' ');
}
