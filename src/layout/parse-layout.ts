import type {z} from 'zod';
import {err, ok, type Result} from '../shared/result.ts';
import {type Layout, layoutSchema} from './layout-schema.ts';

/** Why a layout cannot be used. `message` has the file, the position in it, and the expectation. */
export type LayoutError = {
  readonly code: 'layout.not-json' | 'layout.invalid' | 'layout.unreadable' | 'layout.unknown';
  readonly message: string;
  readonly remedy: string;
};

/** Deeper than any screen can show; limits the recursion for untrusted files. */
const MAX_DEPTH = 24;

/** Reads the text of a layout file. `sourceName` is the name shown to the operator. */
export function parseLayout(text: string, sourceName: string): Result<Layout, LayoutError> {
  if (nestingDepth(text) > MAX_DEPTH * 2) {
    return err(invalid(sourceName, 'at the top: groups are nested too deep', `Nest at most ${MAX_DEPTH} groups.`));
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return err({
      code: 'layout.not-json',
      message: `${sourceName} is not JSON: ${detail}`,
      remedy: 'Correct the file, or remove it to use the built-in layout.',
    });
  }
  return checkLayout(json, sourceName);
}

/** Checks JSON that was already read, such as a built-in layout. */
export function checkLayout(json: unknown, sourceName: string): Result<Layout, LayoutError> {
  const parsed = layoutSchema.safeParse(json, {error: explain});
  if (parsed.success) {
    const {schemaVersion, name, title, variants} = parsed.data;
    return ok({schemaVersion, name, title, variants});
  }
  const places = parsed.error.issues
    .slice(0, 3)
    .map((issue) => `at ${jsonPath(issue.path)}: ${issue.message}`)
    .join('; ');
  const more = parsed.error.issues.length > 3 ? `; and ${parsed.error.issues.length - 3} more` : '';
  return err(invalid(sourceName, places + more, 'Correct the file, or remove it to use the built-in layout.'));
}

function invalid(sourceName: string, what: string, remedy: string): LayoutError {
  return {code: 'layout.invalid', message: `${sourceName}: ${what}`, remedy};
}

function jsonPath(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'the top';
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key)}`))
    .join('');
}

/** Messages for common mistakes; all others are zod's own. */
function explain(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_value':
      return `expected ${issue.values.map((value) => JSON.stringify(value)).join(', ')}, got ${shown(issue.input)}`;
    case 'invalid_type':
      return `expected ${issue.expected}, got ${shown(issue.input)}`;
    case 'unrecognized_keys':
      return `unknown ${issue.keys.length === 1 ? 'key' : 'keys'} ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}`;
    case 'invalid_union':
      return issue.discriminator === undefined
        ? undefined
        : `expected "panel", "rows" or "columns", got ${shown(issue.input)}`;
    default:
      return undefined;
  }
}

function shown(input: unknown): string {
  if (input === undefined) return 'nothing';
  const text = JSON.stringify(input) ?? typeof input;
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

function nestingDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  let isInString = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (isInString) {
      if (character === '\\') index += 1;
      else if (character === '"') isInString = false;
    } else if (character === '"') isInString = true;
    else if (character === '{' || character === '[') deepest = Math.max(deepest, ++depth);
    else if (character === '}' || character === ']') depth -= 1;
  }
  return deepest;
}
