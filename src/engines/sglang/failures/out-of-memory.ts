import type {LogContext} from '../../engine.ts';
import type {FailureDetails} from '../../log/failure-catalog.ts';

type Moment = 'unknown' | 'loading' | 'capturing' | 'serving';

/** What ends the finding's code: the same line has another cure at each of these moments. */
const codes: Readonly<Record<Moment, string>> = {
  unknown: 'out-of-memory',
  loading: 'out-of-memory-loading',
  capturing: 'out-of-memory-capturing',
  serving: 'out-of-memory-serving',
};

/** What attention workspace, graphs and activations usually lack, as a share of a card. */
const LESS_FRACTION = 0.05;

type Cure = {readonly when: string; readonly remedy: string; readonly lowersFraction?: boolean};

const cures: Readonly<Record<Moment, Cure>> = {
  unknown: {
    when: '',
    remedy:
      'See gantry gpus for other processes; while loading use more cards or a smaller format, later lower the memory fraction or the running requests.',
  },
  // The fraction is looked at after the weights are there: it gives them nothing.
  loading: {
    when: ' while the weights were loaded',
    remedy:
      'See gantry gpus for other processes on the cards; else use more cards or a smaller format. Neither a lower nor a higher memory fraction helps here.',
  },
  // Weights and pool have their fraction by now; everything else has to do with the rest.
  capturing: {
    when: ' after weights and KV cache had taken their fraction',
    lowersFraction: true,
    remedy:
      'Lower the memory fraction by 0.05, so that attention workspace and CUDA graphs have room; a smaller --cuda-graph-max-bs in engine.extraArguments helps too.',
  },
  serving: {
    when: ' while serving',
    lowersFraction: true,
    remedy:
      'Lower the memory fraction by 0.02 to 0.05, or the running requests, or --chunked-prefill-size in engine.extraArguments, so that requests have room beside the KV cache.',
  },
};

/** The code of a full card at this moment of the log. */
export function outOfMemoryCode(context: LogContext): string {
  return codes[momentOf(context)];
}

/** What a full card means at this moment of the log; `message` is a sentence without its end. */
export function outOfMemory(message: string, context: LogContext): FailureDetails {
  return told(message, momentOf(context), context);
}

/** A full card where the line itself says that graphs were captured. */
export function outOfMemoryCapturing(message: string, context: LogContext): FailureDetails {
  return told(message, 'capturing', context);
}

function told(message: string, moment: Moment, context: LogContext): FailureDetails {
  const {when, remedy, lowersFraction = false} = cures[moment];
  return {message: `${message}${when}.`, remedy, settingsChange: lowersFraction ? lowerFraction(context) : null};
}

/** A smaller fraction than SGLang said it was started with; null where it has not said. */
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
