import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {EngineInstallation} from '../engine-installation.ts';
import {isVersionAtLeast} from '../launch/engine-version.ts';
import {isKimiK2Name} from '../launch/kimi-k2.ts';

/** The first release that serves Kimi K2.5 to K2.7 (vLLM's recipe of K2.7 Code). */
export const LEAST_FOR_KIMI = '0.19.1';

/** vLLM: the `vllm` program of its Python distribution, or the image vllm/vllm-openai. */
export const vllmInstallation: EngineInstallation = {
  program: 'vllm',
  pythonModule: {name: 'vllm.entrypoints.cli.main', droppedArguments: 0},
  distribution: 'vllm',
  versionArguments: ['--version'],
  parseVersion: (output) => /^v?(\d+\.\d\S*)[ \t\r]*$/m.exec(output.trim())?.[1] ?? null,
  images: [{repository: 'vllm/vllm-openai', entrypoint: 'vllm'}],
  findVersionProblem,
};

function findVersionProblem(version: string, model: string): Finding | null {
  if (!isKimiK2Name(model) || isVersionAtLeast(version, [0, 19, 1])) return null;
  return {
    code: 'vllm.too-old',
    severity: 'critical',
    message: `vLLM ${version} is older than ${LEAST_FOR_KIMI}, the first that serves this model.`,
    evidence: null,
    remedy: `Install vLLM ${LEAST_FOR_KIMI} or newer: uv pip install -U vllm.`,
    settingsChange: null,
  };
}
