import type {FinishReason} from '../traffic/request.ts';
import type {AnswerPart} from './answer-text.ts';

/** Common fields of all parts of one response. */
export type ResponseHead = {
  readonly kind: 'chat' | 'text';
  readonly id: string;
  readonly created: number;
  readonly model: string;
  /** The engine's name for the reasoning in an answer. */
  readonly reasoningField: string;
};
/** Tokens of one request; `cachedTokens` is null if the server does not report it. */
export type Usage = {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cachedTokens: number | null;
};

function usageBody(usage: Usage): object {
  return {
    prompt_tokens: usage.promptTokens,
    total_tokens: usage.promptTokens + usage.completionTokens,
    completion_tokens: usage.completionTokens,
    prompt_tokens_details: usage.cachedTokens === null ? null : {cached_tokens: usage.cachedTokens},
  };
}

function headBody({kind, id, created, model}: ResponseHead, isStream: boolean): object {
  const object = kind === 'text' ? 'text_completion' : isStream ? 'chat.completion.chunk' : 'chat.completion';
  return {id, object, created, model};
}

/** The complete response of a request that does not stream. */
export function wholeResponse(
  head: ResponseHead,
  answer: {
    readonly reasoning: string | null;
    readonly content: string | null;
    readonly reason: FinishReason;
    readonly usage: Usage;
  },
): object {
  const ending = {logprobs: null, finish_reason: answer.reason, stop_reason: null, token_ids: null};
  const message = {
    role: 'assistant',
    content: answer.content,
    refusal: null,
    annotations: null,
    audio: null,
    function_call: null,
    tool_calls: [],
    [head.reasoningField]: answer.reasoning,
  };
  const choice =
    head.kind === 'chat' ? {index: 0, message, ...ending} : {index: 0, text: answer.content ?? '', ...ending};
  return {
    ...headBody(head, false),
    choices: [choice],
    service_tier: null,
    system_fingerprint: null,
    usage: usageBody(answer.usage),
    kv_transfer_params: null,
  };
}

/** The first part of a chat stream: the role. */
export function openingChunk(head: ResponseHead): object {
  const delta = {role: 'assistant', content: ''};
  return {...headBody(head, true), choices: [{index: 0, delta, logprobs: null, finish_reason: null}]};
}

/** One token of a stream; the last one has the finish reason. */
export function tokenChunk(
  head: ResponseHead,
  token: {readonly part: AnswerPart; readonly text: string},
  reason: FinishReason | null,
): object {
  const ending = {logprobs: null, finish_reason: reason, ...(reason === null ? {} : {stop_reason: null})};
  const choice =
    head.kind === 'chat'
      ? {index: 0, delta: {[token.part === 'reasoning' ? head.reasoningField : 'content']: token.text}, ...ending}
      : {index: 0, text: token.text, ...ending};
  return {...headBody(head, true), choices: [choice]};
}

/** The part that ends a stream whose last token is already out. */
export function endingChunk(head: ResponseHead, reason: FinishReason): object {
  const ending = {logprobs: null, finish_reason: reason, stop_reason: null};
  const choice = head.kind === 'chat' ? {index: 0, delta: {}, ...ending} : {index: 0, text: '', ...ending};
  return {...headBody(head, true), choices: [choice]};
}

/** The part with only the usage. */
export function usageChunk(head: ResponseHead, usage: Usage): object {
  return {...headBody(head, true), choices: [], usage: usageBody(usage)};
}

/** The error for a prompt that exceeds the context length together with the requested output. */
export function contextOverflowText(promptTokens: number, outputTokens: number, maxModelLen: number): string {
  const longest = Math.max(0, maxModelLen - outputTokens);
  return `You passed ${promptTokens} input tokens and requested ${outputTokens} output tokens. However, the model's context length is only ${maxModelLen} tokens, resulting in a maximum input length of ${longest} tokens. Please reduce the length of the input prompt. (parameter=input_tokens, value=${promptTokens})`;
}
