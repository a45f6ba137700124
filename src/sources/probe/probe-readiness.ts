import {z} from 'zod';
import {err, ok, type Result} from '../../shared/result.ts';
import {BYTES_PER_KIB} from '../../shared/units.ts';
import {fetchFault} from '../http/fetch-fault.ts';
import {readBody} from '../http/read-body.ts';

/** A few tokens: enough to see a collapse, cheap beside any real request. */
const PROBE_TOKENS = 16;
/** So many of the same character in a row, and nothing else, is a model that has come apart. */
const COLLAPSE_LENGTH = 8;
/** An answer of sixteen tokens is far smaller; what is larger is none. */
const MAX_ANSWER_BYTES = 256 * BYTES_PER_KIB;

const answerSchema = z.object({
  choices: z
    .array(
      z.object({
        message: z.object({
          content: z.string().nullish(),
          reasoning_content: z.string().nullish(),
          reasoning: z.string().nullish(),
        }),
      }),
    )
    .min(1),
  usage: z.object({completion_tokens: z.number()}).nullish(),
});

export type ProbeAnswer = {readonly generatedTokens: number; readonly text: string};
export type ProbeError = {readonly code: string; readonly message: string; readonly remedy: string};

/** Asks the engine for a few real tokens: what `ready` means. An open port or a healthy /health is not enough. */
export async function probeReadiness(options: {
  readonly baseUrl: string;
  readonly servedModelName: string;
  readonly apiKey?: string;
  readonly timeoutMs: number;
  readonly paths: {readonly chat: string};
}): Promise<Result<ProbeAnswer, ProbeError>> {
  const deadline = AbortSignal.timeout(options.timeoutMs);
  try {
    const response = await fetch(`${options.baseUrl}${options.paths.chat}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(options.apiKey === undefined ? {} : {authorization: `Bearer ${options.apiKey}`}),
      },
      body: JSON.stringify({
        model: options.servedModelName,
        messages: [{role: 'user', content: 'Reply with the word ready.'}],
        max_tokens: PROBE_TOKENS,
        stream: false,
      }),
      // The key is for this engine, and for nobody it may point to.
      redirect: 'manual',
      signal: deadline,
    });
    const text = await readBody(response, MAX_ANSWER_BYTES);
    if (!response.ok) return err(refused(response.status, text ?? ''));
    return text === null ? err(notUnderstood('it is larger than an answer can be')) : judge(text);
  } catch (error) {
    return err(deadline.aborted ? timedOut(options.timeoutMs) : unreachable(error));
  }
}

function judge(text: string): Result<ProbeAnswer, ProbeError> {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return err(notUnderstood(oneLine(text)));
  }
  const answer = answerSchema.safeParse(body);
  if (!answer.success) return err(notUnderstood(oneLine(z.prettifyError(answer.error))));
  const message = answer.data.choices[0]?.message;
  // A model that thinks first may spend all its tokens on reasoning, which has had two names.
  const reasoning = message?.reasoning ?? '';
  const content = `${reasoning === '' ? (message?.reasoning_content ?? '') : reasoning}${message?.content ?? ''}`;
  const countedTokens = answer.data.usage?.completion_tokens ?? null;
  if (content.trim() === '' || countedTokens === 0) return err(nothingGenerated(countedTokens));
  if (isCollapsed(content)) return err(collapsed(content));
  return ok({generatedTokens: countedTokens ?? 1, text: content});
}

/** True for `!!!!!!!!` and its like, a known way for Kimi to fail while every metric is green. */
function isCollapsed(content: string): boolean {
  const characters = [...content.replaceAll(/\s/g, '')];
  return characters.length >= COLLAPSE_LENGTH && new Set(characters).size === 1;
}

/** Text of another program, short enough to stand in a sentence. */
function oneLine(text: string): string {
  return text
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, 200);
}

function refused(status: number, body: string): ProbeError {
  const said = oneLine(body);
  return {
    code: refusalCode(status),
    message: `The engine answered a request with status ${status}${said === '' ? '' : `: ${said}`}.`,
    remedy: refusalRemedy(status),
  };
}

/** 503 is how a server says that it is there and its model is not yet (llama-server while it loads, SGLang draining). */
function refusalCode(status: number): string {
  if (status === 401 || status === 403) return 'engine.probe-unauthorized';
  return status === 503 ? 'engine.probe-not-yet' : 'engine.probe-refused';
}

function refusalRemedy(status: number): string {
  if (status === 401 || status === 403) {
    return 'The engine wants an API key that Gantry does not have: set it in the environment that Gantry is started in.';
  }
  if (status === 404) return 'Check the served model name: the engine knows no such model.';
  if (status === 503) return 'Wait for the model to be loaded; the log says how far it is.';
  return 'Read the log: the engine takes no requests.';
}

function notUnderstood(detail: string): ProbeError {
  return {
    code: 'engine.probe-not-understood',
    message: `The engine's answer is no chat completion: ${detail}`,
    remedy: 'Check that this port belongs to the engine.',
  };
}

function nothingGenerated(countedTokens: number | null): ProbeError {
  return {
    code: 'engine.generates-nothing',
    message:
      countedTokens === null || countedTokens === 0
        ? 'The engine answered a request without generating a token.'
        : `The engine counted ${countedTokens} tokens and gave no text.`,
    remedy: 'Read the log, and restart the engine if it stays so.',
  };
}

function collapsed(content: string): ProbeError {
  return {
    code: 'engine.output-collapsed',
    message: `The engine repeats one character ("${[...content.trim()].slice(0, 12).join('')}"): the model has come apart.`,
    remedy: 'Restart the engine; if it comes back, change its version or attention backend.',
  };
}

function timedOut(timeoutMs: number): ProbeError {
  return {
    code: 'engine.probe-timeout',
    message: `The engine did not generate ${PROBE_TOKENS} tokens within ${timeoutMs / 1000} s.`,
    remedy: 'A full queue answers late; if no tokens move at all, read the log and restart.',
  };
}

function unreachable(error: unknown): ProbeError {
  const {kind, detail} = fetchFault(error);
  if (kind === 'not-http') return notUnderstood(detail);
  return {
    code: 'engine.unreachable',
    message:
      kind === 'broken-off'
        ? `The engine broke off its answer to a request (${detail}).`
        : `The engine did not answer a request (${detail}).`,
    remedy: 'See the log: it is still starting, has stopped, or listens elsewhere.',
  };
}
