import {hasReached, type StartPhase} from '../../domain/lifecycle/phases.ts';
import {countText} from '../../shared/quantities/counts.ts';
import type {EngineLogEvent, LogContext} from '../engine.ts';
import {fact, gibToBytes, type LogRule, largest, number, phase, progress} from '../log/log-rules.ts';

/** Words of which every line below contains one. */
export function mentionsStart(text: string): boolean {
  return (
    text.includes('mem') ||
    text.includes('KV') ||
    text.includes('CUDA graph') ||
    text.includes('cuda graph') ||
    text.includes('Init torch') ||
    text.includes('max_total_num_tokens=')
  );
}

/** The start has reached this phase, unless it is further already: a draft model is loaded after the model's own pool. */
function onward(name: StartPhase, {phase: present, isReady}: LogContext): readonly EngineLogEvent[] {
  const isBehind = !isReady && present !== null && !hasReached(name, present);
  return isBehind ? [] : [phase(name)];
}

/** Weights of a draft model are logged like those of the model itself. */
const draftPattern = /type=\w*(?:eagle|nextn|mtp|draft|dflash|dspark|medusa)/i;

/** A start as SGLang logs it. Its GB are GiB. In order of precedence. */
export const loadRules: readonly LogRule[] = [
  {pattern: /Init torch distributed begin/, events: (_, context) => onward('resolve', context)},
  {
    pattern: /Load weight begin\b(?:.*?avail mem=([\d.]+) GB)?/,
    events: (match, context) => loadBeginEvents(match[1], context),
  },
  {
    pattern: /Load weight end\.(?: elapsed=([\d.]+) s,)?(?:.*?[, ]mem usage=([\d.]+) GB)?/,
    events: (match, context) => weightEvents(match, context),
  },
  {
    // The memory left for the pool is measured now. If logged before loading, this does not start the phase.
    pattern: /Using KV cache dtype: /,
    events: (_, context) => (context.phase === 'load-weights' ? [phase('profile')] : []),
  },
  {
    pattern:
      /KV Cache is allocated\.(?: dtype: [\w.]+,)? #tokens: (\d+), (?:KV size: ([\d.]+) GB|K size: ([\d.]+) GB, V size: ([\d.]+) GB)/,
    events: (match, context) => poolEvents(match, context),
  },
  {
    // Sliding windows and full attention have a pool each: this is the sum of their bytes. Tokens are those of full attention.
    pattern: /SWAKVPool mem usage: ([\d.]+) GB(?:[^\n]{0,80}?\bfull size: (\d+))?/,
    events: (match, context) => [
      ...onward('kv-cache', context),
      fact('kvCachePoolBytesPerGpu', gibToBytes(match[1])),
      ...(match[2] === undefined ? [] : [fact('kvCapacityTokens', number(match[2]))]),
    ],
  },
  {
    pattern: /Memory pool end\b/,
    events: (_, context) => [...onward('kv-cache', context), progress('kv-cache', 1)],
  },
  {
    pattern:
      /Capture .{0,60}?(?:cuda|CUDA|device) graph end\. (?:Time elapsed: |elapsed=)([\d.]+) s[.,](?: mem usage=(-?[\d.]+) GB)?/,
    events: (match, context) => graphEvents(match, context),
  },
  {pattern: /Capture .{0,60}?(?:cuda|CUDA|device) graph begin/, events: () => [phase('capture-graphs')]},
  {
    pattern:
      /max_total_num_tokens=(\d[\d,]*), .{0,300}?max_running_requests=(\d+), context_len=(\d+)(?:, available_gpu_mem=([\d.]+) GB)?/,
    events: (match, context) => summaryEvents(match, context),
  },
];

/** Each rank logs what is free on its GPU; a draft model is loaded in addition to the model, and shows nothing about the GPU. */
function loadBeginEvents(gib: string | undefined, context: LogContext): readonly EngineLogEvent[] {
  const phases = onward('load-weights', context);
  const {weightsBytesPerGpu, freeBeforeLoadBytesPerGpu} = context.facts;
  if (gib === undefined || phases.length === 0 || weightsBytesPerGpu !== undefined) return phases;
  const bytes = gibToBytes(gib);
  return [...phases, fact('freeBeforeLoadBytesPerGpu', Math.min(bytes, freeBeforeLoadBytesPerGpu ?? bytes))];
}

