import {type Failure, type FailureDetails, grouped} from '../../log/failure-catalog.ts';
import {cudaOutOfMemoryPattern, otherOutOfMemoryPattern, outOfMemoryMessage} from '../../log/torch-failures.ts';
import {lowerFraction, outOfMemory, outOfMemoryCode} from './out-of-memory.ts';

/** What a tight node bears, in requests at once; half as many where that was too much already. */
const FEW_REQUESTS = 64;

/** Below this share of a card no restart helps: what else holds the card has to go. */
const LEAST_USEFUL_FRACTION = 0.5;

/** A card, or the KV cache on it, is too small. In the order of precedence. */
export const memoryFailures: readonly Failure[] = [
  {
    code: 'kv-cache-too-small',
    pattern:
      /To serve at least one request with the models?'?s? max seq len \((\d+)\), \(?([\d.]+) GiB KV cache is needed.*?available KV cache memory \((-?[\d.]+) GiB\)(?:.*?estimated maximum model length is (\d+))?/,
    details: (match) =>
      shorterContext(
        `One request of ${grouped(match[1])} tokens needs ${match[2]} GiB of KV cache on each card, and ${match[3]} GiB are left.`,
        match[4],
      ),
  },
  {
    // The same, before vLLM 0.9.
    code: 'kv-cache-too-small',
    pattern:
      /max seq len \((\d+)\) is larger than the maximum number of tokens that can be stored in KV cache \((\d+)\)/,
    details: (match) =>
      shorterContext(
        `One request of ${grouped(match[1])} tokens is more than the KV cache holds, which is ${grouped(match[2])}.`,
        match[2],
      ),
  },
  {
    code: 'no-kv-cache-memory',
    pattern: /No available memory for the cache blocks|Cannot auto-fit max_model_len/,
    details: () => ({
      message: 'Weights and activations leave no memory for the KV cache.',
      remedy: 'Raise the memory fraction (lowering it makes this worse), use more cards, or a smaller model.',
    }),
  },
  {
    code: 'out-of-memory-loading',
    pattern: /Failed to load model - not enough GPU memory/,
    details: () => ({
      message: 'The weights do not fit on the cards.',
      remedy: 'See gantry gpus for other processes on the cards; else use more cards or a smaller format.',
    }),
  },
  {
    code: 'out-of-memory-sampler',
    pattern: /CUDA out of memory occurred when warming up sampler with (\d+) dummy requests/,
    details(match) {
      const tried = Number(match[1]);
      const fewer = tried > FEW_REQUESTS ? FEW_REQUESTS : Math.floor(tried / 2);
      const message = `The memory ran out while the sampler was warmed up with ${tried} requests.`;
      if (fewer < 1) return {message, remedy: 'Lower the memory fraction, so that more than the KV cache has room.'};
      return {
        message,
        remedy: `Restart with at most ${fewer} requests at once.`,
        settingsChange: {maxRunningRequests: fewer},
      };
    },
  },
  {
    code: 'out-of-memory',
    codeAt: outOfMemoryCode,
    pattern: cudaOutOfMemoryPattern,
    details: (match, context) => outOfMemory(outOfMemoryMessage(match), context),
  },
  {
    code: 'out-of-memory',
    codeAt: outOfMemoryCode,
    pattern: otherOutOfMemoryPattern,
    details: (_, context) => outOfMemory('A card ran out of memory', context),
  },
  {
    code: 'memory-taken',
    pattern:
      /Free memory on device (\S+) \(([\d.]+)\/([\d.]+) GiB\) on startup is less than desired GPU memory utilization \(([\d.]+), ([\d.]+) GiB\)/,
    details(match) {
      const fraction = Math.floor((Number(match[2]) / Number(match[3])) * 100) / 100;
      const message = `Device ${match[1]} has ${match[2]} of ${match[3]} GiB free, and a fraction of ${match[4]} wants ${match[5]} GiB.`;
      const cause = 'Another process holds the card (often a left-over VLLM::EngineCore): gantry gpus names it.';
      if (!(fraction >= LEAST_USEFUL_FRACTION)) return {message, remedy: `${cause} End it, and start again.`};
      return {
        message,
        remedy: `${cause} End it, or restart with a memory fraction of ${fraction}.`,
        settingsChange: {memoryFraction: fraction},
      };
    },
  },
  {
    code: 'memory-changed',
    pattern: /Error in memory profiling\. Initial free memory/,
    details: () => ({
      message: 'Another process took or freed memory on the cards while vLLM measured them.',
      remedy: 'Start again with nothing else starting or stopping on the cards.',
    }),
  },
  {
    code: 'allocation-failed',
    pattern: /torch_call_dispatcher\(.*API call failed/,
    details: (_, context) => ({
      message: 'A kernel could not get memory on its card (no "out of memory" is printed for this one).',
      remedy: 'Lower the memory fraction by 0.02, so that kernels keep room.',
      settingsChange: lowerFraction(context),
    }),
  },
];

/** A cache that is too small is cured by vLLM's own estimate of what it holds, where it gives one. */
function shorterContext(message: string, largestText: string | undefined): FailureDetails {
  const largest = Number(largestText ?? 0);
  if (!(largest > 0)) return {message, remedy: 'Restart with a shorter context, or with an FP8 KV cache.'};
  return {
    message,
    remedy: `Restart with a context of at most ${largest.toLocaleString('en-US')} tokens, which is vLLM's own estimate.`,
    settingsChange: {contextLengthTokens: largest},
  };
}
