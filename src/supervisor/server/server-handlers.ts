import type {BenchDocument} from '../../api/bench/bench-document.ts';
import type {BenchKept, BenchLeaseReply, BenchLeaseRequest, BenchList} from '../../api/bench/bench-requests.ts';
import type {ApiError, Command, CommandReply} from '../../api/commands.ts';
import type {CostQuery} from '../../api/cost/cost-values.ts';
import type {Event, EventsQuery} from '../../api/event-schema.ts';
import type {History, HistoryQuery} from '../../api/history.ts';
import type {LogLines} from '../../api/log-lines.ts';
import type {LogPage, LogPageQuery} from '../../api/log-page.ts';
import type {Preview, PreviewRequest} from '../../api/preview.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import type {Result} from '../../shared/result.ts';
import type {Sender} from '../events/command-events.ts';

/** The server's handlers. A handler that throws is a bug: the client gets a 500 error. */
export type ServerHandlers = {
  readonly getSnapshot: () => Snapshot;
  /** Stamp of the configuration file whose text is in force; null where that is unknown or the file cannot be used. */
  readonly configurationStamp?: () => string | null;
  /** Gantry's own metrics as Prometheus text. */
  readonly getMetrics: () => Promise<string>;
  readonly subscribeSnapshots: (listener: (snapshot: Snapshot) => void) => () => void;
  readonly runCommand: (command: Command, sender: Sender) => Promise<CommandReply>;
  /** The effect of a command, with blockers; an error if the request is unclear. */
  readonly preview: (request: PreviewRequest) => Promise<Result<Preview, ApiError>>;
  /** The newest `tail` lines of the current run's log, oldest first. */
  readonly getLog: (tail: number) => LogLines | Promise<LogLines>;
  /** Lines of the whole log of the current run, from its file. */
  readonly getLogPage: (query: LogPageQuery) => Promise<Result<LogPage, ApiError>>;
  readonly subscribeLog: (listener: (lines: LogLines) => void) => () => void;
  readonly getHistory: (query: HistoryQuery) => History | Promise<History>;
  /** What was used and spent in a time, from the ledger: a `CostDocument` as JSON in parts. */
  readonly getCost: (
    query: CostQuery & {readonly isPretty: boolean},
  ) => Promise<Result<readonly Uint8Array[], ApiError>>;
  /** The newest requested events, oldest first. */
  readonly getEvents: (query: EventsQuery) => readonly Event[];
  /** The lease of the process that loads the engine; an error while another one does. */
  readonly takeBenchLease: (owner: BenchLeaseRequest) => Result<BenchLeaseReply, ApiError>;
  readonly keepBench: (bench: BenchDocument) => Result<BenchKept, ApiError>;
  /** Kept benchmarks, the newest first. */
  readonly getBenches: () => Result<BenchList, ApiError>;
  readonly subscribeEvents: (listener: (event: Event) => void) => () => void;
};
