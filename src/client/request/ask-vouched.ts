import type http from 'node:http';
import {BUILD_HEADER, ownBuild} from '../../api/headers.ts';
import {exchange, type Place} from './ask-once.ts';

/** A document that needs no check, and the headers that came with it. */
export type VouchedAnswer<T> = {readonly value: T; readonly headers: http.IncomingHttpHeaders};

/**
 * A document of a supervisor that was built from the same sources as this program, on a socket of this user: it has passed
 * there the schema of `T`, which need not be loaded here. Null for everything else, whose document has to be checked:
 * another or an unknown build, a refusal, and no answer.
 */
export async function askVouched<T>(place: Place, path: string): Promise<VouchedAnswer<T> | null> {
  if (ownBuild === null) return null;
  const answer = await exchange(place, {method: 'GET', path});
  if (!answer.ok) return null;
  const {status, headers, text} = answer.value;
  if (status !== 200 || headers[BUILD_HEADER] !== ownBuild) return null;
  try {
    const value: T = JSON.parse(text);
    return {value, headers};
  } catch {
    // Some other program repeats the name of the build.
    return null;
  }
}
