import type {LogContext} from '../../engine.ts';
import type {FailureDetails} from '../../log/failure-catalog.ts';

type Moment = 'unknown' | 'loading' | 'profiling' | 'capturing' | 'serving';

/** What ends the finding's code: the same line has another cure at each of these moments. */
const codes: Readonly<Record<Moment, string>> = {
  unknown: 'out-of-memory',
  loading: 'out-of-memory-loading',
  profiling: 'out-of-memory-profiling',
  capturing: 'out-of-memory-capturing',
  serving: 'out-of-memory-serving',
};

/** What a fraction is lowered by: 2.8 GiB of a card with 141 GB, more than the graphs and buffers that ran out of room. */
const LESS_FRACTION = 0.02;

const cures: Readonly<
  Record<Moment, {readonly when: string; readonly remedy: string; readonly lowersFraction?: true}>
> = {
  unknown: {
    when: '',
    remedy:
      'See gantry gpus for other processes; while loading use more cards, later lower the memory fraction or the running requests.',
  },
  // The fraction bounds the KV cache alone: lowering it gives the weights nothing.
  loading: {
    when: ' while the weights were loaded',
    remedy:
      'See gantry gpus for other processes on the cards; else use more cards or a smaller format. A lower memory fraction does not help here.',
  },
  // The profile run sets the size of the activations, before there is a KV cache to make room.
  profiling: {
    when: ' in the profile run, before there was a KV cache',
    remedy:
      'Lower --max-num-batched-tokens in engine.extraArguments (2048 is little), or use more cards; a lower memory fraction does not help here.',
  },
  capturing: {
    when: ' after the KV cache had taken its share',
    lowersFraction: true,
    remedy:
      'Lower the memory fraction by 0.02 to 0.05, or the running requests; --enforce-eager in engine.extraArguments goes without CUDA graphs.',
  },
  serving: {
    when: ' while serving',
    lowersFraction: true,
    remedy:
      'Lower the memory fraction by 0.02 to 0.05, or --max-num-batched-tokens, so that requests have room beside the KV cache.',
  },
};

/** The code of a full card at this moment of the log. */
export function outOfMemoryCode(context: LogContext): string {
  return codes[momentOf(context)];
}

/** What a full card means at this moment of the log; `message` is a sentence without its end. */
export function outOfMemory(message: string, context: LogContext): FailureDetails {
  const {when, remedy, lowersFraction = false} = cures[momentOf(context)];
  return {message: `${message}${when}.`, remedy, settingsChange: lowersFraction ? lowerFraction(context) : null};
}

/** A smaller share of the card than the engine said it was started with; null where it has not said. */
export function lowerFraction({facts}: LogContext): {readonly memoryFraction: number} | null {
  const present = facts.memoryFraction;
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
      return 'profiling';
    case 'kv-cache':
    case 'capture-graphs':
    case 'serve':
      return 'capturing';
  }
}
