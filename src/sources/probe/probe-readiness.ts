import {z} from 'zod';
import {err, ok, type Result} from '../../shared/result.ts';

/** A few tokens: enough to see a collapse, cheap beside any real request. */
const PROBE_TOKENS = 16;
/** So many of the same character in a row, and nothing else, is a model that has come apart. */
const COLLAPSE_LENGTH = 8;

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
      signal: AbortSignal.timeout(options.timeoutMs),
    });
    const text = await response.text();
    if (!response.ok) return err(refused(response.status, text));
    return judge(text);
  } catch (error) {
    return err(unreachable(error));
  }
}

function judge(text: string): Result<ProbeAnswer, ProbeError> {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return err(notUnderstood(text));
  }
  const answer = answerSchema.safeParse(body);
  if (!answer.success) return err(notUnderstood(z.prettifyError(answer.error)));
  const message = answer.data.choices[0]?.message;
  // A model that thinks first may spend all its tokens on reasoning.
  const content = `${message?.reasoning_content ?? message?.reasoning ?? ''}${message?.content ?? ''}`;
  const generatedTokens = answer.data.usage?.completion_tokens ?? (content === '' ? 0 : 1);
  if (generatedTokens < 1) return err(nothingGenerated());
  if (isCollapsed(content)) return err(collapsed(content));
  return ok({generatedTokens, text: content});
}

/** True for `!!!!!!!!` and its like, a known way for Kimi to fail while every metric is green. */
function isCollapsed(content: string): boolean {
  const letters = content.replaceAll(/\s/g, '');
  return letters.length >= COLLAPSE_LENGTH && new Set(letters).size === 1;
}

function refused(status: number, body: string): ProbeError {
  return {
    code: 'engine.probe-refused',
    message: `The engine answered a request with status ${status}: ${body.slice(0, 200)}`,
    remedy:
      status === 401
        ? 'The engine wants an API key that Gantry does not have.'
        : 'Check the served model name and read the log.',
  };
}

function notUnderstood(detail: string): ProbeError {
  return {
    code: 'engine.probe-not-understood',
    message: `The engine's answer is no chat completion: ${detail.slice(0, 200)}`,
    remedy: 'Check that this port belongs to the engine.',
  };
}

function nothingGenerated(): ProbeError {
  return {
    code: 'engine.generates-nothing',
    message: 'The engine answered a request without generating a token.',
    remedy: 'Read the log, and restart the engine if it stays so.',
  };
}

function collapsed(content: string): ProbeError {
  return {
    code: 'engine.output-collapsed',
    message: `The engine repeats one character ("${content.slice(0, 12)}"): the model has come apart.`,
    remedy: 'Restart the engine; if it comes back, change its version or attention backend.',
  };
}

function unreachable(error: unknown): ProbeError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const detail = cause instanceof Error ? ('code' in cause ? String(cause.code) : cause.message) : String(cause);
  return {
    code: 'engine.unreachable',
    message: `The engine did not answer a request (${detail}).`,
    remedy: 'See the log: it is still starting, has stopped, or listens elsewhere.',
  };
}
