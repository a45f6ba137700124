import type {HttpAnswer} from './ask-http.ts';

/** An answer's text; null when it is larger than `maxBytes`, and the rest is not read. Rejects if the connection closes. */
export async function readBody({body}: Pick<HttpAnswer, 'body'>, maxBytes: number): Promise<string | null> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    // Leaving the loop closes the connection, also of an endless body.
    if (bytes > maxBytes) return null;
    text += decoder.decode(chunk, {stream: true});
  }
  return text + decoder.decode();
}
