import type {EngineLogEvent, LogContext} from '../engine.ts';
import {findFailure} from '../log/failure-catalog.ts';
import {
  applyRules,
  fact,
  gibToBytes,
  type LogRule,
  largest,
  mibToBytes,
  number,
  phase,
  progress,
} from '../log/log-rules.ts';
import {llamacppFailures} from './failures/catalog.ts';
import {latentEvents, offloadEvents} from './model-lines.ts';
import {readRequestLine} from './request-lines.ts';

/** Buffers in host memory belong to no GPU. */
function isCard(device: string | undefined): boolean {
  return device !== undefined && !/^(?:CPU|Host|CUDA_Host|ROCm_Host|Vulkan_Host)/.test(device);
}

const rules: readonly LogRule[] = [
  {
    // `build: 5489 (abc)` of 2025, `build 10573 (3f545bec)` now; 0 is a build outside a repository.
    pattern: /\bbuild(?:_info)?:? b?(\d+)[ -]\(?/,
    events: (match) => [
      phase('launch'),
      ...(match[1] === undefined || match[1] === '0' ? [] : [{type: 'version', version: match[1]} as const]),
    ],
  },
  {pattern: /common_params_print_info: verbosity = /, events: () => [phase('launch')]},
  {pattern: /(?:load_model|main): loading model\b/, events: () => [phase('resolve')]},
  {
    pattern: /using device (\S{1,100}) .{0,300}- (\d+) MiB free/,
    events: (match, {facts}) => {
      if (!isCard(match[1])) return [];
      const bytes = mibToBytes(match[2]);
      const freeBytes = Math.min(bytes, facts.freeBeforeLoadBytesPerGpu ?? bytes);
      return [fact('freeBytesPerGpu', freeBytes), fact('freeBeforeLoadBytesPerGpu', freeBytes)];
    },
  },
  {
    pattern: /print_info: file size\s+= ([\d.]+) (MiB|GiB)/,
    events: (match, context) => [
      largest('checkpointBytes', match[2] === 'GiB' ? gibToBytes(match[1]) : mibToBytes(match[1]), context),
    ],
  },
  {
    pattern: /print_info: n_layer\s+= (\d+)/,
    events: (match, context) => [largest('layerCount', number(match[1]), context)],
  },
  {
    pattern: /print_info: n_embd_([kv])_gqa\s+= (\d+)$/,
    events: (match, {facts}) => {
      // A second model, loaded after the cache of the first, is a draft.
      if (facts.kvCapacityTokens !== undefined) return [];
      const others = match[1] === 'v' ? (facts.kvValuesPerTokenAndLayer ?? 0) : 0;
      return [fact('kvValuesPerTokenAndLayer', others + number(match[2]))];
    },
  },
  {
    pattern: /print_info: n_lora_kv\s+= (\d+)/,
    events: (match, context) => latentEvents(number(match[1]), context),
  },
  {pattern: /load_tensors: offloaded (\d+)\/(\d+) layers to GPU/, events: (match) => offloadEvents(match)},
  {pattern: /load_tensors: (?:loading model tensors|offloading)/, events: () => [phase('load-weights')]},
  {
    pattern: /load_tensors:\s+(\S+) model buffer size =\s+([\d.]+) MiB/,
    events: (match, context) => [
      phase('load-weights'),
      ...(isCard(match[1]) ? [largest('weightsBytesPerGpu', mibToBytes(match[2]), context)] : []),
    ],
  },
  // One dot per percent, on one line or a few.
  {pattern: /^\.{2,100}$/, events: (match) => [progress('load-weights', match[0].length / 100)]},
  {
    pattern: /(?:llama_context|llama_new_context_with_model): n_ctx\s+= (\d+)/,
    events: (match, context) => [phase('kv-cache'), largest('contextLengthTokens', number(match[1]), context)],
  },
  {
    pattern: /:\s+(\S+) KV buffer size =\s+([\d.]+) MiB/,
    events: (match, context) => [
      phase('kv-cache'),
      ...(isCard(match[1]) ? [largest('kvCachePoolBytesPerGpu', mibToBytes(match[2]), context)] : []),
    ],
  },
  {
    pattern: /llama_kv_cache\w{0,40}: size =\s+[\d.]+ MiB \(\s*(\d+) cells/,
    events: (match, context) => [phase('kv-cache'), largest('kvCapacityTokens', number(match[1]), context)],
  },
  {
    pattern: /:\s+(\S+) compute buffer size =\s+([\d.]+) MiB/,
    events: (match, context) =>
      isCard(match[1]) ? [largest('computeBufferBytesPerGpu', mibToBytes(match[2]), context)] : [],
  },
  {pattern: /warming up the model with an empty run/, events: () => [phase('profile')]},
  {
    pattern: /initializing(?: slots)?, n_slots = (\d+)(?:, n_ctx_slot = (\d+))?/,
    events: (match) => [
      phase('serve'),
      fact('maxRunningRequests', number(match[1])),
      ...(match[2] === undefined ? [] : [fact('contextLengthTokens', number(match[2]))]),
    ],
  },
  {pattern: /\bmodel loaded$/, events: () => [phase('serve'), progress('serve', 0.5)]},
  {
    // "HTTP server is listening, hostname: ..." of older builds comes before the model is loaded.
    pattern: /\blistening on (?:http|unix)/,
    events: () => [phase('serve'), progress('serve', 1), {type: 'ready'}],
  },
  {
    // Logged at every exit; before the server was ready it follows a failure.
    pattern: /cleaning up before exit\.\.\.|Received second interrupt, terminating immediately/,
    events: (_, {isReady}) => (isReady ? [{type: 'shutdown-requested'}] : []),
  },
];

/** Lines of a running server: one per slot and task, many a second, some with text from clients. */
const slotLine = /^(?:\d+\.\d\d\.\d{3}\.\d{3} [A-Z] )?slot\s/;
const clientText = /common_chat_peg_parse: |got exception: |\brequest: |\bresponse: |example_format: /;

/**
 * The meaning of one line of llama-server's log, at verbosity 4 and at its default, lines of 2025 included. The speed of
 * a slot is that of one request, so it is not reported as the server's.
 */
export function interpretLogLine(text: string, context: LogContext): readonly EngineLogEvent[] {
  if (clientText.test(text)) return [];
  const request = readRequestLine(text);
  if (request !== null) return [{type: 'request', request}];
  if (!slotLine.test(text)) {
    const events = applyRules(rules, text, context);
    if (events !== null) return events;
  }
  return findFailure('llamacpp', llamacppFailures, text, context);
}

/** `M.SS.mmm.uuu` of the prefix: minutes, seconds and below since the start, in ms. */
export function readLogTimeMs(text: string): number | null {
  const match = /^(\d+)\.(\d\d)\.(\d{3})\.(\d{3}) [A-Z] /.exec(text);
  if (match === null) return null;
  const [minutes, seconds, milliseconds, microseconds] = match.slice(1).map(Number);
  return ((minutes ?? 0) * 60 + (seconds ?? 0)) * 1000 + (milliseconds ?? 0) + (microseconds ?? 0) / 1000;
}

/** Lines that only llama-server prints, and the frames of its libraries in a stack trace. */
const ownLine =
  /^\d+\.\d\d\.\d{3}\.\d{3} [A-Z] |^(?:llama_|llm_|ggml_|gguf_|load_tensors|print_info|common_(?:init|params_fit|fit_params|memory_breakdown)|srv |slot |build: \d)|llama_model_load|error: invalid argument: |GGML_(?:ASSERT|ABORT)|\blib(?:llama|ggml)(?:-[\w-]{1,40})?\.(?:so|dylib|dll)\b|\bggml[\w-]{0,40}\.(?:cu|cuh|cpp|c|m):\d+: |\bllama-server\(\+?0x/;

/** True for a line that only llama.cpp prints. */
export function recognizesLogLine(text: string): boolean {
  return ownLine.test(text);
}
