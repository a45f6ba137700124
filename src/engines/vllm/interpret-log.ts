import type {EngineFactName, EngineLogEvent, LogContext} from '../engine.ts';
import {findFailure} from '../log/failure-catalog.ts';
import {
  applyRules,
  fact,
  gibToBytes,
  type LogRule,
  largest,
  number,
  numberOrNull,
  phase,
  progress,
  traffic,
} from '../log/log-rules.ts';
import {vllmFailures} from './failures/catalog.ts';

/** A draft model and other ranks log the same lines: of sizes and times the largest counts, of what ranks have for requests the smallest. */
function smallest(name: EngineFactName, value: number, {facts}: LogContext): EngineLogEvent {
  return fact(name, Math.min(value, facts[name] ?? value));
}

/** The model itself is configured first, and its draft model after it. */
function first(name: EngineFactName, value: number, {facts}: LogContext): EngineLogEvent {
  return fact(name, facts[name] ?? value);
}

const rules: readonly LogRule[] = [
  // A warning at every start with fewer than 65,536 open files: it quotes an error that has not happened.
  {pattern: /Found ulimit of \d+ and failed to automatically increase/, events: () => []},
  {
    pattern: /█.{0,80}\bversion (\d\S*)/,
    events: (match) => [{type: 'version', version: match[1] ?? ''}, phase('launch')],
  },
  {
    pattern: /Initializing a V1 LLM engine \(v(\S+?)\) with config/,
    events: (match) => [{type: 'version', version: match[1] ?? ''}, phase('resolve')],
  },
  {
    pattern: /non-default args: /,
    events: (match) => [phase('launch'), ...argumentFacts(match.input.slice(match.index, match.index + 8_000))],
  },
  {pattern: /Resolved architecture: /, events: () => [phase('resolve')]},
  {
    pattern: /Using max model len (\d+)/,
    events: (match, context) => [first('contextLengthTokens', number(match[1]), context)],
  },
  {
    // There is no progress bar during the download; this line comes after it.
    pattern: /Time spent downloading weights for .{0,500}: ([\d.]+) seconds/,
    events: (match, context) => [largest('downloadSeconds', number(match[1]), context)],
  },
  {
    pattern: /Checkpoint size: ([\d.]+) GiB/,
    events: (match, context) => [largest('checkpointBytes', gibToBytes(match[1]), context)],
  },
  {pattern: /Starting to load model |Loading model from scratch/, events: () => [phase('load-weights')]},
  {
    // The bar has had several names; all show done/total.
    pattern: /[Ll]oading .{0,120}?(?:shards|loader|Streamer)\S{0,60}?:\s{1,8}\d{1,3}% Completed \| (\d+)\/(\d+)/,
    events: (match) => [progress('load-weights', number(match[1]) / Math.max(1, number(match[2])))],
  },
  {
    pattern: /Loading weights took ([\d.]+) seconds/,
    events: (match, context) => [largest('weightsLoadSeconds', number(match[1]), context)],
  },
  {
    pattern: /Model loading took ([\d.]+) (?:GiB memory|GiB) and ([\d.]+) seconds/,
    events: (match, context) => [
      progress('load-weights', 1),
      largest('weightsBytesPerGpu', gibToBytes(match[1]), context),
    ],
  },
  {pattern: /Using cache directory: .{0,1000} for vLLM's torch\.compile/, events: () => [phase('compile')]},
  {pattern: /Dynamo bytecode transform time/, events: () => [progress('compile', 0.2)]},
  {
    pattern: /torch\.compile (?:took|takes) ([\d.]+) s in total/,
    events: (match, context) => [
      progress('compile', 1),
      largest('compileSeconds', number(match[1]), context),
      phase('profile'),
    ],
  },
  {
    pattern: /Initial profiling\/warmup run took|Profiling CUDA graph memory/,
    events: () => [phase('profile'), progress('profile', 0.5)],
  },
  {
    pattern: /Estimated CUDA graph memory: (-?[\d.]+) GiB/,
    events: (match) => [fact('estimatedCudaGraphBytesPerGpu', gibToBytes(match[1]))],
  },
  {
    // ---kv-cache-memory-bytes sets the pool size, and nothing is profiled.
    pattern: /Initial free memory ([\d.]+) GiB, reserved ([\d.]+) GiB memory for KV Cache/,
    events: (match) => [
      phase('kv-cache'),
      fact('freeBytesPerGpu', gibToBytes(match[1])),
      fact('kvCachePoolBytesPerGpu', gibToBytes(match[2])),
    ],
  },
  {
    // On a CPU the pool is set, or a part of the memory, and nothing is profiled.
    pattern: /(?:Explicitly|Auto) set \(([\d.]+)\/([\d.]+)\) GiB for KV cache on node/,
    events: (match) => [
      phase('kv-cache'),
      fact('kvCachePoolBytesPerGpu', gibToBytes(match[1])),
      fact('cpuMemoryBytes', gibToBytes(match[2])),
    ],
  },
  {
    pattern: /Available KV cache memory: (-?[\d.]+) GiB/,
    events: (match, context) => [phase('kv-cache'), smallest('kvCachePoolBytesPerGpu', gibToBytes(match[1]), context)],
  },
  {
    // Named after the device: GPU, CPU, XPU.
    pattern:
      /\b[A-Z]+ KV cache size: ([\d,]+) tokens(?:, Maximum concurrency for [\d,]+ tokens per request: ([\d.]+)x)?/,
    events: (match, context) => [
      smallest('kvCapacityTokens', number(match[1]), context),
      ...(match[2] === undefined ? [] : [smallest('maxConcurrency', number(match[2]), context)]),
    ],
  },
  {
    pattern: /(?<!, )Maximum concurrency for [\d,]+ tokens per request: ([\d.]+)x/,
    events: (match, context) => [smallest('maxConcurrency', number(match[1]), context)],
  },
  {
    // One of several bars: piecewise graphs come first and take most of the time.
    pattern: /Capturing CUDA graphs.{0,300}\|\s*(\d+)\/(\d+) \[/,
    events: (match) => [
      phase('capture-graphs'),
      progress('capture-graphs', number(match[1]) / Math.max(1, number(match[2]))),
    ],
  },
  {
    pattern: /Graph capturing finished in ([\d.]+) secs, took (-?[\d.]+) GiB/,
    events: (match) => [
      progress('capture-graphs', 1),
      fact('graphCaptureSeconds', number(match[1])),
      fact('cudaGraphBytesPerGpu', gibToBytes(match[2])),
    ],
  },
  {pattern: /Capturing CUDA graphs/, events: () => [phase('capture-graphs')]},
  {
    pattern: /init engine \(.{0,200}?\) took ([\d.]+) s/,
    events: (match) => [fact('engineInitSeconds', number(match[1]))],
  },
  {
    // Whoever waits for a block waits for a process that does not take or answer a step; until 0.8 in fewer words.
    pattern: /No available (?:shared memory broadcast )?block (?:is )?found in (\d+) seconds?\b/,
    events: (match) => [{type: 'step-awaited', seconds: number(match[1])}],
  },
  {pattern: /Starting vLLM (?:API )?server/, events: () => [phase('serve')]},
  {pattern: /Application startup complete\./, events: () => [phase('serve'), progress('serve', 1), {type: 'ready'}]},
  {
    pattern:
      /Avg prompt throughput: ([\d.]+) tokens\/s, Avg generation throughput: ([\d.]+) tokens\/s, Running: (\d+) reqs,(?: Swapped: \d+ reqs,)? (?:Waiting|Pending): (\d+) reqs(?:.{0,200}?(?:GPU )?KV cache usage: ([\d.]+)%)?(?:.{0,200}?[Pp]refix cache hit rate: ([\d.]+)%)?/,
    events: (match) => [
      traffic(
        {
          promptTokensPerSecond: number(match[1]),
          generationTokensPerSecond: number(match[2]),
          runningRequests: number(match[3]),
          waitingRequests: number(match[4]),
          kvUsageRatio: percentToRatio(match[5]),
          prefixCacheHitRatio: percentToRatio(match[6]),
        },
        numberOrNull(/\bEngine (\d{1,4}): Avg/.exec(match.input)?.[1]),
      ),
    ],
  },
  {
    // The scheduler's state, printed when a step failed.
    pattern:
      /SchedulerStats\(num_running_reqs=(\d+), num_waiting_reqs=(\d+), [^\n]{0,200}?(?:gpu|kv)_cache_usage=([\d.]+)/,
    events: (match) => [
      fact('stalledRunningRequests', number(match[1])),
      fact('stalledWaitingRequests', number(match[2])),
      fact('stalledKvUsageRatio', number(match[3])),
    ],
  },
  {pattern: /\[shutdown\] API server: shutdown triggered/, events: () => [{type: 'shutdown-requested'}]},
];

/** Of all the arguments (which include keys), those that decide how to fix a failure. */
function argumentFacts(text: string): readonly EngineLogEvent[] {
  const read = (pattern: RegExp): number | null => numberOrNull(pattern.exec(text)?.[1]);
  const fraction = read(/'gpu_memory_utilization': ([\d.]+)/);
  const tensorParallelSize = read(/'tensor_parallel_size': (\d+)/);
  return [
    ...(fraction === null ? [] : [fact('memoryFraction', fraction)]),
    ...(tensorParallelSize === null ? [] : [fact('tensorParallelSize', tensorParallelSize)]),
  ];
}

function percentToRatio(text: string | undefined): number | null {
  const percent = numberOrNull(text);
  return percent === null ? null : percent / 100;
}

/** Lines with client input or output (requests, outputs, access log paths): untrusted text. */
const clientText = /\b(?:Received request|Generated response) \S+|\bRequest \S+ details: |INFO:\s+\S+:\d+ - "/;

/** Most lines of a log that is well; a failure has another level, or none. */
const informationLine = /^(?:\([^)\n]{1,80}\) )?(?:INFO|DEBUG) \d\d-\d\d /;

/** Of a core that gets a signal: before the engine serves, it is why the start ends. */
const stopLine = /\[shutdown\] EngineCore: trigger /;

/**
 * The meaning of one line of vLLM's log. After a stop request the engine still prints EngineDeadError: that follows a
 * `shutdown-requested` and is not a crash.
 */
export function interpretLogLine(text: string, context: LogContext): readonly EngineLogEvent[] {
  if (clientText.test(text)) return [];
  const events = applyRules(rules, text, context);
  if (events !== null) return events;
  const isHarmless = informationLine.test(text) && (context.isReady || !stopLine.test(text));
  return isHarmless ? [] : findFailure('vllm', vllmFailures, text, context);
}

/**
 * `MM-DD HH:MM:SS` of vLLM's prefix as ms since the start of a leap year, and PyTorch's `E517 20:17:34.123` alike: a log
 * has no year, and none is needed to compute durations.
 */
export function readLogTimeMs(text: string): number | null {
  const match =
    /\b(?:INFO|WARNING|ERROR|DEBUG|CRITICAL) (\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)\b/.exec(text) ??
    /\[[EWIF](\d{1,2})(\d\d) (\d\d):(\d\d):(\d\d)\b/.exec(text);
  if (match === null) return null;
  const [month, day, hours, minutes, seconds] = match.slice(1).map(Number);
  const days = (daysBefore[(month ?? 1) - 1] ?? 0) + (day ?? 1) - 1;
  return (((days * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)) * 1000;
}

const daysBefore = [0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335] as const;

/** Names of its processes, its modules in tracebacks and loggers, and its command line's errors. */
const ownLine =
  /\((?:API_?[Ss]erver|ApiServer|EngineCore|Worker|VllmWorker)(?:[_-]\w+)? (?:rank=\d+ )?pid=\d+\)|\b(?:INFO|WARNING|ERROR|DEBUG|CRITICAL) \d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? \[?(?!__init__\.py)[\w./-]{1,200}\.py:\d+\]|[/\\]vllm[/\\][\w/\\-]{1,300}\.py\b|\bvllm\.(?:v1|engine|entrypoints|worker|executor|model_executor|distributed|config|utils|transformers_utils|platforms)\b|^(?:usage: )?(?:vllm(?: serve)?|api_server\.py)(?:: error:| \[)|\bLLM engine \(v\d|\bvLLM (?:API server|version|is using)/;

/** True for a line that only vLLM prints; a name in passing, such as a command or a path to a model, is none. */
export function recognizesLogLine(text: string): boolean {
  return ownLine.test(text);
}
