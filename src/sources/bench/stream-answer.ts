import {z} from 'zod';
import {createLineSplitter} from '../../shared/line-splitter.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {BYTES_PER_KIB, BYTES_PER_MIB} from '../../shared/units.ts';
import {askHttp, type HttpAnswer} from '../http/ask-http.ts';
import {httpFault} from '../http/http-fault.ts';
import {readBody} from '../http/read-body.ts';

const MAX_LINE_BYTES = BYTES_PER_MIB;
const MAX_ERROR_BYTES = 64 * BYTES_PER_KIB;
const SHOWN_CHARACTERS = 200;

/** Where requests of a load go. */
export type LoadTarget = {
  /** `http://127.0.0.1:8000` */
  readonly baseUrl: string;
  /** Path of chat completions. */
  readonly chatPath: string;
  readonly model: string;
  readonly apiKey: string | null;
};

export type LoadRequest = {readonly text: string; readonly answerTokens: number; readonly signal: AbortSignal};

/** One answered request. */
export type StreamedAnswer = {
  readonly promptTokens: number;
  /** Null where the engine does not tell. */
  readonly cachedPromptTokens: number | null;
  readonly generatedTokens: number;
  /** From sending the request until its first token and its end, milliseconds. */
  readonly firstTokenMs: number;
  readonly endToEndMs: number;
};

/** `status`: null without an answer. */
export type LoadFault = {readonly status: number | null; readonly message: string};

const count = z.number().nonnegative();
const usageSchema = z.object({
  usage: z.object({
    prompt_tokens: count,
    completion_tokens: count,
    prompt_tokens_details: z.object({cached_tokens: count.nullish()}).nullish(),
  }),
});
const text = z.string().nullish();
const deltaSchema = z.object({
  choices: z
    .array(z.object({delta: z.object({content: text, reasoning_content: text, reasoning: text}).nullish(), text}))
    .min(1),
});
const errorSchema = z.object({error: z.unknown()});

/** Requests exactly `answerTokens` tokens and measures when they come. Never throws. */
export async function streamAnswer(
  target: LoadTarget,
  request: LoadRequest,
  nowMs: () => number,
): Promise<Result<StreamedAnswer, LoadFault>> {
  const sentAtMs = nowMs();
  try {
    const answer = await send(target, request);
    if (!answer.ok) {
      const body = (await readBody(answer, MAX_ERROR_BYTES)) ?? '';
      return err({status: answer.status, message: `status ${answer.status}${oneLine(body)}`});
    }
    return await measure(answer, sentAtMs, nowMs);
  } catch (error) {
    if (request.signal.aborted) return err({status: null, message: 'ended before its answer'});
    return err({status: null, message: httpFault(error).detail});
  }
}

function send(target: LoadTarget, {text: content, answerTokens, signal}: LoadRequest): Promise<HttpAnswer> {
  return askHttp(`${target.baseUrl}${target.chatPath}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(target.apiKey === null ? {} : {authorization: `Bearer ${target.apiKey}`}),
    },
    body: JSON.stringify({
      model: target.model,
      messages: [{role: 'user', content}],
      max_tokens: answerTokens,
      min_tokens: answerTokens,
      ignore_eos: true,
      stream: true,
      stream_options: {include_usage: true},
    }),
    signal,
  });
}

async function measure(
  {body}: HttpAnswer,
  sentAtMs: number,
  nowMs: () => number,
): Promise<Result<StreamedAnswer, LoadFault>> {
  const lines = createLineSplitter({maxLineBytes: MAX_LINE_BYTES});
  let firstTokenMs: number | null = null;
  let usage: z.infer<typeof usageSchema>['usage'] | null = null;
  for await (const chunk of body) {
    for (const {text: line} of lines.push(chunk)) {
      // Most lines have a token and nothing else: they are not parsed once the first one came.
      const isRelevant = firstTokenMs === null || line.includes('"prompt_tokens"') || line.includes('"error"');
      const event = isRelevant ? eventOf(line) : null;
      if (event === null) continue;
      const failure = errorSchema.safeParse(event);
      if (failure.success)
        return err({status: null, message: `an error in the stream${oneLine(JSON.stringify(failure.data.error))}`});
      if (firstTokenMs === null && hasToken(event)) firstTokenMs = nowMs() - sentAtMs;
      const said = usageSchema.safeParse(event);
      if (said.success) usage = said.data.usage;
    }
  }
  const endToEndMs = nowMs() - sentAtMs;
  if (usage === null) return err({status: null, message: 'the answer ended without the number of its tokens'});
  if (firstTokenMs === null) return err({status: null, message: 'the answer has no tokens'});
  return ok({
    promptTokens: usage.prompt_tokens,
    cachedPromptTokens: usage.prompt_tokens_details?.cached_tokens ?? null,
    generatedTokens: usage.completion_tokens,
    firstTokenMs,
    endToEndMs,
  });
}

function eventOf(line: string): unknown {
  if (!line.startsWith('data:')) return null;
  try {
    return JSON.parse(line.slice('data:'.length));
  } catch {
    // `[DONE]`, and lines that were cut.
    return null;
  }
}

function hasToken(event: unknown): boolean {
  const parsed = deltaSchema.safeParse(event);
  if (!parsed.success) return false;
  const [choice] = parsed.data.choices;
  const texts = [choice?.delta?.content, choice?.delta?.reasoning_content, choice?.delta?.reasoning, choice?.text];
  return texts.some((part) => typeof part === 'string' && part !== '');
}

function oneLine(body: string): string {
  const line = body
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, SHOWN_CHARACTERS);
  return line === '' ? '' : `: ${line}`;
}
