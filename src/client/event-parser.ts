import {createLineSplitter} from '../shared/line-splitter.ts';
import {BYTES_PER_MIB} from '../shared/units.ts';

/** One server-sent event. */
export type ServerSentEvent = {readonly name: string; readonly data: string};

/** A snapshot is some kilobytes; whatever is longer than this is cut and then no JSON any more. */
const MAX_LINE_BYTES = 16 * BYTES_PER_MIB;

/** Byte chunks in, whole events out: the event-stream format of the HTML standard, as far as Gantry's server uses it. */
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
    // A line that begins with a colon is a comment; it keeps a quiet stream alive.
    const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (field === 'event') name = value ?? '';
    if (field === 'data') data.push(value ?? '');
    return [];
  }
  return {
    push: (chunk) => splitter.push(chunk).flatMap(({text}) => take(text.endsWith('\r') ? text.slice(0, -1) : text)),
  };
}
