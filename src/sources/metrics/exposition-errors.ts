import {kibText, mbText} from '../../shared/quantities/bytes.ts';
import {countText} from '../../shared/quantities/counts.ts';

/** Larger bodies are refused: no engine exposes that much, and an endless one must not fill our memory. */
export const MAX_EXPOSITION_BYTES = 10_000_000;
/** Series that are read of one page: more than 64 ranks expose. */
export const MAX_SERIES = 20_000;
/** Longest line of a series that is read. */
export const MAX_SERIES_CHARACTERS = 65_536;

export type ExpositionError = {readonly code: string; readonly message: string; readonly remedy: string};

const ENGINE_ONLY = 'Check that this address is the engine\u2019s /metrics.';

/** The finding of a body that is larger than MAX_EXPOSITION_BYTES. */
export function tooLarge(): ExpositionError {
  return {
    code: 'source.metrics.too-large',
    message: `The metrics are larger than ${mbText(MAX_EXPOSITION_BYTES)}: none of them is used.`,
    remedy: ENGINE_ONLY,
  };
}

/** The finding of a page with more than MAX_SERIES series that would be read. */
export function tooManySeries(): ExpositionError {
  return {
    code: 'source.metrics.too-large',
    message: `The metrics have more than ${countText(MAX_SERIES)} series that Gantry reads: none of them is used.`,
    remedy: 'Look for a label with a new value for every request, and remove it.',
  };
}

/** The finding of a series whose line is longer than MAX_SERIES_CHARACTERS. */
export function tooLongLine(lineNumber: number, line: string): ExpositionError {
  return {
    code: 'source.metrics.too-large',
    message: `Line ${lineNumber} of the metrics is longer than ${kibText(MAX_SERIES_CHARACTERS)}: "${line.slice(0, 80)}".`,
    remedy: 'Look for a label with a very long value, such as a prompt.',
  };
}

/** The finding of a line that is neither a comment nor a sample. */
export function malformed(lineNumber: number, line: string): ExpositionError {
  return {
    code: 'source.metrics.malformed',
    message: `Line ${lineNumber} of the metrics is not a sample: "${line.slice(0, 80)}" (expected: name{label="value"} number).`,
    remedy: ENGINE_ONLY,
  };
}
