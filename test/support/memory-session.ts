import type {ApiError, CommandInput, CommandReply} from '../../src/api/commands.ts';
import type {HistoryQuery} from '../../src/api/history.ts';
import type {LogPage, LogPageQuery} from '../../src/api/log-page.ts';
import type {Preview, PreviewRequestInput} from '../../src/api/preview.ts';
import type {ConsoleData, ConsoleSession} from '../../src/client/console-data.ts';
import {isServingState} from '../../src/domain/lifecycle/phases.ts';
import {err, ok, type Result} from '../../src/shared/result.ts';
import {buildHistory} from './build-history.ts';
import {judge} from './fake-judge.ts';

export type MemorySession = ConsoleSession & {
  /** What was sent, oldest first. */
  readonly sent: CommandInput[];
  readonly setData: (data: ConsoleData) => void;
  /** Notifies the listeners, without any change. */
  readonly notify: () => void;
  /** The answer to the next commands. */
  readonly answerWith: (reply: CommandReply) => void;
  readonly listenerCount: () => number;
  /** The previews that were requested, oldest first. */
  readonly asked: HeldQuestion[];
  /** From now on the test answers previews. */
  readonly holdPreviews: () => void;
  /** The history that was requested, oldest first. */
  readonly historyAsked: HistoryQuery[];
  /** The pages of the log that were requested, oldest first, and what answers from now on. */
  readonly pagesAsked: LogPageQuery[];
  readonly answerPages: (answer: ConsoleSession['readLogPage']) => void;
  /** The history cannot be read from now on, or can again. */
  readonly failHistory: (error: ApiError | null) => void;
};

/** A preview request and its answer function: as the supervisor would answer, or otherwise. */
export type HeldQuestion = {
  readonly question: PreviewRequestInput;
  readonly answer: (result?: Result<Preview, ApiError>) => void;
};

/** An in-memory session: the test writes the data and reads the commands. */
export function createMemorySession(initial: ConsoleData): MemorySession {
  let data = initial;
  let reply: CommandReply = {accepted: true, message: 'begun'};
  const listeners = new Set<() => void>();
  const sent: CommandInput[] = [];
  const asked: HeldQuestion[] = [];
  let isHeld = false;
  const historyAsked: HistoryQuery[] = [];
  let historyError: ApiError | null = null;
  const pagesAsked: LogPageQuery[] = [];
  let logPages = async (_: LogPageQuery): Promise<Result<LogPage, ApiError>> => err(unknownNode);
  const notify = (): void => {
    for (const listener of listeners) listener();
  };
  return {
    sent,
    getData: () => data,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    send: async (command) => {
      sent.push(command);
      return reply;
    },
    asked,
    holdPreviews: () => {
      isHeld = true;
    },
    preview: (question) => {
      const {promise, resolve} = Promise.withResolvers<Result<Preview, ApiError>>();
      const judged = data.snapshot === null ? err(unknownNode) : judge(data.snapshot, question);
      asked.push({question, answer: (result = judged) => resolve(result)});
      if (!isHeld) resolve(judged);
      return promise;
    },
    readLogPage: async (query) => {
      pagesAsked.push(query);
      return logPages(query);
    },
    pagesAsked,
    answerPages: (next) => {
      logPages = next;
    },
    readHistory: async (query) => {
      historyAsked.push(query);
      return historyError === null ? ok(buildHistory(query, servedBy(data))) : err(historyError);
    },
    historyAsked,
    failHistory: (error) => {
      historyError = error;
    },
    close: () => {},
    setData: (next) => {
      data = next;
      notify();
    },
    notify,
    answerWith: (next) => {
      reply = next;
    },
    listenerCount: () => listeners.size,
  };
}

/** When the engine served: by its events, where they say so, and no longer than until it ended. */
function servedBy({snapshot, events}: ConsoleData): (atMs: number) => boolean {
  const turns = (events ?? []).filter(({code}) => code === 'engine.ready' || code === 'engine.exited');
  const untilMs = servedUntilMs(snapshot);
  return (atMs) =>
    atMs < untilMs && (turns.length === 0 || turns.findLast((event) => event.atMs <= atMs)?.code === 'engine.ready');
}

/** When the engine stopped serving, epoch ms; in the future while it serves. */
function servedUntilMs(snapshot: ConsoleData['snapshot']): number {
  if (snapshot === null || isServingState(snapshot.engine.state)) return Number.POSITIVE_INFINITY;
  const {exit, startedAtMs} = snapshot.engine;
  return exit?.atMs ?? startedAtMs ?? 0;
}

const unknownNode: ApiError = {code: 'test.no-snapshot', message: 'there is no snapshot', remedy: 'give one'};
