import type {LogContext} from '../../engine.ts';
import type {FailureDetails} from '../../log/failure-catalog.ts';
import {type ExhaustedCard, unknownCard, withHolders} from '../../torch/out-of-memory.ts';

type Moment = 'unknown' | 'loading' | 'capturing' | 'serving';

/** Suffix of the finding's code: the same line needs a different fix at each of these stages. */
const codes: Readonly<Record<Moment, string>> = {
  unknown: 'out-of-memory',
  loading: 'out-of-memory-loading',
  capturing: 'out-of-memory-capturing',
  serving: 'out-of-memory-serving',
};

/** How much attention workspace, graphs and activations usually lack, as a fraction of a GPU. */
const LESS_FRACTION = 0.05;

type Cure = {
  readonly when: string;
  readonly curedBy: 'gpus' | 'arguments';
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
  // The fraction applies after the weights are loaded: it does not help them.
  loading: {
    when: ' while loading the weights',
    curedBy: 'gpus',
    remedy:
      'Check gantry gpus for other processes; otherwise use more GPUs or a smaller format. Changing the memory fraction does not help here.',
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
    case 'kv-cache':
    case 'capture-graphs':
    case 'serve':
      return 'capturing';
  }
}
