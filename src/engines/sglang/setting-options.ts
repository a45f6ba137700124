import type {SettingOptions} from '../engine.ts';

/** The options with which SGLang takes each setting. */
export const settingOptions: SettingOptions = {
  model: ['--model-path'],
  format: [],
  servedModelName: ['--served-model-name'],
  host: ['--host'],
  port: ['--port'],
  tensorParallelSize: ['--tp'],
  pipelineParallelSize: ['--pp-size'],
  dataParallelSize: ['--dp-size', '--enable-dp-attention'],
  decodeContextParallelSize: ['--dcp-size', '--attention-backend'],
  expertParallel: ['--ep-size'],
  visionMode: [],
  contextLengthTokens: ['--context-length'],
  memoryFraction: ['--mem-fraction-static'],
  kvCacheDtype: ['--kv-cache-dtype'],
  maxRunningRequests: ['--max-running-requests'],
};
