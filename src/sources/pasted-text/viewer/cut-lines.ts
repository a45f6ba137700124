import type {TextDiagnosis} from '../../../domain/diagnosis/text-diagnosis.ts';
import {mayBeError} from '../../../engines/log/ending/error-line.ts';
import {MAX_EVIDENCE_LENGTH} from '../../../engines/log/failure-catalog.ts';
import type {NumberedLine} from '../../../engines/log/log-interpreter.ts';
import {countedText} from '../../../shared/quantities/counts.ts';
import {withinWords} from '../../../shared/within-words.ts';

/** How a viewer shows that it left out the end of a line: at this column, with this mark. */
export type LineCut = {readonly width: number; readonly mark: string};

const marks: readonly string[] = ['\u2026', '...', '>'];
/** A name in brackets ends with a mark of its own. */
const bracketed = /<[\w .-]{1,60}>$/;
/** Narrower columns are those of other texts. */
const LEAST_WIDTH = 60;
/** What part of the longest lines must have the mark. */
const MOST = 0.5;
/** Lines that are remembered as cut. */
const MAX_LINES = 10_000;

/** The cut of these lines: the longest ones all have the same length, and end with the mark. Null without one. */
export function findLineCut(lines: readonly string[]): LineCut | null {
  const width = lines.reduce((most, {length}) => Math.max(most, length), 0);
  if (width < LEAST_WIDTH) return null;
  const longest = lines.filter((line) => line.length === width);
  // A line may have just this length, and be whole.
  const mark = marks.find((candidate) => {
    const cut = longest.filter((line) => line.endsWith(candidate) && !bracketed.test(line));
    return cut.length > 0 && cut.length >= longest.length * MOST;
  });
  return mark === undefined ? null : {width, mark};
}

/** Remembers the lines that a viewer cut, and says so where an answer depends on them. */
export class CutLines {
  /** By their number, as they are read. */
  readonly #lines = new Map<number, string>();
  #error: NumberedLine | null = null;

  take(line: NumberedLine, cut: LineCut | null): void {
    if (cut === null || line.text.length !== cut.width || !line.text.endsWith(cut.mark)) return;
    if (this.#lines.size < MAX_LINES) this.#lines.set(line.number, line.text);
    if (mayBeError(line.text)) this.#error ??= line;
  }

  /** A line without what the viewer put in front of it. */
  read({number, text}: NumberedLine): void {
    if (this.#lines.has(number)) this.#lines.set(number, text);
  }

  /** The diagnosis, with what the cut leaves open. */
  explain<D extends TextDiagnosis>(diagnosis: D): D {
    const [cause, ...others] = diagnosis.findings;
    const proofs = [...this.#lines].map(
      ([number, text]) => `line ${number}: ${withinWords(text, MAX_EVIDENCE_LENGTH)}`,
    );
    if (cause !== undefined && proofs.some((proof) => proof === cause.evidence)) {
      const remedy = `${cause.remedy} That line is cut off in this text, and its end may name another cause: get the whole line.`;
      return {...diagnosis, findings: [{...cause, remedy}, ...others]};
    }
    if (this.#error === null) return diagnosis;
    if (diagnosis.exit === 'failed') {
      if (cause === undefined) return diagnosis;
      const remedy = `${cause.remedy} Line ${this.#error.number} of this text is cut off, and its end may name another cause.`;
      return {...diagnosis, findings: [{...cause, remedy}, ...others]};
    }
    const finding = {
      code: 'log.lines-cut',
      severity: 'warning' as const,
      message: `${countedText(this.#lines.size, 'line')} of this text ${this.#lines.size === 1 ? 'is' : 'are'} cut off, so that it may not show what failed.`,
      evidence: `line ${this.#error.number}: ${this.#error.text}`,
      remedy: 'Get the log itself, or let the viewer show whole lines.',
      settingsChange: null,
    };
    return {...diagnosis, findings: [finding, ...diagnosis.findings]};
  }
}
