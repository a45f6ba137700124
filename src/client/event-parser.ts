import {createLineSplitter} from '../shared/line-splitter.ts';
import {BYTES_PER_MIB} from '../shared/units.ts';

/** One server-sent event. */
export type ServerSentEvent = {readonly name: string; readonly data: string};

/** A snapshot is a few kilobytes; a longer line is cut and then invalid JSON. */
const MAX_LINE_BYTES = 16 * BYTES_PER_MIB;

/** Byte chunks in, complete events out: the parts of the HTML event-stream format that Gantry's server uses. */
export function createEventParser(): {readonly push: (chunk: Uint8Array) => readonly ServerSentEvent[]} {
  const splitter = createLineSplitter({maxLineBytes: MAX_LINE_BYTES});
  let name = 'message';
  let data: string[] = [];
  function take(line: string): ServerSentEvent[] {
    if (line === '') {
      const event = {name, data: data.join('\n')};
      const isEmpty = data.length === 0;
      name = 'message';
      data = [];
      return isEmpty ? [] : [event];
    }
    // A line that starts with a colon is a comment; it keeps a quiet stream open.
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line.charAt(colon + 1) === ' ' ? colon + 2 : colon + 1);
    if (field === 'event') name = value;
    if (field === 'data') data.push(value);
    return [];
  }
  return {
    push: (chunk) => splitter.push(chunk).flatMap(({text}) => take(text.endsWith('\r') ? text.slice(0, -1) : text)),
  };
}
