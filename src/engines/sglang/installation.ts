import type {EngineInstallation} from '../engine-installation.ts';
import {type KimiReleases, kimiVersionProblem} from '../launch/kimi-releases.ts';

/** `releases.ts`: the architecture of K2.5 and the reasoning parser of K2 Thinking; the model card of K2.7 Code. */
export const kimiReleases: KimiReleases = {k2: '0.5.5', k25: '0.5.9', k27: '0.5.10'};

/** SGLang: the `sglang` program of its Python distribution, or the image lmsysorg/sglang. */
export const sglangInstallation: EngineInstallation = {
  program: 'sglang',
  pythonModule: {name: 'sglang.launch_server', droppedArguments: 1},
  distribution: 'sglang',
  versionArguments: ['version'],
  parseVersion: (output) => /^(?:sglang version: {0,9})?v?(\d+\.\d\S*)[ \t\r]*$/m.exec(output.trim())?.[1] ?? null,
  images: [{repository: 'lmsysorg/sglang', entrypoint: 'sglang'}],
  findVersionProblem: (version, model) =>
    kimiVersionProblem({code: 'sglang.too-old', displayName: 'SGLang', releases: kimiReleases}, version, model),
};
