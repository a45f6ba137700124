import type {EngineInstallation} from '../engine-installation.ts';
import {type KimiReleases, kimiVersionProblem} from '../launch/kimi-releases.ts';

/** `releases.ts`: the architecture of K2.5 and the reasoning parser of K2 Thinking; vLLM's recipe of K2.7 Code. */
export const kimiReleases: KimiReleases = {k2: '0.11.1', k25: '0.15.0', k27: '0.19.1'};

/** vLLM: the `vllm` program of its Python distribution, or the image vllm/vllm-openai. */
export const vllmInstallation: EngineInstallation = {
  program: 'vllm',
  pythonModule: {name: 'vllm.entrypoints.cli.main', droppedArguments: 0},
  distribution: 'vllm',
  versionArguments: ['--version'],
  parseVersion: (output) => /^v?(\d+\.\d\S*)[ \t\r]*$/m.exec(output.trim())?.[1] ?? null,
  images: [{repository: 'vllm/vllm-openai', entrypoint: 'vllm'}],
  findVersionProblem: (version, model) =>
    kimiVersionProblem({code: 'vllm.too-old', displayName: 'vLLM', releases: kimiReleases}, version, model),
};
