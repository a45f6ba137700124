import type http from 'node:http';
import {ownBuild} from '../../api/headers.ts';
import {exchange, type Place} from './ask-once.ts';
import {isOfThisBuild, parsed} from './read-document.ts';

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
  const document = status === 200 && isOfThisBuild(headers) ? parsed<T>(text) : null;
  return document === null ? null : {value: document.value, headers};
}
