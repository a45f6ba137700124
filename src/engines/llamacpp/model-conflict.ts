import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {ModelOnDisk} from '../../domain/memory/model/checkpoint.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {conflict} from '../launch/argument-conflicts.ts';
import {isModelFile} from './launch.ts';

/**
 * Weights that are not GGUF, the only ones that llama.cpp reads. Without weights on disk the name counts: repositories of
 * GGUF files have GGUF in theirs.
 */
export function findModelConflict({model}: LaunchSettings, onDisk: ModelOnDisk | null): Finding | null {
  if (onDisk?.kind === 'gguf') return null;
  if (onDisk?.kind === 'safetensors') return notGguf(`${onDisk.path} has safetensors`, model);
  return isModelFile(model) || /gguf/i.test(model) ? null : notGguf(`the name ${model} is not a GGUF name`, model);
}

function notGguf(why: string, model: string): Finding {
  return conflict(
    'llamacpp.model-not-gguf',
    `llama.cpp reads only GGUF files, and ${why}.`,
    'Set engine.model to a .gguf file (the first of a split set) or to a GGUF repository such as unsloth/Kimi-K2.7-Code-GGUF:Q4_K_M.',
    model,
  );
}
