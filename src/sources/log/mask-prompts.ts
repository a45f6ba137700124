/** Where engines with request logging print prompts and answers. */
const hint = /prompt|text|content|messages|output|arguments|input|token_ids|last read/i;

/** A text ends with its quote, or with the line if it was cut. Each character matches in one way: the time is linear. */
const quoted =
  /\b((?:negative_)?prompts?|(?:input_|output_)?text|(?:reasoning_)?content|input|output|arguments)(['"]?\s*[:=]\s*)('(?:\\.|[^'\\])*['\\]?|"(?:\\.|[^"\\])*["\\]?)/gis;
const tokenIds = /\b((?:prompt_|output_)?token_ids|input_ids|output_ids)(['"]?\s*[:=]\s*)\[[^\]]*\]?/gi;
/** A conversation may contain any brackets and quotes: nothing after its start is kept. */
const conversation = /(["']?\bmessages["']?\s*[:=]\s*)\[.*/is;

/** What an engine says of a request that it could not parse: a part of its body, in any quotes, up to the end. */
const unparsed = /\b(last read: ).*/is;
const rejectedInput = /(["']input["']\s*:\s*)(?:[[{(]|b['"]).*/is;
/** Before a value of a request that pydantic rejected; what it rejects of the engine's own settings is no text of a client. */
const rejectedValue = /\binput_value=(?!ArgsKwargs\()/;
const AFTER_REJECTED_VALUE = ', input_type=';

/** A log line without the texts and tokens of requests and answers: `prompt: '...'` keeps its name. */
export function maskPrompts(text: string): string {
  if (!hint.test(text)) return text;
  return withoutRejectedValues(text)
    .replace(unparsed, '$1[redacted]')
    .replace(rejectedInput, '$1[redacted]')
    .replace(conversation, '$1[redacted]')
    .replace(quoted, (_, name: string, sign: string, [quote]: string) => `${name}${sign}${quote}redacted${quote}`)
    .replace(tokenIds, '$1$2[redacted]');
}

/** From the first value up to the last type, or to the end if that was cut: a client's text may contain either. */
function withoutRejectedValues(text: string): string {
  const start = rejectedValue.exec(text);
  if (start === null) return text;
  const end = text.lastIndexOf(AFTER_REJECTED_VALUE);
  return `${text.slice(0, start.index)}${start[0]}[redacted]${end < start.index ? '' : text.slice(end)}`;
}
