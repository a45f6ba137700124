import {z} from 'zod';
import {type Degeneration, findDegeneration} from '../../domain/diagnosis/degenerate-text.ts';
import {type Details, withDetails} from '../../domain/diagnosis/details/details.ts';
import {nothingUsed, type RequestUsage} from '../../domain/traffic/own-requests/request-claim.ts';
import {countedText} from '../../shared/quantities/counts.ts';
import {secondsText} from '../../shared/quantities/durations.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {BYTES_PER_KIB} from '../../shared/units.ts';
import {awakeDeadline} from '../host/awake-time.ts';
import {askHttp} from '../http/ask-http.ts';
import {httpFault} from '../http/http-fault.ts';
import {readBody} from '../http/read-body.ts';

/** A few tokens: enough to detect broken output, cheap compared with any real request. */
const PROBE_TOKENS = 16;
/** Characters of a broken answer that are kept as data. */
const MAX_SHOWN_ANSWER = 80;
/** A valid answer of sixteen tokens is far smaller. */
const MAX_ANSWER_BYTES = 256 * BYTES_PER_KIB;

const answerSchema = z.object({
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({
          content: z.string().nullish(),
          reasoning_content: z.string().nullish(),
          reasoning: z.string().nullish(),
        }),
      }),
    )
    .min(1),
  usage: z
    .object({
      prompt_tokens: z.number().nonnegative().nullish(),
      completion_tokens: z.number().nonnegative(),
      prompt_tokens_details: z.object({cached_tokens: z.number().nonnegative().nullish()}).nullish(),
    })
    .nullish(),
});

/** What a probe may use until its answer says it: a prompt with the longest chat template seen. */
export const probeAllowance: RequestUsage = {
  requests: 1,
  promptTokens: 100,
  cachedPromptTokens: null,
  generatedTokens: PROBE_TOKENS,
  finishReason: null,
};

/** `usage`: what the engine says it used; null if it does not say. */
export type ProbeAnswer = {
  readonly generatedTokens: number;
  readonly text: string;
  readonly usage: RequestUsage | null;
};
/** `isBrokenOutput`: the engine generated text that nobody can use. */
export type ProbeError = {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  readonly details?: Details;
  readonly isBrokenOutput?: true;
  readonly usage: RequestUsage | null;
};
type ProbeFault = Omit<ProbeError, 'usage'>;

/**
 * Requests a few real tokens from the engine, and judges their content: the definition of `ready`. An open port or a
 * healthy /health is not enough. The request is the same each time (temperature 0).
 */
