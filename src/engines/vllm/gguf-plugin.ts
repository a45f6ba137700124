import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {TermsInput} from '../../domain/memory/engine-memory.ts';
import {isVersionAtLeast, releaseOf} from '../launch/engine-version.ts';
import {NEWEST_RELEASE} from './overhead/assumed-release.ts';

/** Since 0.24 vLLM itself reads no GGUF file (its pull request 39612): a package that is installed separately does. */
export function ggufPluginFindings({version, isGguf}: TermsInput): readonly Finding[] {
  if (isGguf !== true || !isVersionAtLeast(releaseOf(version) ?? NEWEST_RELEASE, [0, 24])) return [];
  return [
    {
      code: 'memory.gguf-needs-plugin',
      severity: 'warning',
      message:
        'Since 0.24 vLLM reads GGUF files only with the package vllm-gguf-plugin. Without it, the start fails; with it, the plan holds for quantizations that the package has kernels for.',
      evidence: null,
      remedy: "Install vllm-gguf-plugin in vLLM's environment, or serve GGUF files with llama.cpp.",
      settingsChange: null,
    },
  ];
}
