import {countedText, countText} from '../../../shared/quantities/counts.ts';
import type {LogContext} from '../../engine.ts';
import {type Failure, type FailureDetails, grouped} from '../../log/failure-catalog.ts';
import {fact, gibToBytes} from '../../log/log-rules.ts';
import {
  cudaOutOfMemoryPattern,
  exhaustedCard,
  otherOutOfMemoryPattern,
  outOfMemoryFacts,
  outOfMemoryMessage,
} from '../../torch/out-of-memory.ts';
import {gpuSubject} from '../../torch/rank.ts';
import {noCacheMemory} from './cache-failures.ts';
import {lowerFraction, outOfMemory, outOfMemoryCode} from './out-of-memory.ts';

/** Concurrent requests that a node with little memory supports; half as many if that already failed. */
const FEW_REQUESTS = 64;

/** Below this fraction of a GPU no restart helps: the other process on the GPU must end. */
const LEAST_USEFUL_FRACTION = 0.5;

/** A GPU, or the KV cache on it, is too small. In order of precedence. */
export const memoryFailures: readonly Failure[] = [
  {
    code: 'kv-cache-too-small',
    curedBy: 'gpus',
    words:
      "To serve at least one request with the model's max seq len (262144), (17.16 GiB KV cache is needed, which is larger than the available KV cache memory (12.40 GiB). Based on the available memory, the estimated maximum model length is 189424.",
    pattern:
      /To serve at least one request with the models?'?s? max seq len \((\d+)\), \(?([\d.]+) GiB KV cache is needed.{0,200}?available KV cache memory \((-?[\d.]+) GiB\)(?:.*?estimated maximum model length is (\d+))?/,
    details: (match, context) =>
      shorterContext(
        context,
        `One request of ${grouped(match[1])} tokens needs ${match[2]} GiB of KV cache per GPU, and ${match[3]} GiB are left.`,
        match[4],
      ),
  },
  {
    // The same, before vLLM 0.9.
    code: 'kv-cache-too-small',
    curedBy: 'gpus',
    words:
      "The model's max seq len (131072) is larger than the maximum number of tokens that can be stored in KV cache (98304).",
    pattern:
      /max seq len \((\d+)\) is larger than the maximum number of tokens that can be stored in KV cache \((\d+)\)/,
    details: (match, context) =>
      shorterContext(
        context,
        `One request of ${grouped(match[1])} tokens does not fit in the KV cache, which holds ${grouped(match[2])}.`,
        match[2],
      ),
  },
  {
    code: 'no-kv-cache-memory',
    curedBy: 'gpus',
    words: 'ValueError: No available memory for the cache blocks.',
    pattern: /No available memory for the cache blocks|Cannot auto-fit max_model_len/,
    details: (_, context) => noCacheMemory(context),
  },
  {
    code: 'out-of-memory-loading',
    curedBy: 'gpus',
    words: 'Failed to load model - not enough GPU memory.',
    pattern: /Failed to load model - not enough GPU memory/,
    details: () => ({
      message: 'The weights do not fit on the GPUs.',
      remedy: 'Check gantry gpus for other processes; otherwise use more GPUs or a smaller format.',
    }),
  },
  {
    code: 'out-of-memory-sampler',
    curedBy: 'arguments',
    words: 'CUDA out of memory occurred when warming up sampler with 1024 dummy requests.',
    isPrecise: true,
    pattern: /CUDA out of memory occurred when warming up sampler with (\d+) dummy requests/,
    details(match) {
      const tried = Number(match[1]);
      const fewer = tried > FEW_REQUESTS ? FEW_REQUESTS : Math.floor(tried / 2);
      const message = `A GPU ran out of memory during sampler warm-up with ${countedText(tried, 'request')}.`;
      if (fewer < 1) return {message, remedy: 'Lower the memory fraction to leave room outside the KV cache.'};
      return {
        message,
        remedy: `Restart with at most ${countedText(fewer, 'concurrent request')}.`,
        settingsChange: {maxRunningRequests: fewer},
      };
    },
  },
  {
    // The server lives on: only this call failed.
    code: 'wake-up-failed',
    curedBy: 'other-programs',
    severity: 'warning',
    words: 'Call to wake_up method failed: CUDA Error: out of memory at cumem_allocator.cpp:139',
    pattern:
      /Call to wake_up method failed: (?:CUDA Error: )?out of memory|\)[^\n]{0,80}CUDA Error: out of memory at \S{0,200}cumem_allocator/,
    details: notAwake,
  },
  {
    // As an exception of the program that called it.
    code: 'wake-up-failed',
    curedBy: 'other-programs',
    whileServing: 'warning',
    words: 'RuntimeError: CUDA Error: out of memory at /workspace/csrc/cumem_allocator.cpp:62',
    pattern: /CUDA Error: out of memory at \S{0,200}cumem_allocator/,
    details: notAwake,
  },
  {
    code: 'out-of-memory',
    curedBy: 'gpus',
    words:
      'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 896.00 MiB. GPU 3 has a total capacity of 139.81 GiB of which 510.31 MiB is free.',
    codeAt: outOfMemoryCode,
    pattern: cudaOutOfMemoryPattern,
    facts: outOfMemoryFacts,
    details: (match, context) => outOfMemory(outOfMemoryMessage(match), context, exhaustedCard(match)),
  },
  {
    code: 'out-of-memory',
    curedBy: 'gpus',
    words: 'CUDA error: out of memory',
    codeAt: outOfMemoryCode,
    pattern: otherOutOfMemoryPattern,
    details: (match, context) => outOfMemory(`${gpuSubject(match)} ran out of memory`, context),
  },
  {
    code: 'memory-taken',
    curedBy: 'other-programs',
    words:
      'Free memory on device cuda:0 (60.11/139.80 GiB) on startup is less than desired GPU memory utilization (0.9, 125.82 GiB).',
    pattern:
      /Free memory on device (?:(\S+) )?\(([\d.]+)\/([\d.]+) GiB\) on startup is less than desired GPU memory utilization \(([\d.]+), ([\d.]+) GiB\)/,
    facts: (match) => [fact('freeBeforeLoadBytesPerGpu', gibToBytes(match[2]))],
    details(match) {
      const fraction = Math.floor((Number(match[2]) / Number(match[3])) * 100) / 100;
      const message = `${match[1] === undefined ? 'A GPU' : `Device ${match[1]}`} has ${match[2]} of ${match[3]} GiB free, and a memory fraction of ${match[4]} needs ${match[5]} GiB.`;
      const cause = 'Another process is using the GPU (often a leftover VLLM::EngineCore; see gantry gpus).';
      if (!(fraction >= LEAST_USEFUL_FRACTION)) return {message, remedy: `${cause} End it and start again.`};
      return {
        message,
        remedy: `${cause} End it, or restart with a memory fraction of ${fraction}.`,
        settingsChange: {memoryFraction: fraction},
      };
    },
  },
  {
    code: 'memory-changed',
    curedBy: 'other-programs',
    words: 'Error in memory profiling. Initial free memory 130.10 GiB, current free memory 138.20 GiB.',
    pattern: /Error in memory profiling\. Initial free memory/,
    details: () => ({
      message: 'Another process allocated or freed GPU memory while vLLM was measuring it.',
      remedy: 'Start again while no other process starts or stops on the GPUs.',
    }),
  },
  {
    code: 'allocation-failed',
    curedBy: 'arguments',
    words: 'RuntimeError: torch_call_dispatcher( aten::new_empty ) API call failed',
    pattern: /torch_call_dispatcher\(.{0,800}API call failed/,
    details: (_, context) => ({
      message: 'A GPU kernel could not allocate memory (this one does not print "out of memory").',
      remedy: 'Lower the memory fraction by 0.02 to leave room for GPU kernels.',
      settingsChange: lowerFraction(context),
    }),
  },
];

/** For a cache that is too small, the fix is vLLM's own estimate of its capacity, if it logs one. */
function shorterContext({facts}: LogContext, message: string, largestText: string | undefined): FailureDetails {
  const largest = Number(largestText ?? 0);
  // On a CPU the cache has a size of its own.
  const more = facts.cpuMemoryBytes === undefined ? '' : ' Or raise VLLM_CPU_KVCACHE_SPACE: no GPU is involved.';
  if (!(largest > 0)) return {message, remedy: `Restart with a shorter context or an FP8 KV cache.${more}`};
  return {
    message,
    remedy: `Restart with a context of at most ${countText(largest)} tokens (vLLM's own estimate).${more}`,
    settingsChange: {contextLengthTokens: largest},
  };
}

function notAwake(): FailureDetails {
  return {
    message: 'vLLM could not wake up: another process took the GPU memory while it slept.',
    remedy: 'Let the other engine sleep or end first, or lower the memory fractions of both so that they fit together.',
  };
}
