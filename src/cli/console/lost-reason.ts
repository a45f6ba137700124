import type {ConsoleData, ConsoleSession} from '../../client/console-data.ts';

/**
 * The session, in which a lost connection has a better reason than that nothing answers: why no new supervisor starts, such as a
 * configuration that is invalid by now.
 */
export function withStartFailure(session: ConsoleSession, failure: () => string | null): ConsoleSession {
  let seen: {readonly of: ConsoleData; readonly reason: string; readonly data: ConsoleData} | null = null;
  return {
    ...session,
    getData() {
      const of = session.getData();
      const reason = failure();
      if (reason === null || of.connection.kind !== 'lost') return of;
      // Its readers take the same object for the same data.
      if (seen?.of !== of || seen.reason !== reason)
        seen = {of, reason, data: {...of, connection: {...of.connection, reason}}};
      return seen.data;
    },
  };
}
