import type {SettingOptions} from '../engine.ts';

/** The options with which vLLM takes each setting. */
export const settingOptions: SettingOptions = {
  model: ['serve'],
  format: [],
  servedModelName: ['--served-model-name'],
  host: ['--host'],
  port: ['--port'],
  tensorParallelSize: ['--tensor-parallel-size'],
  pipelineParallelSize: ['--pipeline-parallel-size'],
  dataParallelSize: ['--data-parallel-size'],
  decodeContextParallelSize: ['--decode-context-parallel-size'],
  expertParallel: ['--enable-expert-parallel'],
  visionMode: ['--language-model-only', '--mm-encoder-tp-mode'],
  contextLengthTokens: ['--max-model-len'],
  memoryFraction: ['--gpu-memory-utilization'],
  kvCacheDtype: ['--kv-cache-dtype'],
  maxRunningRequests: ['--max-num-seqs'],
};
