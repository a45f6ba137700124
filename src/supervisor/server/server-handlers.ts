import type {ApiError, Command, CommandReply} from '../../api/commands.ts';
import type {Event, EventsQuery} from '../../api/event-schema.ts';
import type {History, HistorySeriesName} from '../../api/history.ts';
import type {LogLines} from '../../api/log-lines.ts';
import type {Preview, PreviewRequest} from '../../api/preview.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import type {Result} from '../../shared/result.ts';

/** What the server answers with. Handlers that throw are bugs: the client gets a 500 that says so. */
export type ServerHandlers = {
  readonly getSnapshot: () => Snapshot;
  readonly subscribeSnapshots: (listener: (snapshot: Snapshot) => void) => () => void;
  /** `client`: the name the client gave itself; null for none. */
  readonly runCommand: (command: Command, sender: {readonly client: string | null}) => Promise<CommandReply>;
  /** What a command would do, and be refused for; an error where it is not clear what is asked. */
  readonly preview: (request: PreviewRequest) => Promise<Result<Preview, ApiError>>;
  /** The newest `tail` lines of the present run's log, oldest first. */
  readonly getLog: (tail: number) => LogLines | Promise<LogLines>;
  readonly subscribeLog: (listener: (lines: LogLines) => void) => () => void;
  readonly getHistory: (series: readonly HistorySeriesName[], windowMs: number) => History;
  /** The newest events that were asked for, oldest first. */
  readonly getEvents: (query: EventsQuery) => readonly Event[];
  readonly subscribeEvents: (listener: (event: Event) => void) => () => void;
};
