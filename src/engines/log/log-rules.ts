import type {StartPhase} from '../../domain/lifecycle/phases.ts';
import {MOST_PER_SECOND, possibleRate} from '../../domain/traffic/physical-limits.ts';
import type {LoggedTraffic} from '../../samples/logged-traffic.ts';
import {BYTES_PER_GIB, BYTES_PER_MIB} from '../../shared/units.ts';
import type {EngineFactName, EngineLogEvent, LogContext} from '../engine.ts';
import {firstMatch} from './first-match.ts';

/** A pattern in a line, and what it means. Matched on the message: prefixes of several ranks interleave. */
export type LogRule = {
  readonly pattern: RegExp;
  readonly events: (match: RegExpExecArray, context: LogContext) => readonly EngineLogEvent[];
};

/** The events of the first rule that matches a line; null when none does. */
export function applyRules(
  rules: readonly LogRule[],
  text: string,
  context: LogContext,
): readonly EngineLogEvent[] | null {
  const found = firstMatch(rules, text);
  return found === null ? null : found.entry.events(found.match, context);
}

/** The start has reached this phase. */
export function phase(name: StartPhase): EngineLogEvent {
  return {type: 'phase', phase: name};
}

/** A number the engine reports about itself. */
export function fact(name: EngineFactName, value: number): EngineLogEvent {
  return {type: 'fact', name, value};
}

/** The same where ranks, pools and models log it in turn, and the largest counts. */
export function largest(name: EngineFactName, value: number, {facts}: Pick<LogContext, 'facts'>): EngineLogEvent {
  return fact(name, Math.max(value, facts[name] ?? 0));
}

/** Progress of a phase, clamped to 0..1. */
export function progress(name: StartPhase, ratio: number): EngineLogEvent {
  return {type: 'progress', phase: name, ratio: Math.min(1, Math.max(0, ratio))};
}

/** The values of a periodic line; others are unknown. With `replica`, they are those of one engine of data parallelism. */
export function traffic(logged: Partial<LoggedTraffic>, replica: number | null = null): EngineLogEvent {
  const {promptTokensPerSecond, generationTokensPerSecond, ...others} = logged;
  return {
    type: 'traffic',
    ...(replica === null ? {} : {replica}),
    traffic: {
      promptTokensPerSecond: possibleRate(promptTokensPerSecond, MOST_PER_SECOND.promptTokens),
      generationTokensPerSecond: possibleRate(generationTokensPerSecond, MOST_PER_SECOND.generationTokens),
      runningRequests: null,
      waitingRequests: null,
      kvUsageRatio: null,
      prefixCacheHitRatio: null,
      ...others,
    },
  };
}

/** True for a line of an engine that has requests, or processes tokens. */
export function hasWork(logged: LoggedTraffic): boolean {
  const {generationTokensPerSecond, promptTokensPerSecond, runningRequests, waitingRequests} = logged;
  const values = [generationTokensPerSecond, promptTokensPerSecond, runningRequests, waitingRequests];
  return values.some((value) => (value ?? 0) > 0);
}

/** Digits as an engine writes them (`341,504`, `2.50`); 0 for a missing group. */
export function number(text: string | undefined): number {
  return Number((text ?? '').replaceAll(',', ''));
}

/** A number, or null for a missing group. */
export function numberOrNull(text: string | undefined): number | null {
  return text === undefined ? null : number(text);
}

/** GiB in a line, as bytes. SGLang writes GB for them. */
export function gibToBytes(text: string | undefined): number {
  return Math.round(number(text) * BYTES_PER_GIB);
}

/** MiB in a line, as bytes. */
export function mibToBytes(text: string | undefined): number {
  return Math.round(number(text) * BYTES_PER_MIB);
}
