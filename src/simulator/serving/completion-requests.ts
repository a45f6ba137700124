import {z} from 'zod';
import type {CacheHint} from '../traffic/request.ts';

const contentSchema = z.union([z.string(), z.null(), z.array(z.looseObject({text: z.string().optional()}))]).optional();
const sharedFields = {
  model: z.string().nullish(),
  max_tokens: z.int().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({include_usage: z.boolean().nullish()}).nullish(),
  ignore_eos: z.boolean().nullish(),
  min_tokens: z.int().nullish(),
};
const chatSchema = z.looseObject({
  ...sharedFields,
  max_completion_tokens: z.int().nullish(),
  messages: z.array(z.looseObject({role: z.string(), content: contentSchema})),
  tools: z.array(z.unknown()).nullish(),
});
const completionSchema = z.looseObject({
  ...sharedFields,
  prompt: z.union([z.string(), z.array(z.string()), z.array(z.int()), z.array(z.array(z.int()))]),
});

/** A request for a completion, of either kind, as the engine needs it. */
export type CompletionRequest = {
  readonly kind: 'chat' | 'text';
  readonly model: string | null;
  /** The prompt, for the prefix cache; token ids are written out. */
  readonly promptText: string;
  readonly promptTokens: number;
  readonly maxTokens: number | null;
  readonly naturalTokens: number;
  readonly isStream: boolean;
  readonly includesUsage: boolean;
};

/** English and code have about four characters per token. */
const CHARACTERS_PER_TOKEN = 4;
/** Role markers around each message, and the start of the answer. */
const TOKENS_PER_MESSAGE = 4;
const TOKENS_PER_CHAT = 6;

/** Reads the body of a chat or text completion; the error is the text of a validation failure. */
export function parseCompletionRequest(
  kind: 'chat' | 'text',
  body: unknown,
): CompletionRequest | {readonly error: string} {
  if (kind === 'chat') {
    const parsed = chatSchema.safeParse(body);
    if (!parsed.success) return {error: z.prettifyError(parsed.error)};
    const {messages, tools} = parsed.data;
    const texts = messages.map(({role, content}) => `<|${role}|>${contentText(content)}`);
    const promptText = [...(tools == null ? [] : [JSON.stringify(tools)]), ...texts].join('');
    const promptTokens = tokenCount(promptText) + messages.length * TOKENS_PER_MESSAGE + TOKENS_PER_CHAT;
    const maxTokens = parsed.data.max_completion_tokens ?? parsed.data.max_tokens ?? null;
    return common(kind, parsed.data, {promptText, promptTokens, maxTokens});
  }
  const parsed = completionSchema.safeParse(body);
  if (!parsed.success) return {error: z.prettifyError(parsed.error)};
  const {prompt} = parsed.data;
  const ids = typeof prompt === 'string' ? [] : prompt.flat().filter((part) => typeof part === 'number');
  const promptText = typeof prompt === 'string' ? prompt : prompt.flat().join(' ');
  const promptTokens = Math.max(1, ids.length > 0 ? ids.length : tokenCount(promptText));
  return common(kind, parsed.data, {promptText, promptTokens, maxTokens: parsed.data.max_tokens ?? 16});
}

type Shared = z.infer<z.ZodObject<typeof sharedFields>>;

function common(
  kind: 'chat' | 'text',
  data: Shared,
  prompt: Pick<CompletionRequest, 'promptText' | 'promptTokens' | 'maxTokens'>,
): CompletionRequest {
  return {
    kind,
    ...prompt,
    model: data.model ?? null,
    naturalTokens:
      data.ignore_eos === true ? Number.MAX_SAFE_INTEGER : naturalLength(prompt.promptText, data.min_tokens ?? 0),
    isStream: data.stream === true,
    includesUsage: data.stream_options?.include_usage === true,
  };
}

function contentText(content: z.infer<typeof contentSchema>): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map((part) => part.text ?? '').join('');
}

function tokenCount(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}

/** The natural length of the answer: some tens to hundreds of tokens, the same for the same prompt. */
function naturalLength(promptText: string, minTokens: number): number {
  let hash = 7;
  for (const character of promptText.slice(-200)) hash = (Math.imul(hash, 31) + character.charCodeAt(0)) | 0;
  return Math.max(minTokens, 48 + (Math.abs(hash) % 260));
}

/** Remembers the last prompts of clients, to know how much of a new one may be in the prefix cache. */
export class PromptMemory {
  readonly #prompts = new Map<string, string>();

  /** The common prefix with earlier prompts; this prompt is remembered under its own key. */
  hintsFor(key: string, promptText: string): readonly CacheHint[] {
    const hints = [...this.#prompts].map(([earlier, text]) => ({
      key: earlier,
      tokens: Math.floor(commonPrefixLength(text, promptText) / CHARACTERS_PER_TOKEN),
    }));
    this.#prompts.set(key, promptText);
    const [oldest] = this.#prompts.keys();
    if (this.#prompts.size > 64 && oldest !== undefined) this.#prompts.delete(oldest);
    return hints.filter(({tokens}) => tokens > 0);
  }
}

function commonPrefixLength(left: string, right: string): number {
  const limit = Math.min(left.length, right.length);
  let at = 0;
  while (at < limit && left.charCodeAt(at) === right.charCodeAt(at)) at += 1;
  return at;
}
