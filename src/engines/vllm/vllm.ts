import type {Engine} from '../engine.ts';
import {ggufConflict} from '../launch/gguf-weights.ts';
import {findArgumentConflict, secretOptions} from './argument-conflict.ts';
import {benchTools} from './bench/bench-tools.ts';
import {readVllmOptions} from './extra-arguments.ts';
import {vllmInstallation} from './installation.ts';
import {interpretLogLine, readLogTimeMs, recognizesLogLine} from './interpret-log.ts';
import {buildLaunch} from './launch.ts';
import {vllmMemory} from './memory.ts';
import {mapMetrics, readsSeries} from './metrics.ts';
import {settingOptions} from './setting-options.ts';

/** Titles that vLLM gives its processes (VLLM_PROCESS_NAME_PREFIX), which the kernel cuts at 15 characters, and Ray's of its workers. */
const workerTitle = /\bVLLM::(?:EngineCor|Worker|DPCoord)|\bray::RayWorker/;
const serverCommand = /\bvllm(?:\s+|-)serve\b|\bvllm\.entrypoints\b|\bVLLM::APIServer|^(?:\S{0,200}\/)?vllm$/;

/** A line of the router of its production stack, by the module of the line. */
const routerLine = /\(\w{1,60}\.py:\d{1,6}:vllm_router(?:\.\w{1,60}){0,8}\)|\bvllm_router(?:\.\w{1,60}){1,8}[\]:]/;

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
  findModelConflict: (settings, onDisk) =>
    ggufConflict({code: 'vllm.gguf-not-supported', displayName: 'vLLM'}, settings, onDisk),
  // Also /tokenize and /metrics (vllm/entrypoints/openai/server_utils.py: AuthenticationMiddleware).
  partialGuard: 'only paths below /v1 need it, and /invocations generates text without it',
  // `ipc://` and a UUID (`network_utils.py`, get_open_zmq_ipc_path); without its own variable Python chooses the directory.
  socketFiles: {variables: ['VLLM_RPC_BASE_PATH', 'TMPDIR', 'TEMP', 'TMP'], nameBytes: 36},
  apiKeyVariable: 'VLLM_API_KEY',
  interpretLogLine,
  readLogTimeMs,
  rankMark: (rank) => `(Worker_TP${rank}`,
  roleOfProcess,
  core: {
    isCore: (command) => /\bVLLM::EngineCor/.test(command),
    needsCore: (command) => /\bVLLM::Worker/.test(command),
    isElsewhere: (command) => /\s--(?:headless|nnodes|node-rank)\b/.test(command),
  },
  recognizesLogLine,
  recognizesRouterLine: (text) => routerLine.test(text),
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
  benchTools,
  offlineBench: null,
  healthUsage: null,
};

/** The API server starts the engine core, and that the workers, which hold the GPU memory. */
function roleOfProcess(command: string): 'server' | 'worker' | null {
  if (workerTitle.test(command)) return 'worker';
  return serverCommand.test(command) ? 'server' : null;
}
