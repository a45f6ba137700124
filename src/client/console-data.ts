import type {ApiError, CommandInput, CommandReply} from '../api/commands.ts';
import type {Event} from '../api/event-schema.ts';
import type {History, HistoryQuery} from '../api/history.ts';
import type {LogPage, LogPageQuery} from '../api/log-page.ts';
import type {Preview, PreviewRequestInput} from '../api/preview.ts';
import type {Snapshot} from '../api/snapshot.ts';
import type {Result} from '../shared/result.ts';
import type {StateEvents} from './kept-state-events.ts';
import type {GpuRanges} from './series/gpu-ranges.ts';

/** The console's connection to the supervisor. */
export type ConnectionState =
  | {readonly kind: 'connecting'}
  | {readonly kind: 'live'}
  | {readonly kind: 'lost'; readonly sinceMs: number; readonly reason: string}
  /** No supervisor: a moment of a recording. */
  | {
      readonly kind: 'replay';
      readonly atMs: number;
      readonly firstMs: number;
      readonly lastMs: number;
      readonly isPlaying: boolean;
    };

/** Where a replay goes: a second or half a minute back or forward, to an end, or on with the time. */
export const replayMoves = ['back', 'forward', 'far-back', 'far-forward', 'first', 'last', 'play'] as const;
export type ReplayMove = (typeof replayMoves)[number];

/** The data that panels can use. Held by the client store; tests create it directly. */
export type ConsoleData = {
  readonly connection: ConnectionState;
  /** Null until the first snapshot. */
  readonly snapshot: Snapshot | null;
  /** Recent points of each series, oldest first; grows with each snapshot. */
  readonly history: History['series'];
  /** The least and the most of all GPUs at each of these points. */
  readonly gpuRanges: GpuRanges;
  /** Newest log lines, oldest first. */
  readonly log: readonly {
    readonly number: number;
    /** Its place in the whole log; an older supervisor does not say. */
    readonly offsetBytes?: number | undefined;
    readonly text: string;
  }[];
  /** Newest events, oldest first; null before the first read. */
  readonly events: readonly Event[] | null;
  /** What says what the engine was in the last day; null before the first read. */
  readonly stateEvents: StateEvents | null;
};

/** The console's interface to the outside: changing data, and commands. */
export type ConsoleSession = {
  readonly getData: () => ConsoleData;
  /** Calls the listener after each change; returns an unsubscribe function. */
  readonly subscribe: (listener: () => void) => () => void;
  /** Resolves when the supervisor has accepted or refused, not when the work is done. */
  readonly send: (command: CommandInput) => Promise<CommandReply>;
  /** Resolves with the preview of a command, once the supervisor has judged it. */
  readonly preview: (question: PreviewRequestInput) => Promise<Result<Preview, ApiError>>;
  /** Resolves with lines of the whole log. */
  readonly readLogPage: (query: LogPageQuery) => Promise<Result<LogPage, ApiError>>;
  /** Resolves with kept series of any time. */
  readonly readHistory: (query: HistoryQuery) => Promise<Result<History, ApiError>>;
  /** Moves a replay; without it the data is live. */
  readonly replay?: (move: ReplayMove) => void;
  /** Ends the streams. The supervisor and the engine keep running. */
  readonly close: () => void;
};

/** True if nothing but the lines of the log may differ: everything else is the same object. */
export function isSameExceptLog(one: ConsoleData, other: ConsoleData): boolean {
  return (
    one.connection === other.connection &&
    one.snapshot === other.snapshot &&
    one.history === other.history &&
    one.gpuRanges === other.gpuRanges &&
    one.events === other.events &&
    one.stateEvents === other.stateEvents
  );
}
