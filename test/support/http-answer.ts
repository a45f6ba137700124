import type {HttpAnswer} from '../../src/sources/http/ask-http.ts';

/** A made-up answer, as `askHttp` gives it. */
export function httpAnswer(response: Response): HttpAnswer {
  const {status, statusText, ok, body} = response;
  return {
    status,
    statusText,
    ok,
    body: body ?? new ReadableStream<Uint8Array>({start: (controller) => controller.close()}),
    discard: () => void body?.cancel(),
  };
}
