import type {Snapshot} from '../../api/snapshot.ts';
import {stateNames} from '../../domain/lifecycle/phases.ts';

/** The line on the primary screen after exiting: what keeps running, and how to return. */
export function exitNote({engine, simulated}: Snapshot): string {
  const prefix = simulated ? 'gantry (SIMULATED): detached.' : 'gantry: detached.';
  if (engine.name === null || engine.pid === null) return `${prefix} No engine is running. Run gantry to return.`;
  const where = engine.endpoint === null ? '' : ` on ${engine.endpoint}`;
  const what = `${engine.displayName ?? engine.name} (pid ${engine.pid})`;
  const does =
    engine.state === 'ready'
      ? `keeps serving ${engine.settings?.servedModelName ?? 'its model'}${where}`
      : `keeps running (${stateNames[engine.state]})`;
  return `${prefix} ${what} ${does}. Run gantry to return, gantry down to stop it.`;
}
