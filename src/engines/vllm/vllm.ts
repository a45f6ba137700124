import type {Engine} from '../engine.ts';
import {findArgumentConflict, secretOptions} from './argument-conflict.ts';
import {readVllmOptions} from './extra-arguments.ts';
import {vllmInstallation} from './installation.ts';
import {interpretLogLine, readLogTimeMs, recognizesLogLine} from './interpret-log.ts';
import {buildLaunch} from './launch.ts';
import {vllmMemory} from './memory.ts';
import {mapMetrics, readsSeries} from './metrics.ts';
import {settingOptions} from './setting-options.ts';

/** vLLM, as of 0.27 to 0.28 (August 2026), with the names and lines of older versions. */
export const vllm: Engine = {
  name: 'vllm',
  displayName: 'vLLM',
  installation: vllmInstallation,
  memory: vllmMemory,
  isDefault: true,
  settingOptions,
  secretOptions,
  buildLaunch,
  findArgumentConflict,
  // Also /tokenize and /metrics (vllm/entrypoints/openai/server_utils.py: AuthenticationMiddleware).
  partialGuard: 'only paths below /v1 need it, and /invocations generates text without it',
  apiKeyVariable: 'VLLM_API_KEY',
  interpretLogLine,
  readLogTimeMs,
  rankMark: (rank) => `(Worker_TP${rank}`,
  recognizesLogLine,
  mapMetrics,
  kvPage: null,
  logsRequests: false,
  readsSeries,
  runningLimit: ({maxRunningRequests, dataParallelSize}) =>
    maxRunningRequests === null ? null : maxRunningRequests * dataParallelSize,
  prefillsWholePrompts: ({extraArguments}) =>
    readVllmOptions(extraArguments).some(({name}) => name === '--no-enable-chunked-prefill'),
  paths: {
    health: '/health',
    models: '/v1/models',
    chat: '/v1/chat/completions',
    metrics: '/metrics',
    guarded: '/v1/models',
  },
  healthUsage: null,
};
