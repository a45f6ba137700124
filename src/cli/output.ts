import type {ApiError} from '../api/commands.ts';
import {cleanText} from '../views/drawing/compose.ts';
import {type ExitCode, exitCodeOf} from './exit-codes.ts';

/** A command's output: text, or one JSON document. */
export type Output = {
  readonly isJson: boolean;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
};

/** Prints one JSON document, newline-terminated. */
export function printJson(output: Output, value: unknown): void {
  output.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Prints text lines. */
export function printText(output: Output, text: string): void {
  output.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** Prints progress to stderr, only in text mode: never part of a result. */
export function printProgress(output: Output, text: string): void {
  if (!output.isJson) output.stderr.write(`${text}\n`);
}

/** Prints an error with its remedy and returns its exit code. */
export function printError(output: Output, error: ApiError): ExitCode {
  if (output.isJson) printJson(output, {error});
  else
    output.stderr.write(
      `gantry: ${errorText(error)}${(error.others ?? []).map((other) => `also: ${errorText(other)}`).join('')}`,
    );
  return exitCodeOf(error.code);
}

function errorText({message, remedy}: Pick<ApiError, 'message' | 'remedy'>): string {
  // Files and engines put any characters into messages.
  return `${cleanText(message)}\n${remedy === '' ? '' : `  ${cleanText(remedy)}\n`}`;
}
