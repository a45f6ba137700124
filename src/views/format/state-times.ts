import type {Snapshot} from '../../api/snapshot.ts';
import {situationOf} from '../../domain/lifecycle/phases.ts';

/** For how long the engine has been serving, ms, up to the snapshot; null while it does not serve, and where since when is unknown. */
export function upMsOf({engine, takenAtMs}: Pick<Snapshot, 'engine' | 'takenAtMs'>): number | null {
  const {readyAtMs} = engine;
  return readyAtMs === null || situationOf(engine) !== 'serving' ? null : Math.max(0, takenAtMs - readyAtMs);
}

/** Since when the engine is in its state, epoch ms; null where that is unknown. */
export function stateSinceMsOf(engine: Snapshot['engine']): number | null {
  const {state, stateSinceMs, readyAtMs, startedAtMs, exit} = engine;
  // Null is unknown; only an older Gantry leaves it out.
  if (stateSinceMs !== undefined) return stateSinceMs;
  switch (state) {
    case 'ready':
    case 'draining':
      return readyAtMs;
    case 'starting':
      return startedAtMs;
    case 'stopped':
    case 'failed':
    case 'backing-off':
      return exit?.atMs ?? null;
    case 'preflight':
    case 'degraded':
    case 'stopping':
      return null;
  }
}
