import type {ConsoleData} from '../../client/console-data.ts';
import {chainsOf, fixedChain} from '../../domain/diagnosis/cause-chains.ts';
import {blocksStarts} from '../../domain/diagnosis/finding.ts';
import {type EngineState, stateNames} from '../../domain/lifecycle/phases.ts';

const startableStates: readonly EngineState[] = ['stopped', 'failed', 'backing-off', 'stopping'];

const stoppableStates: readonly EngineState[] = [
  'preflight',
  'starting',
  'ready',
  'degraded',
  'draining',
  'backing-off',
  // A failed engine may have left processes that use GPU memory.
  'failed',
];

const NO_DATA = 'no data about the node yet';

export const NO_CURE = 'no setting fixes this problem';

/** Why the supervisor accepts no command now; null if it does. */
export function withoutSupervisor(data: ConsoleData): string | null {
  if (data.connection.kind === 'replay') return 'this is a recording';
  if (data.connection.kind === 'lost') return 'the supervisor does not answer';
  return data.snapshot === null ? NO_DATA : null;
}

/** Why no kept series can be read; a recording has its own. */
export function withoutHistory(data: ConsoleData): string | null {
  return data.connection.kind === 'replay' ? null : withoutSupervisor(data);
}

/** Why a command that needs one of these engine states is disabled now; null when it is not. */
export function unlessState(data: ConsoleData, states: readonly EngineState[]): string | null {
  const reason = withoutSupervisor(data);
  if (reason !== null) return reason;
  const state = data.snapshot?.engine.state;
  return state === undefined || states.includes(state) ? null : inState(state);
}

/** Why the engine cannot be started; also where every start is refused now, so that none is offered. */
export function startDisabled(data: ConsoleData): string | null {
  const reason = unlessState(data, startableStates);
  if (reason !== null) return reason;
  const blocking = data.snapshot?.findings.find(blocksStarts);
  return blocking === undefined ? null : `a start is refused: ${blocking.message}`;
}

/** Why there is nothing to stop. */
export function stopDisabled(data: ConsoleData): string | null {
  const reason = unlessState(data, stoppableStates);
  if (reason !== null) return reason;
  const {engine} = data.snapshot ?? {};
  return engine?.state === 'failed' && engine.pid === null ? 'no process of the engine runs' : null;
}

/** Why the engine cannot be restarted with other settings. */
export function restartDisabled(data: ConsoleData): string | null {
  const reason = withoutSupervisor(data);
  if (reason !== null) return reason;
  return data.snapshot?.engine.settings == null ? 'the settings of this engine are unknown' : null;
}

/** Why no fix can be applied. */
export function cureDisabled(data: ConsoleData): string | null {
  const reason = withoutSupervisor(data);
  if (reason !== null) return reason;
  const fix = fixedChain(chainsOf(data.snapshot?.findings ?? []))?.fix ?? null;
  return fix === null || fix.settingsChange === null ? NO_CURE : null;
}

/** Why the log's own file cannot be opened. */
export function fileDisabled({connection, snapshot}: ConsoleData): string | null {
  if (connection.kind === 'replay') return 'this is a recording';
  if (snapshot === null) return NO_DATA;
  return snapshot.engine.logPath === null ? 'no file of the log is known' : null;
}

/** Why there is no moment to move. */
export function replayDisabled({connection}: ConsoleData): string | null {
  return connection.kind === 'replay' ? null : 'this is no recording';
}

function inState(state: EngineState): string {
  return state === 'failed' ? 'the engine has failed' : `the engine is ${stateNames[state]}`;
}
