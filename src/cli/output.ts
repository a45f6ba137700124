import type {ApiError} from '../api/commands.ts';
import {cleanLines, cleanText} from '../views/drawing/compose.ts';
import type {Row} from '../views/rows.ts';
import {type ExitCode, exitCodeOf} from './exit-codes.ts';
import {rowsText, type TextStyle} from './print-rows.ts';

/** A command's output: text, or one JSON document. */
export type Output = {
  readonly isJson: boolean;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
};

/** Prints one JSON document, newline-terminated. */
export function printJson(output: Output, value: unknown): void {
  output.stdout.write(`${jsonText(value, 2)}\n`);
}

/** Prints a JSON document as one line, for streams of them. */
export function printJsonLine(output: Output, value: unknown): void {
  output.stdout.write(`${jsonText(value)}\n`);
}

/** Prints text lines, without anything that a terminal would obey. */
export function printText(output: Output, text: string): void {
  output.stdout.write(`${cleanLines(text.endsWith('\n') ? text.slice(0, -1) : text)}\n`);
}

/** Prints rows, in colors where the style has them. */
export function printRows(output: Output, rows: readonly Row[], style: Pick<TextStyle, 'theme'>): void {
  const text = rowsText(rows, style);
  output.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** Characters that a terminal may obey and that JSON does not escape. */
const unescaped = /[\u007f-\u009f\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff]/g;

function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replaceAll(
    unescaped,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Prints progress to stderr, only in text mode: never part of a result. */
export function printProgress(output: Output, text: string): void {
  if (!output.isJson) output.stderr.write(`${cleanLines(text)}\n`);
}

const CLEAR_LINE = '\r\u001b[2K';

/** Draws progress on the last line of a terminal, in place of what was drawn there; an empty text removes it. */
export function drawProgress(output: Output, row: string): void {
  if (!output.isJson) output.stderr.write(`${CLEAR_LINE}${row}`);
}

/** Prints what is wrong with a command line, or with Gantry, to stderr. Arguments are part of it: any characters. */
export function printProblems(text: string): void {
  process.stderr.write(cleanLines(text));
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
