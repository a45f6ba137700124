import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {ModelOnDisk} from '../../domain/memory/model/checkpoint.ts';
import {findKnownModel} from '../../domain/memory/model/known-models.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {conflict} from './argument-conflicts.ts';

/**
 * GGUF files that an engine on Transformers cannot start: it reads their shapes with Transformers, which refuses the
 * architecture of all models with latent attention ("GGUF model with architecture deepseek2 is not supported yet",
 * `modeling_gguf_pytorch_utils.py`; vLLM's issue 42229, SGLang's 4756). Of other models it reads some.
 */
export function ggufConflict(
  {code, displayName}: {readonly code: string; readonly displayName: string},
  {model}: Pick<LaunchSettings, 'model'>,
  onDisk: ModelOnDisk | null,
): Finding | null {
  const isGguf = onDisk === null ? /gguf/i.test(model) : onDisk.kind === 'gguf';
  const architecture = onDisk?.architecture ?? findKnownModel(model)?.architecture;
  if (!isGguf || architecture?.attention.kind !== 'mla') return null;
  return conflict(
    code,
    `${displayName} cannot read GGUF files of ${architecture.name}: Transformers, with which it reads them, does not know their architecture.`,
    'Serve GGUF files with llama.cpp, or set engine.model to the safetensors repository of the model.',
    model,
  );
}
