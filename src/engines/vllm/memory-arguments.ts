import {z} from 'zod';
import {eagleDraft, predictionDraft} from '../../domain/memory/draft-models.ts';
import type {DraftTerms} from '../../domain/memory/engine-memory.ts';
import type {Architecture} from '../../domain/memory/model/architecture.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {readVllmOptions} from './extra-arguments.ts';

/** What vLLM's settings and extra arguments together mean for memory. */
export type MemoryArguments = {
  /** The settings, overridden by equivalent arguments, as in vLLM. */
  readonly settings: LaunchSettings;
  readonly blockTokens: number | null;
  readonly fixedPoolBytes: number | null;
  /** Requests at the same time; null where not given. */
  readonly runningRequests: number | null;
  /** Doubles the defaults of requests and of tokens of one step. */
  readonly isThroughputMode: boolean;
  readonly isEager: boolean;
  /** The largest batch with a CUDA graph; null where not given. */
  readonly largestGraph: number | null;
  readonly draft: DraftTerms | null;
  /** Tokens of one step; null for vLLM's default. */
  readonly batchedTokens: number | null;
  /** Whether prefix caching is switched on or off; null for vLLM's default. */
  readonly keepsPrefixes: boolean | null;
  /** Windows keep every token. */
  readonly isHybridOff: boolean;
  /** The next batch is scheduled only when the last one is done. */
  readonly isSynchronous: boolean;
  /** Arguments that change memory in a way the plan does not model, as given. */
  readonly unplanned: readonly string[];
};

/** Arguments that change memory and are covered neither by a setting nor by the plan. */
const unplannedNames: ReadonlySet<string> = new Set([
  '--cpu-offload-gb',
  '--gpu-memory-utilization',
  '--kv-cache-dtype',
  '--max-model-len',
  '--quantization',
  '-q',
]);

const speculativeConfigSchema = z.object({method: z.string().optional()});

/** Reads vLLM's extra arguments; the last of a repeated one counts, as in vLLM. */
export function readMemoryArguments(settings: LaunchSettings, architecture: Architecture): MemoryArguments {
  const options = readVllmOptions(settings.extraArguments);
  const last = new Map(options.map(({name, value}) => [name, value]));
  const size = (name: string, otherwise: number): number => wholeNumber(last.get(name)) ?? otherwise;
  const tensorParallelSize = size('--tensor-parallel-size', settings.tensorParallelSize);
  const draft = speculation(last.get('--speculative-config'), architecture, tensorParallelSize);
  const named = options.filter(({name}) => unplannedNames.has(name)).map(({written}) => written);
  return {
    settings: {
      ...settings,
      tensorParallelSize,
      pipelineParallelSize: size('--pipeline-parallel-size', settings.pipelineParallelSize),
      dataParallelSize: size('--data-parallel-size', settings.dataParallelSize),
      decodeContextParallelSize: size('--decode-context-parallel-size', settings.decodeContextParallelSize),
      expertParallel: settings.expertParallel || last.has('--enable-expert-parallel'),
      visionMode: visionMode(last, settings.visionMode),
    },
    blockTokens: wholeNumber(last.get('--block-size')) ?? null,
    fixedPoolBytes:
      wholeNumber(last.get('--kv-cache-memory-bytes')) ?? wholeNumber(last.get('--kv-cache-memory')) ?? null,
    runningRequests: wholeNumber(last.get('--max-num-seqs')) ?? null,
    isThroughputMode: last.get('--performance-mode') === 'throughput',
    isEager: last.has('--enforce-eager'),
    largestGraph: wholeNumber(last.get('--max-cudagraph-capture-size')) ?? null,
    draft: draft === 'other' ? null : draft,
    batchedTokens: wholeNumber(last.get('--max-num-batched-tokens')) ?? null,
    keepsPrefixes: last.has('--no-enable-prefix-caching') ? false : last.has('--enable-prefix-caching') ? true : null,
    isHybridOff: last.has('--disable-hybrid-kv-cache-manager'),
    isSynchronous: last.has('--no-async-scheduling'),
    unplanned: [...named, ...(draft === 'other' ? ['--speculative-config'] : [])],
  };
}

function visionMode(
  last: ReadonlyMap<string, string | null>,
  set: LaunchSettings['visionMode'],
): LaunchSettings['visionMode'] {
  if (last.has('--language-model-only')) return 'absent';
  const mode = last.get('--mm-encoder-tp-mode');
  return mode === 'weights' || mode === 'data' ? mode : set;
}

/** vLLM takes `mtp` and the older names of single models, such as `deepseek_mtp`. */
function speculation(
  value: string | null | undefined,
  architecture: Architecture,
  ranks: number,
): DraftTerms | 'other' | null {
  if (value === undefined) return null;
  const config = speculativeConfigSchema.safeParse(parseJson(value ?? ''));
  const method = config.success ? (config.data.method ?? '') : '';
  if (method === 'eagle3') return eagleDraft(architecture, ranks);
  return /(?:^|_)mtp$/.test(method) ? (predictionDraft(architecture) ?? 'other') : 'other';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // vLLM will reject it; for the plan it is an argument that cannot be modelled.
    return null;
  }
}

function wholeNumber(text: string | null | undefined): number | undefined {
  return text !== null && text !== undefined && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined;
}
