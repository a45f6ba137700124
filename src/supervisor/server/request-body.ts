import type {IncomingMessage} from 'node:http';
import type {z} from 'zod';
import {benchDocumentSchema} from '../../api/bench/bench-document.ts';
import {benchLeaseRequestSchema} from '../../api/bench/bench-requests.ts';
import {commandSchema} from '../../api/commands.ts';
import {previewRequestSchema} from '../../api/preview.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {invalid} from './query.ts';
import {type HttpError, readBody} from './respond.ts';

/** What a request's body is, and the texts for its errors. */
export type BodyKind<Schema extends z.ZodType> = {
  readonly schema: Schema;
  /** `The command`. */
  readonly what: string;
  /** Code of a body that is JSON and not valid. */
  readonly code: string;
  readonly remedy: string;
};

export const commandBody: BodyKind<typeof commandSchema> = {
  schema: commandSchema,
  what: 'The command',
  code: 'api.invalid-command',
  remedy: 'Send one of start, stop, restart, shutdown, e.g. {"type": "stop", "drainMs": 60000}.',
};

export const previewBody: BodyKind<typeof previewRequestSchema> = {
  schema: previewRequestSchema,
  what: 'The preview request',
  code: 'api.invalid-preview',
  remedy:
    'Send the command to preview, e.g. {"command": {"type": "restart", "change": {"contextLengthTokens": 65536}}}.',
};

export const benchLeaseBody: BodyKind<typeof benchLeaseRequestSchema> = {
  schema: benchLeaseRequestSchema,
  what: 'The request of a benchmark',
  code: 'api.invalid-bench',
  remedy: 'Send the process that runs it, e.g. {"pid": 4711, "startTimeTicks": "123456"}.',
};

export const benchResultBody: BodyKind<typeof benchDocumentSchema> = {
  schema: benchDocumentSchema,
  what: 'The result of a benchmark',
  code: 'api.invalid-bench',
  remedy: 'Send the document that gantry bench --json prints.',
};

/** The body of a request, checked; errors have the status 400, or 413 for one that is too large. */
export async function parseBody<Schema extends z.ZodType>(
  request: IncomingMessage,
  {schema, what, code, remedy}: BodyKind<Schema>,
): Promise<Result<z.output<Schema>, HttpError>> {
  const body = await readBody(request);
  if (!body.ok) return body;
  let value: unknown;
  try {
    value = JSON.parse(body.value);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `The request body is not JSON: ${reason}.`;
    return err({status: 400, error: {code: 'api.invalid-json', message, remedy}});
  }
  const parsed = schema.safeParse(value);
  return parsed.success ? ok(parsed.data) : err({status: 400, error: invalid(code, what, parsed.error, remedy)});
}
