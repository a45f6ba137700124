/**
 * The vocabulary of the tiny models: the 256 bytes of GPT-2's alphabet, which read a prompt, three control tokens, and
 * words, which only an answer has. A model of random weights repeats itself or generates no text, and Gantry reports that.
 */
const WORD_COUNT = 253;
const syllables = ['ba', 'ko', 'mi', 'ru', 'te', 'sa', 'no', 'li', 'du', 'pe', 'ga', 'fo', 'vi', 'zu', 'ha', 'je'];

export const controlTokens = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'] as const;
export const END_TOKEN = 256;
/** All tokens in the order of their numbers: bytes, control tokens, words with the space before them (`Ġ`). */
export const tokens: readonly string[] = [...byteAlphabet(), ...controlTokens, ...words()];

export const chatTemplate =
  "{% for m in messages %}<|im_start|>{{m['role']}}\n{{m['content']}}<|im_end|>\n{% endfor %}<|im_start|>assistant\n";

/** The token that follows this one in an answer: each word once, then again. */
export function nextToken(token: number): number {
  const firstWord = 256 + controlTokens.length;
  return firstWord + ((token < firstWord ? token : token - firstWord + 1) % WORD_COUNT);
}

function words(): string[] {
  return Array.from({length: WORD_COUNT}, (_, index) => {
    const parts = [index % 16, Math.floor(index / 16) % 16, (index * 7 + 3) % 16];
    return `Ġ${parts.map((part) => syllables[part] ?? '').join('')}`;
  });
}

/** GPT-2's printable character for each byte, in the order of its vocabulary. */
function byteAlphabet(): string[] {
  const printable = [...range(0x21, 0x7e), ...range(0xa1, 0xac), ...range(0xae, 0xff)];
  const others = range(0, 0xff).filter((byte) => !printable.includes(byte));
  return [...printable, ...others.map((_, index) => 0x100 + index)].map((code) => String.fromCodePoint(code));
}

function range(from: number, to: number): number[] {
  return Array.from({length: to - from + 1}, (_, index) => from + index);
}
