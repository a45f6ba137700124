import type {Engine} from '../engine.ts';
import {findArgumentConflict, secretOptions} from './argument-conflict.ts';
import {batchedBench} from './bench/batched-bench.ts';
import {llamacppInstallation} from './installation.ts';
import {interpretLogLine, readLogTimeMs, recognizesLogLine} from './interpret-log.ts';
import {buildLaunch, OWN_SLOTS} from './launch.ts';
import {llamacppMemory} from './memory.ts';
import {mapMetrics, readsSeries} from './metrics.ts';
import {findModelConflict} from './model-conflict.ts';
import {settingOptions} from './setting-options.ts';
import {readSlotUsage} from './slot-usage.ts';

/** llama.cpp's server for GGUF files, as of August 2026 (build 10573), and log lines of 2025. */
export const llamacpp: Engine = {
  name: 'llamacpp',
  displayName: 'llama.cpp',
  installation: llamacppInstallation,
  memory: llamacppMemory,
  isDefault: false,
  settingOptions,
  secretOptions,
  buildLaunch,
  findArgumentConflict,
  findModelConflict,
  partialGuard: null,
  socketFiles: null,
  apiKeyVariable: 'LLAMA_API_KEY',
  interpretLogLine,
  readLogTimeMs,
  rankMark: null,
  roleOfProcess: (command) => (/\bllama-server\b/.test(command) ? 'server' : null),
  recognizesLogLine,
  mapMetrics,
  kvPage: {path: '/slots', readUsage: readSlotUsage},
  logsRequests: true,
  readsSeries,
  runningLimit: ({maxRunningRequests}, facts) => maxRunningRequests ?? facts['maxRunningRequests'] ?? OWN_SLOTS,
  // Every batch of a prompt is a step.
  prefillsWholePrompts: () => false,
  paths: {
    health: '/health',
    models: '/v1/models',
    chat: '/v1/chat/completions',
    metrics: '/metrics',
    guarded: '/props',
  },
  benchTools: [],
  offlineBench: batchedBench,
  healthUsage: null,
};
