import type {SettingsChange} from '../../domain/settings/launch-settings.ts';
import {type Failure, type FailureDetails, grouped} from '../log/failure-catalog.ts';

/** The settings that engines name in their messages, by their own names. */
const settingOf: Readonly<Partial<Record<string, (limit: number) => SettingsChange>>> = {
  max_num_seqs: (limit) => ({maxRunningRequests: limit}),
  max_running_requests: (limit) => ({maxRunningRequests: limit}),
  max_model_len: (limit) => ({contextLengthTokens: limit}),
  context_length: (limit) => ({contextLengthTokens: limit}),
  tensor_parallel_size: (limit) => ({tensorParallelSize: limit}),
  tp_size: (limit) => ({tensorParallelSize: limit}),
  pipeline_parallel_size: (limit) => ({pipelineParallelSize: limit}),
  data_parallel_size: (limit) => ({dataParallelSize: limit}),
  decode_context_parallel_size: (limit) => ({decodeContextParallelSize: limit}),
};

/** A setting beyond a limit that the engine itself states: its limit is the fix. In order of precedence. */
export const limitFailures: readonly Failure[] = [
  {
    code: 'limit-exceeded',
    curedBy: 'arguments',
    words: 'ValueError: max_num_seqs (1024) exceeds available Mamba cache blocks (854).',
    pattern:
      // The lookbehind is the slow part: it comes after what few places have.
      /\b(?=\w{2,40}_\w{1,40} \(\d)(?<!arning: [^\n]{0,80})(\w{2,40}_\w{1,40}) \((\d+)\) (?:exceeds|is (?:larger|greater) than|must (?:not exceed|be at most)) ([^\n(]{1,80})\((\d+)\)/,
    details: ([, name = '', present, what = '', limit]) => lowered(name, present, limit, what.trim()),
  },
  {
    code: 'limit-exceeded',
    curedBy: 'arguments',
    words: 'Please lower max_num_seqs to at most 854',
    pattern:
      /\b[Pp]lease (?:lower|reduce|decrease|set) [`']?(?:--)?([\w-]{2,40})[`']? to (?:at most|a value of at most|no more than) (\d+)/,
    details: ([, name = '', limit]) => lowered(name.replaceAll('-', '_'), undefined, limit, null),
  },
];

/** Sizes of which one has to divide the other, where no entry of an engine knows better. */
export const divisibilityFailures: readonly Failure[] = [
  {
    code: 'not-divisible',
    curedBy: 'arguments',
    whileServing: 'warning',
    words: 'AssertionError: tp_size 16 must be divisible by ep_size 3',
    // Attention heads are those of an engine: it has an entry that gives the next size.
    pattern:
      /(?:AssertionError|ValueError): (?!Total number of attention heads)([A-Za-z][\w() -]{1,80}?) must be divisible by (?:the )?([A-Za-z\d][\w() -]{0,60})/,
    details: ([, whole = '', part = '']) => ({
      message: `Two settings do not go together: ${whole.trim()} is no multiple of ${part.trim()}.`,
      remedy:
        'Choose sizes of which one divides the other: for the split over GPUs powers of two, as a rule. They follow from settings, or are in engine.extraArguments. It is not a matter of memory.',
    }),
  },
];

/** A setting, by the engine's name for it, that is above a limit; `what` is the limit's name. */
export function lowered(
  name: string,
  present: string | undefined,
  limit: string | undefined,
  what: string | null,
): FailureDetails {
  const change = settingOf[name]?.(Number(limit));
  const value = present === undefined ? '' : ` (${grouped(present)})`;
  const bound = what === null ? `the engine's limit of ${grouped(limit)}` : `${what} (${grouped(limit)})`;
  const isUsable = change !== undefined && Number(limit) >= 1;
  return {
    message: `${name}${value} is above ${bound}.`,
    remedy: isUsable
      ? `Restart with at most ${grouped(limit)}.`
      : `Set it to at most ${grouped(limit)} in engine.extraArguments.`,
    ...(isUsable ? {settingsChange: change} : {}),
  };
}
