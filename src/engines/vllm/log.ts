import type {StartPhase} from '../../domain/lifecycle/phases.ts';
import {BYTES_PER_GIB} from '../../shared/units.ts';
import type {EngineFactName, EngineLogEvent} from '../engine.ts';
import {interpretFailure} from './failures/interpret-failure.ts';

/** A text that stands in a line, and what it means. Matched on the message: prefixes of several ranks interleave. */
type Rule = {readonly pattern: RegExp; readonly events: (match: RegExpExecArray) => readonly EngineLogEvent[]};

const phase = (name: StartPhase): EngineLogEvent => ({type: 'phase', phase: name});
const fact = (name: EngineFactName, value: number): EngineLogEvent => ({type: 'fact', name, value});
const progress = (name: StartPhase, ratio: number): EngineLogEvent => ({
  type: 'progress',
  phase: name,
  ratio: Math.min(1, Math.max(0, ratio)),
});
const number = (text: string | undefined): number => Number((text ?? '').replaceAll(',', ''));
const gibToBytes = (text: string | undefined): number => Math.round(number(text) * BYTES_PER_GIB);

const rules: readonly Rule[] = [
  {pattern: /█.*\bversion (\d\S*)/, events: (match) => [{type: 'version', version: match[1] ?? ''}, phase('launch')]},
  {
    pattern: /Initializing a V1 LLM engine \(v(\S+?)\) with config/,
    events: (match) => [{type: 'version', version: match[1] ?? ''}, phase('resolve')],
  },
  {pattern: /non-default args: /, events: () => [phase('launch')]},
  {pattern: /Resolved architecture: /, events: () => [phase('resolve')]},
  {pattern: /Starting to load model |Loading model from scratch/, events: () => [phase('load-weights')]},
  {
    // The bar has had several names; all say done/total.
    pattern: /[Ll]oading .*?(?:shards|loader|Streamer)\S*?:\s+\d+% Completed \| (\d+)\/(\d+)/,
    events: (match) => [progress('load-weights', number(match[1]) / Math.max(1, number(match[2])))],
  },
  {pattern: /Loading weights took ([\d.]+) seconds/, events: (match) => [fact('weightsLoadSeconds', number(match[1]))]},
  {
    pattern: /Model loading took ([\d.]+) (?:GiB memory|GiB) and ([\d.]+) seconds/,
    events: (match) => [progress('load-weights', 1), fact('weightsBytesPerGpu', gibToBytes(match[1]))],
  },
  {pattern: /Using cache directory: .* for vLLM's torch\.compile/, events: () => [phase('compile')]},
  {pattern: /Dynamo bytecode transform time/, events: () => [progress('compile', 0.2)]},
  {
    pattern: /torch\.compile (?:took|takes) [\d.]+ s in total/,
    events: () => [progress('compile', 1), phase('profile')],
  },
  {
    pattern: /Initial profiling\/warmup run took|Profiling CUDA graph memory/,
    events: () => [phase('profile'), progress('profile', 0.5)],
  },
  {
    pattern: /Available KV cache memory: (-?[\d.]+) GiB/,
    events: (match) => [phase('kv-cache'), fact('kvCachePoolBytesPerGpu', gibToBytes(match[1]))],
  },
  {
    pattern: /GPU KV cache size: ([\d,]+) tokens(?:, Maximum concurrency for [\d,]+ tokens per request: ([\d.]+)x)?/,
    events: (match) => [
      fact('kvCapacityTokens', number(match[1])),
      ...(match[2] === undefined ? [] : [fact('maxConcurrency', number(match[2]))]),
    ],
  },
  {
    pattern: /(?<!, )Maximum concurrency for [\d,]+ tokens per request: ([\d.]+)x/,
    events: (match) => [fact('maxConcurrency', number(match[1]))],
  },
  {
    // One bar of several: piecewise graphs come first, and take most of the time.
    pattern: /Capturing CUDA graphs.*\|\s*(\d+)\/(\d+) \[/,
    events: (match) => [
      phase('capture-graphs'),
      progress('capture-graphs', number(match[1]) / Math.max(1, number(match[2]))),
    ],
  },
  {
    pattern: /Graph capturing finished in [\d.]+ secs, took (-?[\d.]+) GiB/,
    events: (match) => [progress('capture-graphs', 1), fact('cudaGraphBytesPerGpu', gibToBytes(match[1]))],
  },
  {pattern: /Capturing CUDA graphs/, events: () => [phase('capture-graphs')]},
  {
    pattern: /init engine \(.*?\) took ([\d.]+) s/,
    events: (match) => [fact('engineInitSeconds', number(match[1]))],
  },
  {pattern: /Starting vLLM (?:API )?server/, events: () => [phase('serve')]},
  {pattern: /Application startup complete\./, events: () => [phase('serve'), progress('serve', 1)]},
  {pattern: /\[shutdown\] API server: shutdown triggered/, events: () => [{type: 'shutdown-requested'}]},
];

/** Lines that repeat what a client sent or was given (--enable-log-requests, --enable-log-outputs): anybody's words. */
const clientText = /\b(?:Received request|Generated response) \S+|\bRequest \S+ details: /;

/**
 * What one line of vLLM's log means. An engine that was told to stop goes on to print EngineDeadError: that follows a
 * `shutdown-requested` and is no crash.
 */
export function interpretLogLine(text: string): readonly EngineLogEvent[] {
  if (clientText.test(text)) return [];
  for (const {pattern, events} of rules) {
    const match = pattern.exec(text);
    if (match !== null) return events(match);
  }
  return interpretFailure(text);
}
