/** A response's text; null when it is larger than `maxBytes`, in which case the rest is not read. Rejects when it breaks off. */
export async function readBody(response: Response, maxBytes: number): Promise<string | null> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.length;
    // Leaving the loop cancels the body: an endless one ends here.
    if (bytes > maxBytes) return null;
    text += decoder.decode(chunk, {stream: true});
  }
  return text + decoder.decode();
}
