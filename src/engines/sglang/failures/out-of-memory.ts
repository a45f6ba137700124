import type {LogContext} from '../../engine.ts';
import {type StageFunctions, stageOf} from '../../log/failed-stage.ts';
import type {FailureDetails} from '../../log/failure-catalog.ts';
import {type ExhaustedCard, unknownCard, withHolders} from '../../torch/out-of-memory.ts';

type Moment = 'unknown' | 'setup' | 'loading' | 'allocating' | 'capturing' | 'serving';

/** Suffix of the finding's code: the same line needs a different fix at each of these stages. */
const codes: Readonly<Record<Moment, string>> = {
  unknown: 'out-of-memory',
  setup: 'out-of-memory-loading',
  loading: 'out-of-memory-loading',
  allocating: 'out-of-memory-kv-cache',
  capturing: 'out-of-memory-capturing',
  serving: 'out-of-memory-serving',
};

/** How much attention workspace, graphs and activations usually lack, as a fraction of a GPU. */
const LESS_FRACTION = 0.05;

type Cure = {
  readonly when: string;
  readonly curedBy: 'gpus' | 'arguments' | 'other-programs';
  readonly remedy: string;
  readonly lowersFraction?: boolean;
};

const cures: Readonly<Record<Moment, Cure>> = {
  unknown: {
    when: '',
    curedBy: 'gpus',
    remedy:
      'Check gantry gpus for other processes. If it failed while loading, use more GPUs or a smaller format; later, lower the memory fraction or the running requests.',
  },
  // Contexts of CUDA and NCCL are small: what is missing, others hold.
  setup: {
    when: ' before any weights were loaded',
    curedBy: 'other-programs',
    remedy:
      'Another process holds the memory of that GPU: find it with gantry gpus, end it (often a leftover sglang::scheduler) and start again. Changing the memory fraction does not help here.',
  },
  // The fraction applies after the weights are loaded: it does not help them.
  loading: {
    when: ' while loading the weights',
    curedBy: 'gpus',
    remedy:
      'Check gantry gpus for other processes; otherwise use more GPUs or a smaller format. Changing the memory fraction does not help here.',
  },
  allocating: {
    when: ' while the KV cache was allocated',
    curedBy: 'arguments',
    lowersFraction: true,
    remedy:
      'Lower the memory fraction by 0.05. If another process takes memory of the GPU (gantry gpus), end it first.',
  },
  // Weights and pool have taken their fraction; everything else must fit in the rest.
  capturing: {
    when: ' after weights and KV cache took their fraction',
    curedBy: 'arguments',
    lowersFraction: true,
    remedy:
      'Lower the memory fraction by 0.05 to make room for attention workspace and CUDA graphs. A smaller --cuda-graph-max-bs-decode in engine.extraArguments (--cuda-graph-max-bs before 0.5.14) also helps.',
  },
  serving: {
    when: ' while serving',
    curedBy: 'arguments',
    lowersFraction: true,
    remedy:
      'Make room for requests: lower the memory fraction by 0.02 to 0.05, the running requests, or --chunked-prefill-size in engine.extraArguments.',
  },
};

/** The out-of-memory code for this point in the log. */
export function outOfMemoryCode(context: LogContext): string {
  return codes[momentOf(context)];
}

/**
 * The meaning of an out-of-memory error at this point in the log; `message` is a sentence without its end, `card`
 * what the error says about the GPU.
 */
export function outOfMemory(message: string, context: LogContext, card: ExhaustedCard = unknownCard): FailureDetails {
  return withHolders(card, context, detailsOf(message, momentOf(context), context));
}

/** An out-of-memory error where the line itself mentions graph capture. */
export function outOfMemoryCapturing(message: string, context: LogContext): FailureDetails {
  return detailsOf(message, 'capturing', context);
}

function detailsOf(message: string, moment: Moment, context: LogContext): FailureDetails {
  const {when, remedy, lowersFraction = false, curedBy} = cures[moment];
  const settingsChange = lowersFraction ? lowerFraction(context) : null;
  return {message: `${message}${when}.`, remedy, settingsChange, curedBy};
}

/** A smaller fraction than the one SGLang logged at its start; null if it logged none. */
function lowerFraction({facts: {memoryFraction: present}}: LogContext): {readonly memoryFraction: number} | null {
  if (present === undefined || present <= LESS_FRACTION) return null;
  return {memoryFraction: Math.round((present - LESS_FRACTION) * 100) / 100};
}

/** Functions of the scheduler and its model runner, whose names changed between releases. */
const functions: StageFunctions<Moment> = [
  [/^init_torch_distributed$/, 'setup'],
  [/^(?:load_model|_?initialize_model|load_weights|process_weights_after_loading|create_weights)$/, 'loading'],
  [/^(?:init_memory_pools?|alloc_memory_pool|init_memory_pool_and_cache|_create_buffers)$/, 'allocating'],
  [
    /^(?:init_attention_backend|kernel_warmup|init_(?:device|cuda|piecewise_cuda|decode_cuda|prefill_cuda)_graphs?|capture|capture_one_batch_size)$/,
    'capturing',
  ],
  [/^(?:event_loop_\w{1,60}|run_batch|forward_batch_generation)$/, 'serving'],
];

/** By the traceback, as other ranks may log another phase meanwhile; else by the phase. */
function momentOf({phase, isReady, functions: called = []}: LogContext): Moment {
  if (isReady) return 'serving';
  const told = stageOf(called, functions);
  if (told !== null) return told;
  switch (phase) {
    case null:
      return 'unknown';
    case 'launch':
    case 'resolve':
    case 'download':
    case 'load-weights':
      return 'loading';
    case 'compile':
    case 'profile':
    case 'kv-cache':
    case 'capture-graphs':
    case 'serve':
      return 'capturing';
  }
}
