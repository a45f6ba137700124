import type {ConsoleData} from '../../client/console-data.ts';
import type {EngineState} from '../../domain/lifecycle/phases.ts';

/** Why nothing can be asked of the supervisor just now; null when it can. */
export function withoutSupervisor(data: ConsoleData): string | null {
  if (data.connection.kind === 'lost') return 'the supervisor does not answer';
  return data.snapshot === null ? 'nothing is known of the node yet' : null;
}

/** Why a command that only makes sense in these states of the engine does nothing just now; null when it does. */
export function unlessState(data: ConsoleData, states: readonly EngineState[]): string | null {
  const reason = withoutSupervisor(data);
  if (reason !== null) return reason;
  const state = data.snapshot?.engine.state;
  return state !== undefined && states.includes(state) ? null : `the engine is ${state}`;
}
