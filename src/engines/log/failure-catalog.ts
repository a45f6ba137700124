import {adviceOf, type CuredBy} from '../../domain/diagnosis/cure.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {StartPhase} from '../../domain/lifecycle/phases.ts';
import {countText} from '../../shared/quantities/counts.ts';
import {withinWords} from '../../shared/within-words.ts';
import type {EngineLogEvent, LogContext} from '../engine.ts';
import {isEngineProcessLine} from './ending/exception-line.ts';
import {firstMatch} from './first-match.ts';

export type FailureDetails = Pick<Finding, 'message' | 'remedy'> & {
  readonly settingsChange?: Finding['settingsChange'];
  /** Overrides the entry's `curedBy`. */
  readonly curedBy?: CuredBy;
};

/** One failure: the log text that identifies it, and what the operator should know. */
export type Failure = {
  /** What comes after the engine's name in the finding's code: `kv-cache-too-small`. */
  readonly code: string;
  /** What has to change if no setting fixes it. */
  readonly curedBy: CuredBy;
  readonly pattern: RegExp;
  /** Words of a log that `pattern` recognizes, as the engine writes them; docs/diagnosis.md shows them. */
  readonly words: string;
  /** When the log has another failure, this line is only its consequence. */
  readonly isConsequence?: boolean;
  /** The line is raised from a more general failure just before it, and adds detail. */
  readonly isPrecise?: boolean;
  /** The same, where it depends on what was logged before. */
  readonly isPreciseAt?: (context: LogContext) => boolean;
  /** A start that is in this phase, or reaches it later, shows that it did no harm. */
  readonly harmlessFrom?: StartPhase;
  /** Nothing failed; the line explains something, or warns of a failure to come. */
  readonly severity?: Extract<Finding['severity'], 'warning' | 'info'>;
  /** The severity once the engine serves, in a line that none of the engine's own processes wrote: a request failed. */
  readonly whileServing?: Extract<Finding['severity'], 'warning' | 'info'>;
  /** With `severity`: it is a property of the run and holds until its end. */
  readonly isLasting?: true;
  /** The code for this line, if it depends on the phase. */
  readonly codeAt?: (context: LogContext) => string;
  /** Numbers in the line. */
  readonly facts?: (match: RegExpExecArray, context: LogContext) => readonly EngineLogEvent[];
  readonly details: (match: RegExpExecArray, context: LogContext) => FailureDetails;
};

/** Longest part of a line kept as evidence, in characters. */
export const MAX_EVIDENCE_LENGTH = 400;

/** Digits of a log line with thousands separators: `262144` is `262,144`. */
export function grouped(digits: string | undefined): string {
  return countText(Number(digits));
}

function harmlessFromOf({harmlessFrom}: Failure): Pick<Failure, 'harmlessFrom'> {
  return harmlessFrom === undefined ? {} : {harmlessFrom};
}

/** The failure in a line, as an event: the first catalog entry that matches. Empty when none does. */
export function findFailure(
  engineName: string,
  catalog: readonly Failure[],
  text: string,
  context: LogContext,
): readonly EngineLogEvent[] {
  const found = firstMatch(catalog, text);
  if (found === null) return [];
  const {entry: failure, match} = found;
  const {code, codeAt, isConsequence = false, details} = failure;
  const isPrecise = failure.isPreciseAt?.(context) ?? failure.isPrecise ?? false;
  const isOfRequest = context.isReady && !isEngineProcessLine(text);
  const severity = (isOfRequest ? failure.whileServing : undefined) ?? failure.severity;
  const facts = failure.facts?.(match, context) ?? [];
  const {message, remedy, settingsChange = null, curedBy = failure.curedBy} = details(match, context);
  const finding: Finding = {
    code: `${engineName}.${codeAt?.(context) ?? code}`,
    severity: severity ?? 'critical',
    message,
    evidence: withinWords(text, MAX_EVIDENCE_LENGTH),
    remedy,
    settingsChange,
    cure: adviceOf(curedBy),
  };
  return severity === undefined
    ? [...facts, {type: 'failure', isConsequence, isPrecise, finding, ...harmlessFromOf(failure)}]
    : [...facts, {type: 'notice', finding, ...(failure.isLasting === undefined ? {} : {isLasting: failure.isLasting})}];
}
