import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {EngineLogEvent, LogContext} from '../engine.ts';

export type FailureDetails = Pick<Finding, 'message' | 'remedy'> & {
  readonly settingsChange?: Finding['settingsChange'];
};

/** One failure: the text that gives it away, and what the operator should know. */
export type Failure = {
  /** What comes after the engine's name in the finding's code: `kv-cache-too-small`. */
  readonly code: string;
  readonly pattern: RegExp;
  /** The line follows from another failure wherever the log tells of one. */
  readonly isConsequence?: boolean;
  /** Nothing failed; the line explains something, or announces a failure to come. */
  readonly severity?: Extract<Finding['severity'], 'warning' | 'info'>;
  /** The code for this line, where when it comes decides. */
  readonly codeAt?: (context: LogContext) => string;
  readonly details: (match: RegExpExecArray, context: LogContext) => FailureDetails;
};

/** Longest piece of a line that is kept as evidence, in characters. */
const MAX_EVIDENCE_LENGTH = 400;

/** Digits of a log line as a reader writes them: `262144` is `262,144`. */
export function grouped(digits: string | undefined): string {
  return Number(digits).toLocaleString('en-US');
}

/** The failure a line names, as an event; the first of the catalog that matches is the one. Empty when none does. */
export function findFailure(
  engineName: string,
  catalog: readonly Failure[],
  text: string,
  context: LogContext,
): readonly EngineLogEvent[] {
  for (const {code, codeAt, pattern, severity, isConsequence = false, details} of catalog) {
    const match = pattern.exec(text);
    if (match === null) continue;
    const {message, remedy, settingsChange = null} = details(match, context);
    const finding: Finding = {
      code: `${engineName}.${codeAt?.(context) ?? code}`,
      severity: severity ?? 'critical',
      message,
      evidence: text.slice(0, MAX_EVIDENCE_LENGTH),
      remedy,
      settingsChange,
    };
    return severity === undefined ? [{type: 'failure', isConsequence, finding}] : [{type: 'notice', finding}];
  }
  return [];
}
