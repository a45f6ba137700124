import type {Snapshot} from '../../api/snapshot.ts';
import {chainsOf} from '../../domain/diagnosis/cause-chains.ts';
import {stateNameOf} from '../../domain/lifecycle/phases.ts';
import {cleanText} from '../drawing/compose.ts';
import {effectsNote} from '../panels/findings.ts';

/** The lines on the primary screen after exiting: what keeps running, how to return, and what is wrong, causes only. */
export function exitNote(snapshot: Snapshot): string {
  const urgent = chainsOf(snapshot.findings).filter(({severity}) => severity === 'critical');
  const problems = urgent.map((chain) => `critical: ${chain.cause.message}${effectsNote(chain)}`);
  return [stateNote(snapshot), ...problems].map(cleanText).join('\n');
}

function stateNote({engine, simulated}: Snapshot): string {
  const prefix = simulated ? 'gantry (SIMULATED): detached.' : 'gantry: detached.';
  if (engine.name === null || engine.pid === null) return `${prefix} No engine is running. Run gantry to return.`;
  const where = engine.endpoint === null ? '' : ` on ${engine.endpoint}`;
  const what = `${engine.displayName ?? engine.name} (pid ${engine.pid})`;
  const does =
    engine.state === 'ready' && engine.unansweredMs === null
      ? `keeps serving ${engine.settings?.servedModelName ?? 'its model'}${where}`
      : `keeps running (${stateNameOf(engine)})`;
  return `${prefix} ${what} ${does}. Run gantry to return, gantry down to stop it.`;
}
