import {z} from 'zod';
import {withoutOpenDigests} from '../../supervisor/access/value-digests.ts';

const lineSchema = z.record(z.string(), z.unknown());
const LEFT_OUT = '(a damaged line with a recorded environment, left out)';

/**
 * The text of a journal without the recorded environments of its starts, and without digests of older versions, with which a
 * reader can test guesses of a value. A damaged line that may have them is left out.
 */
export function withoutEnvironments(journal: string): string {
  return withoutOpenDigests(journal.split('\n').map(withoutEnvironment).join('\n'));
}

function withoutEnvironment(line: string): string {
  if (!/"(?:environment|digests)"/.test(line)) return line;
  try {
    const {environment: _environment, ...others} = lineSchema.parse(JSON.parse(line));
    return JSON.stringify(others);
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error;
    return LEFT_OUT;
  }
}
