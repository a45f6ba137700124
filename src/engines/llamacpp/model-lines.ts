import {gibText, kibText} from '../../shared/quantities/bytes.ts';
import {countText} from '../../shared/quantities/counts.ts';
import type {EngineLogEvent, LogContext} from '../engine.ts';
import {number, phase} from '../log/log-rules.ts';

/** A KV cache in 16 bits, llama.cpp's default. */
const BYTES_PER_VALUE = 2;

/** What one layer takes in the KV cache for `tokens`, in bytes, in 16 bits; null if the log did not say. */
export function layerCacheBytes(tokens: number, {facts}: LogContext): number | null {
  const values = facts.kvValuesPerTokenAndLayer;
  return values === undefined ? null : values * tokens * BYTES_PER_VALUE;
}

/** True if the model has latent attention, and its file lacks the tensors for it: the cache holds every head. */
function lacksLatentTensors(latentValues: number, {facts}: LogContext): boolean {
  const values = facts.kvValuesPerTokenAndLayer;
  // With the tensors, it holds the latent vector, and a rotary part or the vector again.
  return values !== undefined && values > latentValues * 3;
}

/** What the size of the latent vector says about the KV cache. */
export function latentEvents(latentValues: number, context: LogContext): readonly EngineLogEvent[] {
  const values = context.facts.kvValuesPerTokenAndLayer;
  // A second model, loaded after the cache of the first, is a draft.
  if (context.facts.kvCapacityTokens !== undefined) return [];
  if (latentValues === 0 || values === undefined || !lacksLatentTensors(latentValues, context)) return [];
  const perLayer = values * BYTES_PER_VALUE;
  const {layerCount} = context.facts;
  const whole = layerCount === undefined ? '' : `, ${gibText(perLayer * layerCount * 1024)} per 1,024 tokens`;
  return [
    {
      type: 'notice',
      isLasting: true,
      finding: {
        code: 'llamacpp.no-latent-tensors',
        severity: 'warning',
        message: `The file has no MLA tensors, so the KV cache is full-size: ${kibText(perLayer)} per token and layer in 16 bits${whole}.`,
        evidence: `n_embd_k_gqa + n_embd_v_gqa = ${countText(values)}, n_lora_kv = ${latentValues}`,
        remedy:
          'Use a GGUF file that was converted with MLA tensors (attn_k_b, attn_v_b): its cache is a small part of this.',
        settingsChange: null,
      },
    },
  ];
}

/** `offloaded 10/62 layers to GPU`: what remains is computed on the CPU. */
export function offloadEvents([line, onGpu, all]: RegExpExecArray): readonly EngineLogEvent[] {
  const left = number(all) - number(onGpu);
  if (left <= 0) return [phase('load-weights')];
  return [
    phase('load-weights'),
    {
      type: 'notice',
      isLasting: true,
      finding: {
        code: 'llamacpp.layers-on-cpu',
        severity: 'warning',
        message: `${left} of ${all} layers stay on the CPU, which computes them much slower.`,
        evidence: line,
        remedy:
          'If GPUs have free memory, raise --n-gpu-layers in engine.extraArguments, or keep only experts on the CPU with --n-cpu-moe.',
        settingsChange: null,
      },
    },
  ];
}
