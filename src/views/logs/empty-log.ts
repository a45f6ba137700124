import type {ConsoleData} from '../../client/console-data.ts';

/** Why there is no line to show. */
export function emptyLogText({snapshot}: ConsoleData): string {
  if (snapshot === null) return 'no log yet';
  return snapshot.sources.log.detail ?? 'no line of the log has been read yet';
}
