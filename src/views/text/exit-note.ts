import type {Snapshot} from '../../api/snapshot.ts';

/** The line that stays on the primary screen after leaving: what keeps running, and the way back. */
export function exitNote({engine, simulated}: Snapshot): string {
  const prefix = simulated ? 'gantry (SIMULATED): detached.' : 'gantry: detached.';
  if (engine.name === null || engine.pid === null) return `${prefix} No engine is running. Run gantry to come back.`;
  const where = engine.endpoint === null ? '' : ` on ${engine.endpoint}`;
  const what = `${engine.displayName ?? engine.name} (pid ${engine.pid})`;
  const does =
    engine.state === 'ready'
      ? `keeps serving ${engine.settings?.servedModelName ?? 'its model'}${where}`
      : `keeps running (${engine.state})`;
  return `${prefix} ${what} ${does}. Run gantry to come back, gantry down to stop it.`;
}