export async function probeReadiness(options: {
  readonly baseUrl: string;
  readonly servedModelName: string;
  readonly apiKey?: string;
  readonly timeoutMs: number;
  readonly paths: {readonly chat: string};
}): Promise<Result<ProbeAnswer, ProbeError>> {
  const {signal, clear} = awakeDeadline(options.timeoutMs);
  try {
    const response = await askHttp(`${options.baseUrl}${options.paths.chat}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(options.apiKey === undefined ? {} : {authorization: `Bearer ${options.apiKey}`}),
      },
      body: JSON.stringify({
        model: options.servedModelName,
        messages: [{role: 'user', content: 'Reply with the word ready.'}],
        max_tokens: PROBE_TOKENS,
        temperature: 0,
        stream: false,
      }),
      signal,
    });
    const text = await readBody(response, MAX_ANSWER_BYTES);
    if (!response.ok) return err({...refused(response.status, text ?? ''), usage: nothingUsed});
    return text === null ? err({...notUnderstood('it is too large'), usage: null}) : judge(text);
  } catch (error) {
    return err(signal.aborted ? {...timedOut(options.timeoutMs), usage: null} : unreachable(error));
  } finally {
    clear();
  }
}

function judge(text: string): Result<ProbeAnswer, ProbeError> {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return err({...notUnderstood(oneLine(text)), usage: null});
  }
  const answer = answerSchema.safeParse(body);
  if (!answer.success) return err({...notUnderstood(oneLine(z.prettifyError(answer.error))), usage: null});
  const usage = usageOf(answer.data);
  const message = answer.data.choices[0]?.message;
  // A reasoning model may spend all its tokens on reasoning; the field has had two names.
  const reasoning = message?.reasoning ?? '';
  const parts = [reasoning === '' ? (message?.reasoning_content ?? '') : reasoning, message?.content ?? ''];
  const content = parts.join('');
  const countedTokens = answer.data.usage?.completion_tokens ?? null;
  if (content.trim() === '' || countedTokens === 0) return err({...nothingGenerated(countedTokens), usage});
  // Reasoning may be sound where the answer is not, and the other way round.
  for (const part of parts) {
    const degeneration = findDegeneration(part);
    if (degeneration !== null) return err({...collapsed(degeneration, part), usage});
  }
  return ok({generatedTokens: countedTokens ?? 1, text: content, usage});
}

function usageOf({usage, choices}: z.infer<typeof answerSchema>): RequestUsage | null {
  if (typeof usage?.prompt_tokens !== 'number') return null;
  return {
    requests: 1,
    promptTokens: usage.prompt_tokens,
    cachedPromptTokens: usage.prompt_tokens_details?.cached_tokens ?? null,
    generatedTokens: usage.completion_tokens,
    finishReason: choices[0]?.finish_reason ?? null,
  };
}

/** Text of another program, shortened for use in a sentence. */
function oneLine(text: string): string {
  return text
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, 200);
}

function refused(status: number, body: string): ProbeFault {
  const detail = oneLine(body);
  return {
    code: refusalCode(status),
    message: `The engine answered a request with status ${status}${detail === '' ? '' : `: ${detail}`}.`,
    remedy: refusalRemedy(status),
  };
}

/** 503: the server runs but its model is not available (llama-server while loading, SGLang while draining). */
function refusalCode(status: number): string {
  if (status === 401 || status === 403) return 'engine.probe-unauthorized';
  return status === 503 ? 'engine.probe-unavailable' : 'engine.probe-refused';
}

function refusalRemedy(status: number): string {
  if (status === 401 || status === 403) {
    return 'The engine does not accept the API key that Gantry has for it. Run gantry config rotate-key and then gantry restart.';
  }
  if (status === 404) return 'Check the served model name: the engine has no model with that name.';
  if (status === 503) return 'Wait until the model is loaded; the log shows the progress.';
  return 'Read the log: the engine does not accept requests.';
}

function notUnderstood(detail: string): ProbeFault {
  return {
    code: 'engine.probe-not-understood',
    message: `The engine's answer is not a chat completion: ${detail}`,
    remedy: 'Check that this port belongs to the engine.',
  };
}

function nothingGenerated(countedTokens: number | null): ProbeFault {
  return {
    code: 'engine.generates-nothing',
    message:
      countedTokens === null || countedTokens === 0
        ? 'The engine answered a request without generating a token.'
        : `The engine generated ${countedText(countedTokens, 'token')} for a request, but no text.`,
    remedy:
      'Try a request of your own. If its answer is empty too, check the chat template and the model files, and restart the engine.',
  };
}

const degenerationTexts: Readonly<Record<Degeneration['kind'], string>> = {
  repeated: 'repeats itself',
  'not-a-number': 'generates NaN or placeholder tokens',
  undecodable: 'generates bytes that are not text',
};

function collapsed({kind, sample}: Degeneration, text: string): ProbeFault {
  const answer = oneLine(text).slice(0, MAX_SHOWN_ANSWER);
  return {
    ...withDetails('engine.output-collapsed', {kind, sample, answer}),
    isBrokenOutput: true,
    // True also while the engine does not answer, until a valid answer.
    message: `The engine's output is broken: it ${degenerationTexts[kind]} ("${oneLine(sample)}").`,
    remedy:
      'Restart the engine. If it happens again, use another version, attention backend or KV cache type, and check the model files.',
  };
}

function timedOut(timeoutMs: number): ProbeFault {
  return {
    code: 'engine.probe-timeout',
    message: `The engine did not generate ${PROBE_TOKENS} tokens within ${secondsText(timeoutMs)}.`,
    remedy: 'A full queue delays answers. If no tokens are generated at all, read the log and restart.',
  };
}

function unreachable(error: unknown): ProbeError {
  const {kind, detail} = httpFault(error);
  if (kind === 'not-http') return {...notUnderstood(detail), usage: null};
  return {
    usage: kind === 'broken-off' ? null : nothingUsed,
    code: 'engine.unreachable',
    message:
      kind === 'broken-off'
        ? `The engine's answer to a request was cut off (${detail}).`
        : `The engine did not answer a request (${detail}).`,
    remedy: 'Read the log: the engine is still starting, has stopped, or listens on another port.',
  };
}
