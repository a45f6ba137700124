import {MS_PER_MINUTE, MS_PER_SECOND} from '../../shared/units.ts';
import type {BenchWorkload} from './bench-workload.ts';

/** For the start of a tool: its imports, its tokenizer, and the prompts that it makes. */
export const TOOL_START_MS = 10 * MS_PER_MINUTE;
/** Slower than any node on which a benchmark makes sense: all prompts together, and each answer. */
export const SLOWEST_PROMPT_TOKENS_PER_SECOND = 500;
export const SLOWEST_ANSWER_TOKENS_PER_SECOND = 1;

/**
 * For how many ms a tool may print nothing while no request ends: as long as all concurrent requests take on a node that is slower
 * than any, and ten minutes. After that it hangs.
 */
export function quietLimitMs(
  {promptTokens, answerTokens}: Pick<BenchWorkload, 'promptTokens' | 'answerTokens'>,
  concurrency: number,
): number {
  const seconds =
    (concurrency * promptTokens) / SLOWEST_PROMPT_TOKENS_PER_SECOND + answerTokens / SLOWEST_ANSWER_TOKENS_PER_SECOND;
  return TOOL_START_MS + seconds * MS_PER_SECOND;
}
