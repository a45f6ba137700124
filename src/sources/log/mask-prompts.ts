/** Where engines with request logging print prompts and answers. */
const hint = /prompt|text|content|messages|output|token_ids|input_ids|output_ids/i;

const quoted =
  /\b((?:negative_)?prompts?|(?:input_|output_)?text|(?:reasoning_)?content|output|arguments)(['"]?\s*[:=]\s*)(["'])(?:\\.|(?!\3).)*(?:\3|$)/gi;
const tokenIds = /\b((?:prompt_|output_)?token_ids|input_ids|output_ids)(['"]?\s*[:=]\s*)\[[^\]]*\]?/gi;
/** A conversation may contain any brackets and quotes: nothing after its start is kept. */
const conversation = /(["']?\bmessages["']?\s*[:=]\s*)\[.*$/i;

/** A log line without the texts and tokens of requests and answers: `prompt: '...'` keeps its name. */
export function maskPrompts(text: string): string {
  if (!hint.test(text)) return text;
  return text
    .replace(conversation, '$1[redacted]')
    .replace(quoted, '$1$2$3redacted$3')
    .replace(tokenIds, '$1$2[redacted]');
}
