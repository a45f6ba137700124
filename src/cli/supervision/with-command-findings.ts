import type {ConsoleData, ConsoleSession} from '../../client/console-data.ts';
import type {Wiring} from '../wiring.ts';
import {commandFindings} from './command-findings.ts';

/** The session, with what is wrong with this command's own configuration among the findings of its snapshots. */
export function withCommandFindings(
  session: ConsoleSession,
  wiring: Pick<Wiring, 'loaded' | 'configurationFile' | 'configurationError'>,
): ConsoleSession {
  let seen: {readonly of: ConsoleData; readonly data: ConsoleData} | null = null;
  return {
    ...session,
    getData() {
      const of = session.getData();
      // Its readers take the same object for the same data.
      if (seen?.of !== of) seen = {of, data: completed(of, wiring)};
      return seen.data;
    },
  };
}

function completed(data: ConsoleData, wiring: Parameters<typeof withCommandFindings>[1]): ConsoleData {
  const {snapshot} = data;
  if (snapshot === null) return data;
  const known = new Set(snapshot.findings.map(({code}) => code));
  const own = commandFindings(wiring, snapshot).filter(({code}) => !known.has(code));
  return own.length === 0 ? data : {...data, snapshot: {...snapshot, findings: [...snapshot.findings, ...own]}};
}
