import {readErrorLine} from './error-line.ts';

/** Longest message that is put together from several lines, in characters. */
const MAX_LENGTH = 1_000;

/** An exception whose message is on the next line. */
const unfinished = /(?::|\bvalidation errors? for \S+)$/;
const sentenceEnd = /[.!?][\s'")\]]*$/;
/** A line that belongs to the sentence before it: it has no capital letter, is one of a list, or continues an expression. */
const middle = /^(?:[a-z([{'"`*<>=&\u2022]|- )/;
/** A sentence of its own that says what to do about the one before it. */
const advice =
  /^(?:Please|Try|Check|Consider|Use|Set|Add|Pass|Install|Increase|Decrease|Reduce|You (?:can|may|should|need)|If you|If this|To (?:fix|use|enable|disable|see)|Make sure|Ensure|Compile with|For (?:more|debugging))\b/;

/** True for a message that says no more than that the next line has it. */
export function isUnfinished(text: string): boolean {
  return unfinished.test(text);
}

/** True if the line just after a message of this text, behind the same prefix, is a part of it. */
export function continuesMessage(text: string, prefix: string, rest: string): boolean {
  if (text.length + rest.length > MAX_LENGTH || /^The above exception|^During handling/.test(rest)) return false;
  if (readErrorLine({process: '', level: null, rest}) !== null) return false;
  // One call of a logger puts the same time and place in front of all its lines.
  if (prefix !== '') return true;
  return advice.test(rest) || (!sentenceEnd.test(text) && middle.test(rest));
}

const groupName = /^(?:\w{1,60}\.){0,8}(?:Base)?ExceptionGroup: /;

/** True for an exception that only carries others: their tracebacks follow. */
export function isWrapper(text: string): boolean {
  return isUnfinished(text) || groupName.test(text);
}