/**
 * Lines of a draft model, loaded before or after the pool was allocated, do not give the model's own weights. Pipeline stages
 * differ: the largest has to fit, and the slowest is waited for.
 */
function weightEvents(match: RegExpExecArray, context: LogContext): readonly EngineLogEvent[] {
  const [line, seconds, gib] = match;
  if (context.facts.kvCachePoolBytesPerGpu !== undefined || draftPattern.test(line)) return [];
  return [
    progress('load-weights', 1),
    ...(seconds === undefined ? [] : [largest('weightsLoadSeconds', number(seconds), context)]),
    ...(gib === undefined ? [] : [largest('weightsBytesPerGpu', gibToBytes(gib), context)]),
  ];
}

/** The first pool is the model's; later ones belong to other ranks or a draft model. */
function poolEvents(match: RegExpExecArray, context: LogContext): readonly EngineLogEvent[] {
  const [, tokens, latentGib, keysGib, valuesGib] = match;
  if (context.facts.kvCachePoolBytesPerGpu !== undefined) return [];
  const bytes = latentGib === undefined ? gibToBytes(keysGib) + gibToBytes(valuesGib) : gibToBytes(latentGib);
  return [
    ...onward('kv-cache', context),
    fact('kvCachePoolBytesPerGpu', bytes),
    fact('kvCapacityTokens', number(tokens)),
  ];
}

/** Prefill, decode and a draft model have separate graphs: a GPU holds the sum. Every rank logs the same values. */
function graphEvents(match: RegExpExecArray, {facts}: LogContext): readonly EngineLogEvent[] {
  const [, seconds, gib] = match;
  const done = [phase('capture-graphs'), progress('capture-graphs', 1)];
  if (isOfLaterRank(match)) return done;
  const allSeconds = (facts.graphCaptureSeconds ?? 0) + number(seconds);
  return [
    ...done,
    fact('graphCaptureSeconds', Math.round(allSeconds * 100) / 100),
    ...(gib === undefined ? [] : [fact('cudaGraphBytesPerGpu', (facts.cudaGraphBytesPerGpu ?? 0) + gibToBytes(gib))]),
  ];
}

/** True for a line with a rank other than 0 in its prefix: `[2026-10-04 02:14:55 DP0 TP3 EP3] `. */
function isOfLaterRank({input, index}: RegExpExecArray): boolean {
  return /\[[^[\]]{0,80}\b(?:TP|PP|DP)[1-9]\d{0,4}\b[^[\]]{0,10}\] $/.test(input.slice(Math.max(0, index - 80), index));
}

/** Each data-parallel rank has its own pool: what the smallest holds is certain. */
function summaryEvents(
  [, tokens, running, contextLength, freeGib]: RegExpExecArray,
  {facts}: LogContext,
): readonly EngineLogEvent[] {
  // The first of these lines also replaces what single pools said.
  const others = facts.contextLengthTokens === undefined ? undefined : facts.kvCapacityTokens;
  const capacity = Math.min(number(tokens), others ?? number(tokens));
  const longest = number(contextLength);
  return [
    fact('kvCapacityTokens', capacity),
    fact('maxRunningRequests', number(running)),
    fact('contextLengthTokens', longest),
    ...(freeGib === undefined ? [] : [fact('freeBytesPerGpu', gibToBytes(freeGib))]),
    ...(capacity < longest ? [contextNotice(capacity, longest)] : []),
  ];
}

/** SGLang starts anyway, and rejects requests that do not fit. */
function contextNotice(capacity: number, longest: number): EngineLogEvent {
  const held = countText(capacity);
  const contextLengthTokens = Math.max(1, capacity);
  return {
    type: 'notice',
    isLasting: true,
    finding: {
      code: 'sglang.kv-cache-smaller-than-context',
      severity: 'warning',
      message: `The KV cache holds ${held} tokens, fewer than one request of full length (${countText(longest)}).`,
      evidence: `max_total_num_tokens=${capacity}, context_len=${longest}`,
      remedy: `Raise the memory fraction if GPUs have free memory, use an FP8 KV cache, or set a context of at most ${held} tokens.`,
      settingsChange: {contextLengthTokens},
    },
  };
}
