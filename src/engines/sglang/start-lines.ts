import type {EngineLogEvent, LogContext} from '../engine.ts';
import {fact, gibToBytes, type LogRule, number, phase, progress} from '../log-rules.ts';

/** Words of which every line below has one. */
export function mentionsStart(text: string): boolean {
  return (
    text.includes('mem') ||
    text.includes('KV') ||
    text.includes('CUDA graph') ||
    text.includes('cuda graph') ||
    text.includes('Init torch') ||
    text.includes('max_total_num_tokens=') ||
    text.includes('ttention backend')
  );
}

/** Weights of a draft model come in the words of the model's own. */
const draftPattern = /type=\w*(?:eagle|nextn|mtp|draft|dflash|dspark|medusa)/i;

/** A start as SGLang logs it. Its GB are GiB. In the order of precedence. */
export const loadRules: readonly LogRule[] = [
  {pattern: /Attention backend not specified|ttention backend .*by default/, events: () => [phase('resolve')]},
  {pattern: /Init torch distributed begin/, events: () => [phase('resolve')]},
  {pattern: /Load weight begin\b/, events: (_, context) => (hasPool(context) ? [] : [phase('load-weights')])},
  {
    pattern: /Load weight end\.(?: elapsed=([\d.]+) s,)?(.*?)(?:[, ]mem usage=([\d.]+) GB|$)/,
    events: (match, context) => weightEvents(match, context),
  },
  {
    // What is left for the pool is measured now. A start may say it before it loads; then it begins nothing.
    pattern: /Using KV cache dtype: /,
    events: (_, {phase: present}) => (present === 'load-weights' ? [phase('profile')] : []),
  },
  {
    pattern:
      /KV Cache is allocated\.(?: dtype: [\w.]+,)? #tokens: (\d+), (?:KV size: ([\d.]+) GB|K size: ([\d.]+) GB, V size: ([\d.]+) GB)/,
    events: (match, context) => poolEvents(match, context),
  },
  {
    // Sliding windows and full attention have a pool each; this is their sum.
    pattern: /SWAKVPool mem usage: ([\d.]+) GB/,
    events: (match) => [phase('kv-cache'), fact('kvCachePoolBytesPerGpu', gibToBytes(match[1]))],
  },
  {pattern: /Memory pool end\b/, events: () => [phase('kv-cache'), progress('kv-cache', 1)]},
  {
    pattern:
      /Capture (.{0,60}?)(?:cuda|CUDA|device) graph end\. (?:Time elapsed: |elapsed=)([\d.]+) s[.,](?: mem usage=(-?[\d.]+) GB)?/,
    events: (match) => graphEvents(match),
  },
  {pattern: /Capture .{0,60}?(?:cuda|CUDA|device) graph begin/, events: () => [phase('capture-graphs')]},
  {
    pattern:
      /max_total_num_tokens=(\d+), .*?max_running_requests=(\d+), context_len=(\d+)(?:, available_gpu_mem=([\d.]+) GB)?/,
    events: (match) => summaryEvents(match),
  },
];

/** The draft model, loaded after the pool was made or before, says nothing of the model's own weights. */
function weightEvents(match: RegExpExecArray, context: LogContext): readonly EngineLogEvent[] {
  const [, seconds, type = '', gib] = match;
  if (hasPool(context) || draftPattern.test(type)) return [];
  return [
    progress('load-weights', 1),
    ...(seconds === undefined ? [] : [fact('weightsLoadSeconds', number(seconds))]),
    ...(gib === undefined ? [] : [fact('weightsBytesPerGpu', gibToBytes(gib))]),
  ];
}

/** The first pool is the model's; those that come after it belong to other ranks, or to a draft model. */
function poolEvents(match: RegExpExecArray, context: LogContext): readonly EngineLogEvent[] {
  const [, tokens, latentGib, keysGib, valuesGib] = match;
  if (hasPool(context)) return [];
  const bytes = latentGib === undefined ? gibToBytes(keysGib) + gibToBytes(valuesGib) : gibToBytes(latentGib);
  return [phase('kv-cache'), fact('kvCachePoolBytesPerGpu', bytes), fact('kvCapacityTokens', number(tokens))];
}

function graphEvents([, whose = '', seconds, gib]: RegExpExecArray): readonly EngineLogEvent[] {
  const done = [phase('capture-graphs'), progress('capture-graphs', 1)];
  if (/draft/i.test(whose)) return done;
  return [
    ...done,
    fact('graphCaptureSeconds', number(seconds)),
    ...(gib === undefined ? [] : [fact('cudaGraphBytesPerGpu', gibToBytes(gib))]),
  ];
}

function summaryEvents([, tokens, running, contextLength, freeGib]: RegExpExecArray): readonly EngineLogEvent[] {
  const capacity = number(tokens);
  const longest = number(contextLength);
  return [
    fact('kvCapacityTokens', capacity),
    fact('maxRunningRequests', number(running)),
    fact('contextLengthTokens', longest),
    ...(freeGib === undefined ? [] : [fact('freeBytesPerGpu', gibToBytes(freeGib))]),
    ...(capacity < longest ? [contextNotice(capacity, longest)] : []),
  ];
}

/** SGLang starts all the same, and refuses the requests that do not fit. */
function contextNotice(capacity: number, longest: number): EngineLogEvent {
  const held = capacity.toLocaleString('en-US');
  const contextLengthTokens = Math.max(1, capacity);
  return {
    type: 'notice',
    finding: {
      code: 'sglang.kv-cache-smaller-than-context',
      severity: 'warning',
      message: `The KV cache holds ${held} tokens, fewer than the ${longest.toLocaleString('en-US')} of one request at full length.`,
      evidence: `max_total_num_tokens=${capacity}, context_len=${longest}`,
      remedy: `Raise the memory fraction if cards have room, take an FP8 KV cache, or set a context of at most ${held} tokens.`,
      settingsChange: {contextLengthTokens},
    },
  };
}

/** The pool was made: what is loaded or allocated now belongs to a draft model. */
function hasPool({phase: present, isReady}: LogContext): boolean {
  return !isReady && (present === 'kv-cache' || present === 'capture-graphs');
}

