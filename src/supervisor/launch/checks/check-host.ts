import path from 'node:path';
import type {MemoryPlan} from '../../../domain/memory/plan/memory-plan.ts';
import type {Check} from '../../../domain/preflight/check.ts';
import {hostChecks} from '../../../domain/preflight/host-checks.ts';
import type {LaunchSettings} from '../../../domain/settings/launch-settings.ts';
import {isPresent, type Reading} from '../../../samples/reading.ts';
import {cacheDirectory} from '../../../sources/model-files/find-model-directory.ts';
import {modelEnvironment} from '../model-environment.ts';
import {isWholeOnDisk} from '../prepare-launch.ts';
import type {JudgementWorld} from '../world/judgement-world.ts';
import {isFetchedFromHub, type ModelLookUp} from './check-model.ts';

/** Shared memory, disks and limits, for a start with these settings. */
export async function checkHost(
  {
    settings,
    plan,
    model,
  }: {
    readonly settings: LaunchSettings;
    readonly plan: Reading<MemoryPlan>;
    readonly model: ModelLookUp;
  },
  world: Pick<JudgementWorld, 'directories' | 'variables' | 'homeDirectory' | 'readHostFacts'>,
): Promise<readonly Check[]> {
  const {variables, homeDirectory, directories} = world;
  const facts = await world.readHostFacts({
    state: directories.stateDir,
    model: cacheDirectory(modelEnvironment(world)),
    cache: variables['XDG_CACHE_HOME'] ?? path.join(homeDirectory, '.cache'),
  });
  return hostChecks(facts, {
    cardCount: isPresent(plan) ? plan.node.usedGpuCount : settings.tensorParallelSize,
    downloadBytes: isFetchedFromHub(settings.model, model, world) ? downloadBytes(plan, model) : 0,
  });
}

/** Bytes that the engine still has to download; 0 if none, or unknown. */
function downloadBytes(plan: Reading<MemoryPlan>, model: ModelLookUp): number {
  const onDisk = model.ok ? model.value : null;
  if (isWholeOnDisk(onDisk) || !isPresent(plan)) return 0;
  const present = onDisk === null || onDisk.kind === 'config' ? 0 : onDisk.tensorBytes;
  return Math.max(0, plan.checkpoint.bytes - present);
}
