import type {SettingOptions} from '../engine.ts';

/** The options with which llama-server takes each setting. */
export const settingOptions: SettingOptions = {
  model: ['--model', '--hf-repo'],
  format: ['--hf-repo'],
  servedModelName: ['--alias'],
  host: ['--host'],
  port: ['--port'],
  tensorParallelSize: ['--split-mode', '--tensor-split'],
  pipelineParallelSize: [],
  dataParallelSize: [],
  decodeContextParallelSize: [],
  expertParallel: [],
  visionMode: [],
  contextLengthTokens: ['--ctx-size'],
  memoryFraction: [],
  kvCacheDtype: ['--cache-type-k', '--cache-type-v'],
  maxRunningRequests: ['--parallel'],
};
