import type {ConsoleData} from '../../client/console-data.ts';
import {type EngineState, stateNames} from '../../domain/lifecycle/phases.ts';

/** Why the supervisor accepts no command now; null if it does. */
export function withoutSupervisor(data: ConsoleData): string | null {
  if (data.connection.kind === 'lost') return 'the supervisor does not answer';
  return data.snapshot === null ? 'no data about the node yet' : null;
}

/** Why a command that needs one of these engine states is disabled now; null when it is not. */
export function unlessState(data: ConsoleData, states: readonly EngineState[]): string | null {
  const reason = withoutSupervisor(data);
  if (reason !== null) return reason;
  const state = data.snapshot?.engine.state;
  return state === undefined || states.includes(state) ? null : inState(state);
}

function inState(state: EngineState): string {
  return state === 'failed' ? 'the engine has failed' : `the engine is ${stateNames[state]}`;
}
