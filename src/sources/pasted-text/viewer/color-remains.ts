/** Color codes as copies leave them: with their escape character written out, replaced or lost. */
const written = /(?:\^\[|#033|\\u001b|\\x1b|\\033|\\e|\ufffd|\u241b)\[\d{0,3}(?:;\d{1,3}){0,4}m/g;
const bare = /\[\d{1,3}(?:;\d{1,3}){0,4}m/g;
/** The code that ends a color: without it, brackets are a part of the text. */
const reset = /\[(?:0|0;0|39|39;0)m/;

/** A line without the color codes that a copy left in it. */
export function withoutColorRemains(text: string): string {
  if (!text.includes('[')) return text;
  const plain = text.replace(written, '');
  return reset.test(plain) ? plain.replace(bare, '') : plain;
}
