import type {CommandInput, CommandReply} from '../api/commands.ts';
import type {Event} from '../api/events.ts';
import type {History} from '../api/history.ts';
import type {Snapshot} from '../api/snapshot.ts';

/** How the console stands with the supervisor. */
export type ConnectionState =
  | {readonly kind: 'connecting'}
  | {readonly kind: 'live'}
  | {readonly kind: 'lost'; readonly sinceMs: number; readonly reason: string};

/** What panels may know. The client store holds it; tests write it by hand. */
export type ConsoleData = {
  readonly connection: ConnectionState;
  /** Null until the first snapshot came. */
  readonly snapshot: Snapshot | null;
  /** Recent points of each series, oldest first; grows with each snapshot. */
  readonly history: History['series'];
  /** Newest log lines, oldest first. */
  readonly log: readonly {readonly number: number; readonly text: string}[];
  /** Newest events, oldest first; null before any were read. */
  readonly events: readonly Event[] | null;
};

/** What the console needs of the outside world: data that changes, and one way back. */
export type ConsoleSession = {
  readonly getData: () => ConsoleData;
  /** Calls the listener after each change; returns the way to stop it. */
  readonly subscribe: (listener: () => void) => () => void;
  /** Resolves when the supervisor accepted or refused, not when the work is done. */
  readonly send: (command: CommandInput) => Promise<CommandReply>;
  /** Ends the streams. The supervisor and the engine run on. */
  readonly close: () => void;
};
