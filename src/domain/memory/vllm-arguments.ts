import {DEFAULT_BLOCK_TOKENS} from './kv-cache.ts';
import type {VisionMode} from './placement.ts';

/** What extra arguments of vLLM change in a memory plan. */
export type PlannedArguments = {
  readonly visionMode: VisionMode;
  readonly decodeContextParallelSize: number;
  readonly blockTokens: number;
  /** Arguments that change memory in a way the plan does not follow, as given. */
  readonly unplanned: readonly string[];
};

/** Arguments that move memory and that Gantry's own settings or the plan do not cover. */
const unplannedNames: ReadonlySet<string> = new Set([
  '--cpu-offload-gb',
  '--data-parallel-size',
  '-dp',
  '--enable-expert-parallel',
  '--gpu-memory-utilization',
  '--kv-cache-dtype',
  '--kv-cache-memory-bytes',
  '--max-model-len',
  '--max-num-seqs',
  '--pipeline-parallel-size',
  '-pp',
  '--quantization',
  '-q',
  '--speculative-config',
  '--tensor-parallel-size',
  '-tp',
]);

/** Reads the words that vLLM gets beside Gantry's own; the last of a repeated one counts, as in vLLM. */
export function readVllmArguments(words: readonly string[]): PlannedArguments {
  const values = namedValues(words);
  const visionMode = values.has('--language-model-only')
    ? 'absent'
    : values.get('--mm-encoder-tp-mode') === 'weights'
      ? 'weights'
      : 'data';
  return {
    visionMode,
    decodeContextParallelSize:
      wholeNumber(values.get('--decode-context-parallel-size')) ?? wholeNumber(values.get('-dcp')) ?? 1,
    blockTokens: wholeNumber(values.get('--block-size')) ?? DEFAULT_BLOCK_TOKENS,
    unplanned: [...values.keys()].filter((name) => unplannedNames.has(name)),
  };
}

/** `--name value` and `--name=value`; a switch has no value. Underscores are hyphens to vLLM. */
function namedValues(words: readonly string[]): ReadonlyMap<string, string | null> {
  const values = new Map<string, string | null>();
  words.forEach((word, index) => {
    if (!/^--?[a-z]/i.test(word)) return;
    const separator = word.indexOf('=');
    const name = (separator < 0 ? word : word.slice(0, separator)).replaceAll('_', '-');
    const next = words[index + 1];
    const following = next === undefined || /^--?[a-z]/i.test(next) ? null : next;
    values.set(name, separator < 0 ? following : word.slice(separator + 1));
  });
  return values;
}

function wholeNumber(text: string | null | undefined): number | undefined {
  return text !== null && text !== undefined && /^[1-9]\d{0,5}$/.test(text) ? Number(text) : undefined;
}
