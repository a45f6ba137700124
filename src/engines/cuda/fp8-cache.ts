import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {TermsInput} from '../../domain/memory/engine-memory.ts';
import type {Architecture} from '../../domain/memory/model/architecture.ts';

/** Head sizes that FlashInfer has kernels for (vLLM's `attention_backends.md`). */
const FLASHINFER_HEADS: readonly number[] = [64, 128, 256];

/**
 * An FP8 cache that no kernel reads on this GPU. Triton has the type from compute capability 8.9 on ("type fp8e4nv not supported in
 * this architecture", vLLM's issues 26431 and 52202, SGLang's 38291). On Ampere only FlashInfer reads such a cache, and
 * not of latent attention, nor with learned sinks.
 */
export function fp8CacheFindings(input: TermsInput): readonly Finding[] {
  const {settings, card, architecture, checkpointKvDtype} = input;
  const isFp8 = (settings.kvCacheDtype === 'auto' ? checkpointKvDtype : settings.kvCacheDtype) === 'fp8';
  if (!isFp8 || card.family !== 'ampere') return [];
  const why = triton(architecture.attention);
  if (why === null) return [];
  return [
    {
      code: 'memory.fp8-cache-unsupported',
      severity: 'critical',
      message: `An FP8 KV cache does not run on ${card.name}: ${why}, which Triton computes, and Triton needs compute capability 8.9 (Ada, Hopper or newer) for FP8.`,
      evidence: null,
      remedy: 'Use a KV cache of 16 bit.',
      settingsChange: {kvCacheDtype: checkpointKvDtype === 'fp8' ? 'bf16' : 'auto'},
    },
  ];
}

/** Why Triton computes this attention on Ampere; null where FlashInfer does. */
function triton(attention: Architecture['attention']): string | null {
  if (attention.kind === 'mla') return 'the model has latent attention';
  if (attention.hasSinks) return 'the model has attention with sinks';
  if (FLASHINFER_HEADS.includes(attention.headSize)) return null;
  return `the model has attention heads of ${attention.headSize}`;
}
