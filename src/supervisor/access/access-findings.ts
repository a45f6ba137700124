import type {Finding} from '../../domain/diagnosis/finding.ts';
import {accessFinding} from '../../domain/diagnosis/serving/engine-access.ts';
import type {LifecycleState} from '../../domain/lifecycle/lifecycle.ts';
import {findEngine} from '../../engines/registry.ts';
import type {Observations} from '../snapshot/observations.ts';

/** Who can use the engine, by what listens. */
export function accessFindings({settings}: LifecycleState, {access}: Observations): Finding[] {
  const engine = settings === null ? undefined : findEngine(settings.engine);
  const finding = access === null ? null : accessFinding(access, engine?.partialGuard ?? null);
  return finding === null ? [] : [finding];
}
