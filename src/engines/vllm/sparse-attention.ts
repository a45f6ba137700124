import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {TermsInput} from '../../domain/memory/engine-memory.ts';

/**
 * Sparse attention that no backend computes on this GPU: those of vLLM are for compute capability 9, 10 and 12
 * (`attention/backends/mla/`; vLLM's issue 54059 and pull request 38476, which is not merged, for 8).
 */
export function sparseAttentionFindings({architecture, card}: TermsInput): readonly Finding[] {
  if (architecture.indexer === null || (card.family !== 'ampere' && card.family !== 'ada')) return [];
  return [
    {
      code: 'memory.sparse-attention-unsupported',
      severity: 'critical',
      message: `vLLM cannot run the sparse attention of this model on ${card.name}: its kernels for it need Hopper or newer.`,
      evidence: null,
      remedy: 'Use Hopper or Blackwell GPUs, or another model on these.',
      settingsChange: null,
    },
  ];
}
