import type {Finding} from '../../../domain/diagnosis/finding.ts';
import {withinWords} from '../../../shared/within-words.ts';
import {type Engine, unknownLogContext} from '../../engine.ts';
import {MAX_EVIDENCE_LENGTH} from '../failure-catalog.ts';
import type {FinalError} from './final-error.ts';

/**
 * What the catalog says of a message that is on several lines: someone may have broken it by hand, and no line alone has
 * its words. Null for a message of one line, or of words that no catalog has.
 */
export function knownByMessage(
  {form, text, line}: FinalError,
  {interpretLogLine}: Pick<Engine, 'interpretLogLine'>,
): Finding | null {
  if (form !== 'exception' || line.text.includes(text)) return null;
  for (const event of interpretLogLine(text, unknownLogContext)) {
    if (event.type === 'failure' && !event.isConsequence)
      return {...event.finding, evidence: `line ${line.number}: ${withinWords(text, MAX_EVIDENCE_LENGTH)}`};
  }
  return null;
}
