import type {Engine} from '../engine.ts';
import {ggufConflict} from '../launch/gguf-weights.ts';
import {findArgumentConflict, secretOptions} from './argument-conflict.ts';
import {benchTools} from './bench/bench-tools.ts';
import {readSglangOptions} from './extra-arguments.ts';
import {sglangInstallation} from './installation.ts';
import {interpretLogLine, readLogTimeMs, recognizesLogLine} from './interpret-log.ts';
import {buildLaunch} from './launch.ts';
import {sglangMemory} from './memory.ts';
import {mapMetrics, readsSeries} from './metrics.ts';
import {settingOptions} from './setting-options.ts';

/** Titles that SGLang gives its processes, which the kernel cuts at 15 characters. */
const workerTitle = /\bsglang::(?:schedul|gpu_worker|detoken|data_paral|data_par|semi_pd)/;
const serverCommand = /\bsglang\.launch_server\b|\blaunch_server\.py\b|\bsglang\s+serve\b|\bsglang::(?:http|tokenizer)/;

/** A line of its router, a program in Rust, by the module of the line. */
const routerLine =
  /^\[Router \(Rust\)\] |\b(?:TRACE|DEBUG|INFO|WARN|ERROR) (?:sglang_router(?:_rs)?|smg|sgl_model_gateway)(?:::\w{1,60}){0,8}:/;

/** SGLang, as of 0.5.18 (August 2026), with the names and lines of older versions. */
export const sglang: Engine = {
  name: 'sglang',
  displayName: 'SGLang',
  installation: sglangInstallation,
  memory: sglangMemory,
  isDefault: false,
  settingOptions,
  secretOptions,
  buildLaunch,
  findArgumentConflict,
  findModelConflict: (settings, onDisk) =>
    ggufConflict({code: 'sglang.gguf-not-supported', displayName: 'SGLang'}, settings, onDisk),
  partialGuard: null,
  // SGLang reads no variable for its key; this one is Gantry's, which passes it in a file.
  // A named temporary file of Python for each (`server_args.py`, PortArgs): `tmp` and eight characters.
  socketFiles: {variables: ['TMPDIR', 'TEMP', 'TMP'], nameBytes: 11},
  apiKeyVariable: 'SGLANG_API_KEY',
  interpretLogLine,
  lastStep: 'it answers a warm-up request first, and then logs "The server is fired up and ready to roll!"',
  readLogTimeMs,
  rankMark: (rank) => ` TP${rank}]`,
  roleOfProcess,
  recognizesLogLine,
  recognizesRouterLine: (text) => routerLine.test(text),
  mapMetrics,
  kvPage: null,
  logsRequests: false,
  readsSeries,
  // The setting is for all groups, the logged value for one of them.
  runningLimit: ({maxRunningRequests, dataParallelSize}, facts) => {
    const logged = facts['maxRunningRequests'];
    return maxRunningRequests ?? (logged === undefined ? null : logged * dataParallelSize);
  },
  prefillsWholePrompts: ({extraArguments}) =>
    readSglangOptions(extraArguments).some(({name, value}) => name === '--chunked-prefill-size' && Number(value) < 0),
  paths: {
    health: '/health',
    models: '/v1/models',
    chat: '/v1/chat/completions',
    metrics: '/metrics',
    guarded: '/v1/models',
  },
  // /health generates a token, without the metrics of requests; while requests run, its scheduler ignores it.
  benchTools,
  offlineBench: null,
  healthUsage: {requests: 0, promptTokens: 1, cachedPromptTokens: null, generatedTokens: 1, finishReason: null},
};

/** The server starts schedulers, which hold the GPU memory, and a detokenizer. */
function roleOfProcess(command: string): 'server' | 'worker' | null {
  if (workerTitle.test(command)) return 'worker';
  return serverCommand.test(command) ? 'server' : null;
}
