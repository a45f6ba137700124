/** Where engines with request logging print prompts and answers. */
const hint = /prompt|text|content|messages|output|arguments|input_ids|token_ids/i;

/** A text ends with its quote, or with the line if it was cut. Each character matches in one way: the time is linear. */
const quoted =
  /\b((?:negative_)?prompts?|(?:input_|output_)?text|(?:reasoning_)?content|output|arguments)(['"]?\s*[:=]\s*)(["'])(?:\\.|(?!\3)[^\\])*(?:\3|\\?$)/gis;
const tokenIds = /\b((?:prompt_|output_)?token_ids|input_ids|output_ids)(['"]?\s*[:=]\s*)\[[^\]]*\]?/gi;
/** A conversation may contain any brackets and quotes: nothing after its start is kept. */
const conversation = /(["']?\bmessages["']?\s*[:=]\s*)\[.*/is;

/** A log line without the texts and tokens of requests and answers: `prompt: '...'` keeps its name. */
export function maskPrompts(text: string): string {
  if (!hint.test(text)) return text;
  return text
    .replace(conversation, '$1[redacted]')
    .replace(quoted, '$1$2$3redacted$3')
    .replace(tokenIds, '$1$2[redacted]');
}
