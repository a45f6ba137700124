import type {LogContext} from '../../engine.ts';
import {type StageFunctions, stageOf} from '../../log/failed-stage.ts';
import type {FailureDetails} from '../../log/failure-catalog.ts';
import {type ExhaustedCard, unknownCard, withHolders} from '../../torch/out-of-memory.ts';

type Moment =
  | 'unknown'
  | 'setup'
  | 'early'
  | 'loading'
  | 'profiling'
  | 'allocating'
  | 'sized'
  | 'capturing'
  | 'serving';

/** Suffix of the finding's code: the same line needs a different fix at each of these stages. */
const codes: Readonly<Record<Moment, string>> = {
  unknown: 'out-of-memory',
  setup: 'out-of-memory-loading',
  early: 'out-of-memory-loading',
  loading: 'out-of-memory-loading',
  profiling: 'out-of-memory-profiling',
  allocating: 'out-of-memory-kv-cache',
  sized: 'out-of-memory-capturing',
  capturing: 'out-of-memory-capturing',
  serving: 'out-of-memory-serving',
};

/** How much to lower the fraction for requests that failed to fit: 2.8 GiB of a GPU with 141 GB. */
const LESS_FRACTION = 0.02;
/** For graphs, whose missing memory is unknown: the last advice. */
const LESS_FOR_GRAPHS = 0.05;

const LOADING_REMEDY =
  'Check gantry gpus for other processes; otherwise use more GPUs or a smaller format. A lower memory fraction does not help here.';
const WARM_UP_REMEDY =
  'Lower the memory fraction by 0.05, or the running requests. --enforce-eager in engine.extraArguments disables CUDA graphs.';

const cures: Readonly<
  Record<
    Moment,
    {
      readonly when: string;
      readonly curedBy: 'gpus' | 'arguments' | 'other-programs';
      readonly remedy: string;
      readonly lessFraction?: number;
    }
  >
> = {
  unknown: {
    when: '',
    curedBy: 'gpus',
    remedy:
      'Check gantry gpus for other processes. If it failed while loading, use more GPUs; later, lower the memory fraction or the running requests.',
  },
  // Contexts of CUDA and NCCL are small: what is missing, others hold.
  setup: {
    when: ' before any weights were loaded',
    curedBy: 'other-programs',
    remedy:
      'Another process holds the memory of that GPU: find it with gantry gpus, end it (often a leftover VLLM::EngineCore or VLLM::Worker) and start again. A lower memory fraction does not help here.',
  },
  // The fraction only limits the KV cache: lowering it does not help the weights.
  early: {
    when: ' before or while the weights were loaded',
    curedBy: 'gpus',
    remedy: LOADING_REMEDY,
  },
  loading: {
    when: ' while loading the weights',
    curedBy: 'gpus',
    remedy: LOADING_REMEDY,
  },
  // The profile run determines the size of the activations before there is a KV cache to shrink.
  profiling: {
    when: ' in the profile run, before the KV cache was allocated',
    curedBy: 'arguments',
    remedy:
      'Lower --max-num-batched-tokens in engine.extraArguments, or use more GPUs. A lower memory fraction does not help here.',
  },
  // Its size was computed from what was free in the profile run.
  allocating: {
    when: ' while the KV cache was allocated',
    curedBy: 'arguments',
    lessFraction: LESS_FOR_GRAPHS,
    remedy:
      'Lower the memory fraction by 0.05. If another process takes memory of the GPU (gantry gpus), end it first: the size of the cache was computed from what was free before.',
  },
  // Either the allocation or the warm-up after it: the log has no line between them.
  sized: {
    when: ' after the size of the KV cache was computed',
    curedBy: 'arguments',
    lessFraction: LESS_FOR_GRAPHS,
    remedy: WARM_UP_REMEDY,
  },
  capturing: {
    when: ' in the warm-up, after the KV cache was allocated',
    curedBy: 'arguments',
    lessFraction: LESS_FOR_GRAPHS,
    remedy: WARM_UP_REMEDY,
  },
  serving: {
    when: ' while serving',
    curedBy: 'arguments',
    lessFraction: LESS_FRACTION,
    remedy: 'Make room for requests: lower the memory fraction by 0.02 to 0.05, or --max-num-batched-tokens.',
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
  const {when, remedy, lessFraction, curedBy} = cures[momentOf(context)];
  const settingsChange = lessFraction === undefined ? null : lowerFraction(context, lessFraction);
  return withHolders(card, context, {message: `${message}${when}.`, remedy, settingsChange, curedBy});
}

/** A smaller fraction than the one the engine logged at its start; null if it logged none. */
export function lowerFraction(
  {facts}: LogContext,
  less: number = LESS_FRACTION,
): {readonly memoryFraction: number} | null {
  const present = facts.memoryFraction;
  if (present === undefined || present <= less) return null;
  return {memoryFraction: Math.round((present - less) * 100) / 100};
}

/** Functions of the worker and of the engine core in all releases, V0 included. */
const functions: StageFunctions<Moment> = [
  [/^(?:init_device|init_worker_distributed_environment|_init_worker_distributed_environment)$/, 'setup'],
  [/^(?:load_model|initialize_model|load_weights|process_weights_after_loading|create_weights)$/, 'loading'],
  [/^(?:determine_(?:available_memory|num_available_blocks)|profile_(?:run|cudagraph_memory))$/, 'profiling'],
  [
    /^(?:initialize_from_config|initialize_kv_cache(?:_tensors)?|_?allocate_kv_cache(?:_tensors)?|_init_cache_engine|initialize_cache)$/,
    'allocating',
  ],
  [/^(?:compile_or_warm_up_model|capture_model|_capture_cudagraphs|kernel_warmup|_warm_up_model)$/, 'capturing'],
  [/^(?:execute_model|sample_tokens|execute_dummy_batch)$/, 'serving'],
];

/** By the traceback, as other processes may log another phase meanwhile; else by the phase. */
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
      return 'early';
    case 'load-weights':
      return 'loading';
    case 'compile':
    case 'profile':
      return 'profiling';
    case 'kv-cache':
      return 'sized';
    case 'capture-graphs':
    case 'serve':
      return 'capturing';
  }
}
