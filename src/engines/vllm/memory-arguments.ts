import {z} from 'zod';
import type {DraftTerms} from '../../domain/memory/engine-memory.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {BYTES_PER_GIB} from '../../shared/units.ts';
import {readVllmOptions} from './extra-arguments.ts';

/** What vLLM's settings and extra arguments together mean for memory. */
export type MemoryArguments = {
  /** The settings, overridden by equivalent arguments, as in vLLM. */
  readonly settings: LaunchSettings;
  readonly blockTokens: number | null;
  readonly fixedPoolBytes: number | null;
  readonly draft: DraftTerms | null;
  /** Arguments that change memory in a way the plan does not model, as given. */
  readonly unplanned: readonly string[];
};

/** Arguments that change memory and are covered neither by a setting nor by the plan. */
const unplannedNames: ReadonlySet<string> = new Set([
  '--cpu-offload-gb',
  '--gpu-memory-utilization',
  '--kv-cache-dtype',
  '--max-model-len',
  '--max-num-seqs',
  '--quantization',
  '-q',
]);

/**
 * Weights of an EAGLE-3 draft for Kimi K2 on each card: 1.8 to 2.9 GiB in published starts. Its one layer of latent
 * attention adds to the KV cache of a token.
 */
const EAGLE3_DRAFT: DraftTerms = {
  kvLayers: 1,
  weightsBytes: Math.round(2.35 * BYTES_PER_GIB),
  evidence: 'EAGLE-3 draft, 1.8 to 2.9 GiB in published starts, and one more layer of KV cache',
};

const speculativeConfigSchema = z.object({method: z.string().optional()});

/** Reads vLLM's extra arguments; the last of a repeated one counts, as in vLLM. */
export function readMemoryArguments(settings: LaunchSettings): MemoryArguments {
  const options = readVllmOptions(settings.extraArguments);
  const last = new Map(options.map(({name, value}) => [name, value]));
  const size = (name: string, otherwise: number): number => wholeNumber(last.get(name)) ?? otherwise;
  const draft = speculation(last.get('--speculative-config'));
  const named = options.filter(({name}) => unplannedNames.has(name)).map(({written}) => written);
  return {
    settings: {
      ...settings,
      tensorParallelSize: size('--tensor-parallel-size', settings.tensorParallelSize),
      pipelineParallelSize: size('--pipeline-parallel-size', settings.pipelineParallelSize),
      dataParallelSize: size('--data-parallel-size', settings.dataParallelSize),
      decodeContextParallelSize: size('--decode-context-parallel-size', settings.decodeContextParallelSize),
      expertParallel: settings.expertParallel || last.has('--enable-expert-parallel'),
      visionMode: visionMode(last, settings.visionMode),
    },
    blockTokens: wholeNumber(last.get('--block-size')) ?? null,
    fixedPoolBytes:
      wholeNumber(last.get('--kv-cache-memory-bytes')) ?? wholeNumber(last.get('--kv-cache-memory')) ?? null,
    draft: draft === 'eagle3' ? EAGLE3_DRAFT : null,
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

function speculation(value: string | null | undefined): 'none' | 'eagle3' | 'other' {
  if (value === undefined) return 'none';
  const config = speculativeConfigSchema.safeParse(parseJson(value ?? ''));
  return config.success && config.data.method === 'eagle3' ? 'eagle3' : 'other';
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
