import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {EngineInstallation} from '../engine-installation.ts';
import {isVersionAtLeast} from '../launch/engine-version.ts';
import {isKimiK2Name} from '../launch/kimi-k2.ts';

/** The first release that the model card of Kimi K2.7 Code names. */
export const LEAST_FOR_KIMI = '0.5.10';

/** SGLang: the `sglang` program of its Python distribution, or the image lmsysorg/sglang. */
export const sglangInstallation: EngineInstallation = {
  program: 'sglang',
  pythonModule: {name: 'sglang.launch_server', droppedArguments: 1},
  distribution: 'sglang',
  versionArguments: ['version'],
  parseVersion: (output) => /^(?:sglang version: {0,9})?v?(\d+\.\d\S*)[ \t\r]*$/m.exec(output.trim())?.[1] ?? null,
  images: [{repository: 'lmsysorg/sglang', entrypoint: 'sglang'}],
  findVersionProblem,
};

function findVersionProblem(version: string, model: string): Finding | null {
  // Text without a version does not mean an old version.
  if (!isKimiK2Name(model) || !isVersionAtLeast(version, [0, 0]) || isVersionAtLeast(version, [0, 5, 10])) return null;
  return {
    code: 'sglang.too-old',
    severity: 'critical',
    message: `SGLang ${version} is older than ${LEAST_FOR_KIMI}, the first that serves this model.`,
    evidence: null,
    remedy: `Install SGLang ${LEAST_FOR_KIMI} or newer: uv pip install -U sglang.`,
    settingsChange: null,
  };
}
