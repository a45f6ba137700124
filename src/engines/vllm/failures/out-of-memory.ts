import type {LogContext} from '../../engine.ts';
import type {FailureDetails} from '../../log/failure-catalog.ts';
import {type ExhaustedCard, unknownCard, withHolders} from '../../torch/out-of-memory.ts';

type Moment = 'unknown' | 'loading' | 'profiling' | 'capturing' | 'serving';

/** Suffix of the finding's code: the same line needs a different fix at each of these stages. */
const codes: Readonly<Record<Moment, string>> = {
  unknown: 'out-of-memory',
  loading: 'out-of-memory-loading',
  profiling: 'out-of-memory-profiling',
  capturing: 'out-of-memory-capturing',
  serving: 'out-of-memory-serving',
};

/** How much to lower the fraction for requests that failed to fit: 2.8 GiB of a GPU with 141 GB. */
const LESS_FRACTION = 0.02;
/** For graphs, whose missing memory is unknown: the last advice. */
const LESS_FOR_GRAPHS = 0.05;

const cures: Readonly<
  Record<
    Moment,
    {
      readonly when: string;
      readonly curedBy: 'gpus' | 'arguments';
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
  // The fraction only limits the KV cache: lowering it does not help the weights.
  loading: {
    when: ' while loading the weights',
    curedBy: 'gpus',
    remedy:
      'Check gantry gpus for other processes; otherwise use more GPUs or a smaller format. A lower memory fraction does not help here.',
  },
  // The profile run determines the size of the activations before there is a KV cache to shrink.
  profiling: {
    when: ' in the profile run, before the KV cache was allocated',
    curedBy: 'arguments',
    remedy:
      'Lower --max-num-batched-tokens in engine.extraArguments (2048 is low), or use more GPUs. A lower memory fraction does not help here.',
  },
  capturing: {
    when: ' after the KV cache was allocated',
    curedBy: 'arguments',
    lessFraction: LESS_FOR_GRAPHS,
    remedy:
      'Lower the memory fraction by 0.05, or the running requests. --enforce-eager in engine.extraArguments disables CUDA graphs.',
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

function momentOf({phase, isReady}: LogContext): Moment {
  if (isReady) return 'serving';
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
      return 'profiling';
    case 'kv-cache':
    case 'capture-graphs':
    case 'serve':
      return 'capturing';
  }
}
