import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {EngineLogEvent} from '../engine.ts';

type Details = Pick<Finding, 'message' | 'remedy'> & {readonly settingsChange?: Finding['settingsChange']};

/** One failure: the text that gives it away, and what the operator should know. */
type Failure = {
  readonly code: string;
  readonly pattern: RegExp;
  readonly isConsequence?: boolean;
  readonly details: (match: RegExpExecArray) => Details;
};

const failures: readonly Failure[] = [
  {
    code: 'vllm.kv-cache-too-small',
    pattern:
      /To serve at least one request with the models?'?s? max seq len \((\d+)\), \(?([\d.]+) GiB KV cache is needed.*?available KV cache memory \((-?[\d.]+) GiB\)(?:.*?estimated maximum model length is (\d+))?/,
    details(match) {
      const largest = match[4] === undefined ? null : Number(match[4]);
      const message = `One request of ${Number(match[1]).toLocaleString('en-US')} tokens needs ${match[2]} GiB of KV cache on each card, and ${match[3]} GiB are left.`;
      if (largest === null) return {message, remedy: 'Restart with a shorter context, or with an FP8 KV cache.'};
      return {
        message,
        remedy: `Restart with a context of at most ${largest.toLocaleString('en-US')} tokens, which is vLLM's own estimate.`,
        settingsChange: {contextLengthTokens: largest},
      };
    },
  },
  {
    code: 'vllm.no-kv-cache-memory',
    pattern: /No available memory for the cache blocks/,
    details: () => ({
      message: 'Weights and activations leave no memory for the KV cache.',
      remedy: 'Raise the memory fraction (lowering it makes this worse), use more cards, or a smaller model.',
    }),
  },
  {
    code: 'vllm.out-of-memory-loading',
    pattern: /Failed to load model - not enough GPU memory/,
    details: () => ({
      message: 'The weights do not fit on the cards.',
      remedy: 'See gantry gpus for other processes on the cards; else use more cards or a smaller format.',
    }),
  },
  {
    code: 'vllm.out-of-memory-sampler',
    pattern: /CUDA out of memory occurred when warming up sampler with (\d+) dummy requests/,
    details: (match) => ({
      message: `The memory ran out while the sampler was warmed up with ${match[1]} requests.`,
      remedy: 'Lower the most requests running at once (--max-running 64 is what a tight node bears).',
      settingsChange: {maxRunningRequests: 64},
    }),
  },
  {
    code: 'vllm.out-of-memory',
    pattern:
      /CUDA out of memory\. Tried to allocate ([\d.]+ [KMG]iB)(?:\. GPU (\d+) has a total capacity of ([\d.]+ GiB) of which ([\d.]+ [KMG]iB) is free)?/,
    details: (match) => ({
      message:
        match[2] === undefined
          ? `A card ran out of memory allocating ${match[1]}.`
          : `GPU ${match[2]} ran out of memory: ${match[1]} were wanted and ${match[4]} of ${match[3]} were free.`,
      remedy:
        'See gantry gpus for other processes; while loading use more cards, later lower the memory fraction or the running requests.',
    }),
  },
  {
    code: 'vllm.memory-taken',
    pattern:
      /Free memory on device (\S+) \(([\d.]+)\/([\d.]+) GiB\) on startup is less than desired GPU memory utilization \(([\d.]+), ([\d.]+) GiB\)/,
    details: (match) => ({
      message: `Device ${match[1]} has ${match[2]} of ${match[3]} GiB free, and a fraction of ${match[4]} wants ${match[5]} GiB.`,
      remedy:
        'Another process holds the card (often a left-over VLLM::EngineCore): gantry gpus names it. End it, or lower the fraction.',
    }),
  },
  {
    code: 'vllm.memory-changed',
    pattern: /Error in memory profiling\. Initial free memory/,
    details: () => ({
      message: 'Another process took or freed memory on the cards while vLLM measured them.',
      remedy: 'Start again with nothing else starting or stopping on the cards.',
    }),
  },
  {
    code: 'vllm.port-in-use',
    pattern: /\[Errno 98\] Address already in use/,
    details: () => ({
      message: 'The port is taken by another program.',
      remedy: 'Stop that program, or start on another port.',
    }),
  },
  {
    code: 'vllm.heads-not-divisible',
    pattern: /Total number of attention heads \((\d+)\) must be divisible by tensor parallel size \((\d+)\)/,
    details: (match) => ({
      message: `${match[1]} attention heads cannot be split over ${match[2]} cards.`,
      remedy: 'Use a tensor parallel size that divides the heads: 1, 2, 4 or 8.',
      settingsChange: {tensorParallelSize: 8},
    }),
  },
  {
    code: 'vllm.too-few-gpus',
    pattern: /World size \((\d+)\) is larger than the number of available GPUs \((\d+)\)/,
    details: (match) => ({
      message: `${match[1]} cards were asked for and ${match[2]} are there.`,
      remedy: 'See gantry gpus for a lost card and CUDA_VISIBLE_DEVICES for hidden ones.',
    }),
  },
  {
    code: 'vllm.context-too-long',
    pattern: /User-specified max_model_len \((\d+)\) is greater than the derived max_model_len \(.*?=?(\d+)/,
    details: (match) => ({
      message: `The model reaches ${Number(match[2]).toLocaleString('en-US')} tokens, and ${Number(match[1]).toLocaleString('en-US')} were asked for.`,
      remedy: 'Restart with a context the model has.',
      settingsChange: {contextLengthTokens: Number(match[2])},
    }),
  },
  {
    code: 'vllm.trust-remote-code',
    pattern: /(?:pass the argument|adding|with) `?(?:--)?trust[-_]remote[-_]code/i,
    details: () => ({
      message: 'The model brings code of its own, which has to be allowed.',
      remedy: 'Add --trust-remote-code to the extra arguments.',
    }),
  },
  {
    code: 'vllm.model-missing',
    pattern:
      /Invalid repository ID or local directory specified: '?([^'\s]+)|Cannot find any model weights with `([^`]+)`/,
    details: (match) => ({
      message: `There is no model at ${match[1] ?? match[2] ?? 'the given place'}.`,
      remedy: 'Check the name or directory, and that the download is complete.',
    }),
  },
  {
    code: 'vllm.model-gated',
    pattern: /Cannot access gated repo|Access to model \S+ is restricted/,
    details: () => ({
      message: 'The model is gated, and this host may not read it.',
      remedy: 'Accept its licence on the hub and set HF_TOKEN.',
    }),
  },
  {
    code: 'vllm.disk-full',
    pattern: /\[Errno 28\] No space left on device|\[Errno 122\] Disk quota exceeded/,
    details: () => ({
      message: 'The disk is full.',
      remedy: 'Make room, or move the caches with HF_HOME and VLLM_CACHE_ROOT.',
    }),
  },
  {
    code: 'vllm.driver-too-old',
    pattern: /The NVIDIA driver on your system is too old \(found version (\d+)\)/,
    details: (match) => ({
      message: `The driver (CUDA ${match[1]}) is too old for this build of vLLM.`,
      remedy: 'Upgrade the driver to 580 or newer, or install the CUDA 12.9 build of vLLM.',
    }),
  },
  {
    code: 'vllm.no-gpu',
    pattern: /Found no NVIDIA driver on your system|No CUDA GPUs are available/,
    details: () => ({
      message: 'vLLM sees no card.',
      remedy: 'See gantry gpus, and CUDA_VISIBLE_DEVICES in the environment.',
    }),
  },
  {
    code: 'vllm.nccl',
    pattern: /Watchdog caught collective operation timeout|NCCL error: |ncclSystemError|ncclRemoteError/,
    details: () => ({
      message: 'The cards lost each other: a collective operation failed or timed out.',
      remedy: 'Look for an Xid in the kernel log, check /dev/shm, and restart; the first failing rank is the cause.',
    }),
  },
  {
    code: 'vllm.cuda-error',
    pattern: /CUDA error: (an illegal memory access was encountered|[a-z][^\n]{3,80})|CUBLAS_STATUS_EXECUTION_FAILED/,
    details: (match) => ({
      message: `A kernel failed: ${match[1] ?? 'CUBLAS_STATUS_EXECUTION_FAILED'}.`,
      remedy: 'Look for an Xid in the kernel log, then restart; if it comes back, change the version of vLLM.',
    }),
  },
  {
    code: 'vllm.allocation-failed',
    pattern: /torch_call_dispatcher\(.*API call failed/,
    details: () => ({
      message: 'A kernel could not get memory on its card (no "out of memory" is printed for this one).',
      remedy: 'Lower the memory fraction by 0.02, so that kernels keep room.',
    }),
  },
  {
    code: 'vllm.unknown-argument',
    pattern: /error: unrecognized arguments: (.+)$/,
    details: (match) => ({
      message: `This version of vLLM does not know ${match[1]}.`,
      remedy: 'Remove it from the extra arguments, or install the version that has it.',
    }),
  },
  {
    code: 'vllm.worker-hung',
    pattern: /RPC call to execute_model timed out/,
    details: () => ({
      message: 'A worker did not finish a step for five minutes.',
      remedy: 'Look for an Xid in the kernel log, and restart.',
    }),
  },
  {
    code: 'vllm.start-failed',
    pattern:
      /Engine core initialization failed|EngineCore failed to start|WorkerProc (?:failed to start|initialization failed)/,
    isConsequence: true,
    details: () => ({
      message: 'The engine core did not start.',
      remedy: 'The cause is the first ERROR above this line in gantry logs.',
    }),
  },
  {
    code: 'vllm.worker-died',
    pattern: /Worker proc (\S+) died unexpectedly \(exit code: (\S+?)\)/,
    isConsequence: true,
    details: (match) => ({
      message: `The worker ${match[1]} died (exit code ${match[2]}).`,
      remedy:
        'With exit code -9 look for the kernel\u2019s OOM killer; else the cause is the first ERROR above in gantry logs.',
    }),
  },
  {
    code: 'vllm.engine-dead',
    pattern: /EngineCore encountered a fatal error|EngineDeadError|engine core exited unexpectedly/,
    isConsequence: true,
    details: () => ({
      message: 'The engine core died.',
      remedy: 'The cause is the first ERROR above this line in gantry logs; restart the engine.',
    }),
  },
];

/** The failure a line names, as an event; empty when it names none. */
export function interpretFailure(text: string): readonly EngineLogEvent[] {
  for (const failure of failures) {
    const match = failure.pattern.exec(text);
    if (match === null) continue;
    const {message, remedy, settingsChange = null} = failure.details(match);
    return [
      {
        type: 'failure',
        isConsequence: failure.isConsequence === true,
        finding: {
          code: failure.code,
          severity: 'critical',
          message,
          evidence: text.slice(0, 400),
          remedy,
          settingsChange,
        },
      },
    ];
  }
  return [];
}
