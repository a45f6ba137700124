import {BYTES_PER_GIB} from '../../shared/units.ts';
import type {DraftTerms} from './engine-memory.ts';
import type {Architecture} from './model/architecture.ts';

/**
 * An EAGLE-3 draft for Kimi K2 on each card: 1.8 to 2.9 GiB in published starts. Its one layer of latent attention adds
 * to the KV cache of a token.
 */
const kimiEagle: DraftTerms = {
  kvLayers: 1,
  weightsBytes: Math.round(2.35 * BYTES_PER_GIB),
  evidence: 'EAGLE-3 draft, 1.8 to 2.9 GiB in published starts, and one more layer of KV cache',
};

/** The vocabulary of published EAGLE-3 drafts is a part of the model's. */
const EAGLE_VOCABULARY = 32_000;

/**
 * An EAGLE-3 draft, estimated from the model that it is for: a dense layer that reads two inputs, a matrix that joins
 * three, and a head, in 16 bit and divided over the ranks. The one for Llama 3.1 8B has 850 MB, computed and published.
 */
export function eagleDraft(architecture: Architecture, ranks: number): DraftTerms {
  const {attention, hiddenSize, denseIntermediateSize} = architecture;
  if (attention.kind === 'mla') return kimiEagle;
  const queries = attention.heads * attention.headSize;
  const keysAndValues = 2 * attention.kvHeads * attention.headSize;
  const parameters =
    3 * hiddenSize ** 2 +
    2 * hiddenSize * (queries + keysAndValues) +
    queries * hiddenSize +
    3 * hiddenSize * (denseIntermediateSize === 0 ? 4 * hiddenSize : denseIntermediateSize) +
    EAGLE_VOCABULARY * hiddenSize;
  return {
    kvLayers: 1,
    weightsBytes: Math.ceil((parameters * 2) / ranks),
    evidence: 'EAGLE-3 draft, estimated from the shapes of the model, and one more layer of KV cache',
  };
}

/** The checkpoint's own layers for further tokens; null if it has none. */
export function predictionDraft({predictionLayers}: Architecture): DraftTerms | null {
  if (predictionLayers === 0) return null;
  const layers = predictionLayers === 1 ? 'layer' : 'layers';
  return {
    kvLayers: predictionLayers,
    weightsBytes: null,
    evidence: `${predictionLayers} ${layers} of the checkpoint for multi-token prediction, with KV cache`,
  };
}
