import type http from 'node:http';
import type {ApiError} from '../../api/commands.ts';
import {CLIENT_HEADER, TERMINAL_HEADER} from '../../api/headers.ts';
import {secondsText} from '../../shared/quantities/durations.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {BYTES_PER_MIB} from '../../shared/units.ts';
import {connectTo, type Reach} from '../connect-to-supervisor.ts';
import {connectionError, SilenceError} from '../connection-error.ts';
import {nodeHttp} from '../node-http.ts';
import {watchSilence} from '../watch-silence.ts';

const MAX_ANSWER_BYTES = 64 * BYTES_PER_MIB;

/** The supervisor that is asked, how long its silence may last, and who asks. */
export type Place = {
  readonly reach: Reach;
  readonly timeoutMs: number;
  readonly clientName: string | undefined;
  readonly terminal: string | undefined;
};
export type Question = {readonly method: string; readonly path: string; readonly body?: string};
/** An answer, nothing of it checked. */
export type Answer = {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
};

/** Sends one request on a connection of its own and reads the whole answer, up to 64 MiB. Errors are those of a connection. */
export async function exchange(place: Place, {method, path, body}: Question): Promise<Result<Answer, ApiError>> {
  const [named] = place.reach.paths;
  const connected = await connectTo(place.reach.paths);
  if (!connected.ok) return err(connectionError(named, connected.error));
  const answered = Promise.withResolvers<Result<Answer, ApiError>>();
  const fail = (error: Error): void => answered.resolve(err(connectionError(named, error)));
  let answering: http.IncomingMessage | null = null;
  const ownHeaders = {
    ...(place.clientName === undefined ? {} : {[CLIENT_HEADER]: place.clientName}),
    ...(place.terminal === undefined ? {} : {[TERMINAL_HEADER]: place.terminal}),
  };
  const createConnection = () => connected.value;
  const outgoing = nodeHttp().request({createConnection, method, path, headers: ownHeaders}, (response) => {
    answering = response;
    const chunks: Buffer[] = [];
    let totalBytes = 0;
    response.on('data', (chunk: Buffer) => {
      silence.heard();
      totalBytes += chunk.length;
      if (totalBytes > MAX_ANSWER_BYTES) response.destroy(new Error('the answer is too large'));
      else chunks.push(chunk);
    });
    response.on('error', fail);
    response.on('end', () => {
      const {statusCode: status = 0, headers} = response;
      answered.resolve(ok({status, headers, text: Buffer.concat(chunks).toString('utf8')}));
    });
  });
  // If destroyed through the request, a started response would not get the error.
  const giveUp = (error: Error): void => void (answering ?? outgoing).destroy(error);
  const silence = watchSilence(place.reach.judge, giveUp);
  outgoing.setTimeout(place.timeoutMs, () => {
    giveUp(new SilenceError(`did not answer within ${secondsText(place.timeoutMs)}`));
  });
  outgoing.on('error', fail);
  outgoing.end(body);
  return answered.promise.finally(silence.end);
}
