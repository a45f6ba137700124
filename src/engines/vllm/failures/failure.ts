import type {Finding} from '../../../domain/diagnosis/finding.ts';

export type FailureDetails = Pick<Finding, 'message' | 'remedy'> & {
  readonly settingsChange?: Finding['settingsChange'];
};

/** One failure: the text that gives it away, and what the operator should know. */
export type Failure = {
  readonly code: string;
  readonly pattern: RegExp;
  /** The line follows from another failure wherever the log tells of one. */
  readonly isConsequence?: boolean;
  readonly details: (match: RegExpExecArray) => FailureDetails;
};

/** Digits of a log line as a reader writes them: `262144` is `262,144`. */
export function grouped(digits: string | undefined): string {
  return Number(digits).toLocaleString('en-US');
}
