import type {CommandInput, CommandReply} from '../../src/api/commands.ts';
import type {ConsoleData, ConsoleSession} from '../../src/client/console-data.ts';

export type MemorySession = ConsoleSession & {
  /** What was sent, oldest first. */
  readonly sent: CommandInput[];
  readonly setData: (data: ConsoleData) => void;
  /** Tells the listeners, without any change. */
  readonly notify: () => void;
  /** What the next commands are answered with. */
  readonly answerWith: (reply: CommandReply) => void;
  readonly listenerCount: () => number;
};

/** A session with nothing behind it: the test writes the data and reads the commands. */
export function createMemorySession(initial: ConsoleData): MemorySession {
  let data = initial;
  let reply: CommandReply = {accepted: true, message: 'begun'};
  const listeners = new Set<() => void>();
  const sent: CommandInput[] = [];
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
