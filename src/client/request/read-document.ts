import type http from 'node:http';
import type {z} from 'zod';
import type {ApiError} from '../../api/commands.ts';
import {BUILD_HEADER, ownBuild} from '../../api/headers.ts';
import {ok, type Result} from '../../shared/result.ts';

/** Loads the schema of a document. Schemas take longer to load than a screen takes to draw. */
export type LoadSchema<T> = () => Promise<z.ZodType<T>>;

/**
 * The document in an answer or an event. What a supervisor of this very build has written needs no check; for everything else
 * its schema is loaded.
 */
export async function readDocument<T>(
  text: string,
  headers: http.IncomingHttpHeaders,
  loadSchema: LoadSchema<T>,
): Promise<Result<T, ApiError>> {
  const vouched = isOfThisBuild(headers) ? parsed<T>(text) : null;
  if (vouched !== null) return ok(vouched.value);
  const [{checkDocument}, schema] = await Promise.all([import('./check-document.ts'), loadSchema()]);
  return checkDocument(text, schema);
}

/** True if it was written by a program of the same sources, whose documents need no check. */
export function isOfThisBuild(headers: http.IncomingHttpHeaders): boolean {
  return ownBuild !== null && headers[BUILD_HEADER] === ownBuild;
}

/** Null for a text that is not JSON: some other program repeats the name of the build. */
export function parsed<T>(text: string): {readonly value: T} | null {
  try {
    const value: T = JSON.parse(text);
    return {value};
  } catch {
    return null;
  }
}
