import type {LoggedRequest} from '../../samples/logged-request.ts';
import {number} from '../log/log-rules.ts';

/** Until 2025 only the first of these lines named the slot and the task; the times followed without a prefix. */
const slotPrefix = /^(?:\d+\.\d\d\.\d{3}\.\d{3} [A-Z] )?slot\s+\w+: id\s+\d+ \| task (-?\d+) \|/;
/** Older builds counted as `n_past`. */
const release = /^\s*stop processing: (?:n_(?:tokens|past) = (\d+), truncated = 0)?/;
/** The prefix is needed: elsewhere these words are those of anyone. */
const start = /^\s*processing task\b/;
/** What follows the prefix, as a whole: text of a client that quotes such a line does not begin with it. */
const times = /^\s*(prompt eval|eval|total) time =\s+(\d[\d.]*) ms \/\s*(\d+) tokens\b/;

/**
 * What a line of llama-server says of one request (`launch_slot_`, `print_timing`, `release`); null for any other line. Times are
 * logged when the request ends; the prompt's time ends with the first token.
 */
export function readRequestLine(text: string): LoggedRequest | null {
  const prefix = slotPrefix.exec(text);
  const task = prefix?.[1] ?? null;
  const rest = prefix === null ? text : text.slice(prefix[0].length);
  if (prefix !== null && start.test(rest)) return {part: 'started', task};
  const released = prefix === null ? null : release.exec(rest);
  if (released !== null) {
    return {part: 'released', task, tokens: released[1] === undefined ? null : number(released[1])};
  }
  const match = times.exec(rest);
  if (match === null) return null;
  const ms = number(match[2]);
  switch (match[1]) {
    case 'prompt eval':
      return {part: 'prefill', ms};
    case 'eval':
      return {part: 'decode', ms, generatedTokens: number(match[3])};
    default:
      return {part: 'complete', ms, task};
  }
}
