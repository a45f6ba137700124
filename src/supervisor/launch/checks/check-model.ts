import path from 'node:path';
import {findingOf} from '../../../domain/diagnosis/finding.ts';
import type {ModelOnDisk} from '../../../domain/memory/model/checkpoint.ts';
import type {ModelProblem} from '../../../domain/memory/model/model-problem.ts';
import {type Check, forceable} from '../../../domain/preflight/check.ts';
import {modelFilesCheck, noWeightsCheck} from '../../../domain/preflight/host-checks.ts';
import type {Result} from '../../../shared/result.ts';
import {cacheDirectory} from '../../../sources/model-files/find-model-directory.ts';
import {modelEnvironment} from '../model-environment.ts';
import type {JudgementWorld} from '../world/judgement-world.ts';

const NAME = 'model files';

/** The result of looking for a model's files. */
export type ModelLookUp = Result<ModelOnDisk | null, ModelProblem>;

/** Whether the model's files are complete, or the engine downloads what is missing. */
export function modelCheck(
  model: string,
  found: ModelLookUp,
  world: Pick<JudgementWorld, 'variables' | 'homeDirectory'>,
): Check {
  const isFetched = isFetchedFromHub(model, found, world);
  if (!found.ok) {
    if (isFetched && found.error.code === 'memory.model-incomplete') return forceable(NAME, found.error.message);
    return forceable(NAME, 'not readable', findingOf(found.error, 'critical'));
  }
  const onDisk = found.value;
  if (onDisk === null && !isFetched) {
    return forceable(NAME, 'none found', {
      code: 'preflight.model-not-found',
      severity: 'critical',
      message: `No such file or directory: ${model.slice(0, 300).replace(/\p{C}/gu, '?')}.`,
      evidence: null,
      remedy: 'Check the path. A model on the Hugging Face hub has a name like ORGANIZATION/NAME.',
      settingsChange: null,
    });
  }
  if (onDisk?.kind === 'config') return isFetched ? modelFilesCheck(null, true) : noWeightsCheck(onDisk.path);
  return modelFilesCheck(onDisk, isFetched);
}

/** True if the engine downloads missing files: for a hub name that is in the hub's cache or not on this disk. */
export function isFetchedFromHub(
  model: string,
  found: ModelLookUp,
  world: Pick<JudgementWorld, 'variables' | 'homeDirectory'>,
): boolean {
  if (/^[~./]/u.test(model) || model.endsWith('.gguf')) return false;
  if (!found.ok || found.value === null) return true;
  const cache = cacheDirectory(modelEnvironment(world));
  return found.value.path.startsWith(`${path.resolve(cache)}/`);
}
