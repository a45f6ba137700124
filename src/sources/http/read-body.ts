/** A response's text; null when it is larger than `maxBytes`, and the rest is not read. Rejects if the connection closes. */
export async function readBody(response: Response, maxBytes: number): Promise<string | null> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.length;
    // Leaving the loop cancels the body, also an endless one.
    if (bytes > maxBytes) return null;
    text += decoder.decode(chunk, {stream: true});
  }
  return text + decoder.decode();
}
