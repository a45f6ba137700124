import type {z} from 'zod';
import {type ApiError, apiErrorSchema} from '../../api/commands.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {incompatibleError} from '../incompatible-error.ts';

/** The document if it passes its schema; else the error that the supervisor sent in its place, or what is wrong with it. */
export function checkDocument<T>(text: string, schema: z.ZodType<T>): Result<T, ApiError> {
  const value = parseJson(text);
  return value === undefined ? err(incompatibleError(null, 'the answer is not JSON.')) : checkValue(value, schema);
}

/** The same of a document that is parsed. */
export function checkValue<T>(value: unknown, schema: z.ZodType<T>): Result<T, ApiError> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  const failure = apiErrorSchema.safeParse(value);
  return err(failure.success ? failure.data : incompatibleError(value, firstIssue(parsed.error)));
}

/** The error with which a stream was refused. */
export function checkRefusal(text: string, status: number | undefined): ApiError {
  const refusal = apiErrorSchema.safeParse(parseJson(text));
  return refusal.success ? refusal.data : incompatibleError(null, `it answered with status ${status}.`);
}

/** The same where it could not be read whole. */
export function unreadRefusal(error: unknown): ApiError {
  const reason = error instanceof Error ? error.message : String(error);
  return incompatibleError(null, `the stream was refused: ${reason}.`);
}

function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue === undefined ? 'the answer is not valid.' : `${issue.path.join('.')}: ${issue.message}.`;
}

/** The value of a JSON text, undefined if it is invalid. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
