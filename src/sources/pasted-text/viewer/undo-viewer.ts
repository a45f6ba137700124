import type {NumberedLine} from '../../../engines/log/log-interpreter.ts';
import {withoutColorRemains} from './color-remains.ts';
import {readJsonEntry} from './json-entries.ts';
import type {Viewer} from './recognize-viewer.ts';
import {timeStampMs} from './time-stamp.ts';
import type {ViewedLine} from './viewed-line.ts';
import {serviceOf} from './viewer-prefixes.ts';
import {createLineJoining} from './wrapped-lines.ts';

/** Longest line that is put together from parts, in characters. */
const MAX_PARTS = 64 * 1024;

/** Undoes what a viewer did, line by line. */
export type ViewerUndoing = {
  readonly push: (line: NumberedLine) => readonly ViewedLine[];
  /** The line that was still waiting for its rest. */
  readonly flush: () => readonly ViewedLine[];
};

/**
 * Takes off what this viewer put around each line of the engine's. A document or a table is read elsewhere, as a whole. `timeOf`
 * reads the time of a text; null where nobody needs it.
 */
export function createViewerUndoing(
  {filledTo, wrapping, form, prefixes}: Viewer,
  timeOf: (text: string) => number | null = timeStampMs,
): ViewerUndoing {
  const joining = createLineJoining<NumberedLine>(wrapping);
  let part: ViewedLine | null = null;

  /** Remains of colors count in the width at which a line was wrapped. */
  function openPlain(line: NumberedLine): readonly ViewedLine[] {
    return open({...line, text: withoutColorRemains(line.text)});
  }

  function open(line: NumberedLine): readonly ViewedLine[] {
    const entry = form === 'json-lines' ? readJsonEntry(line.text) : null;
    if (entry === null) return strip(line.text, line.number, timeOf(line.text));
    const timeMs = timeOf(entry.time ?? '') ?? timeOf(entry.said);
    const texts = entry.said.replace(/\n$/, '').split('\n');
    return texts.flatMap((text) => strip(withoutColorRemains(text.replace(/\r$/, '')), line.number, timeMs));
  }

  function strip(original: string, number: number, timeMs: number | null): readonly ViewedLine[] {
    let text = original;
    let isPart = false;
    let service: string | null = null;
    for (const prefix of prefixes) {
      const match = prefix.pattern.exec(text);
      if (match === null) continue;
      isPart = prefix.hasParts === true && match[1] === 'P';
      service ??= serviceOf(prefix, match[0]);
      text = text.slice(match.index + match[0].length);
    }
    const begun = part;
    part = null;
    const line = begun === null ? {text, number, timeMs, service} : {...begun, text: begun.text + text};
    if (!isPart || line.text.length > MAX_PARTS) return [line];
    part = line;
    return [];
  }

  return {
    push: (line) => joining.push(filledTo === null ? line : {...line, text: line.text.trimEnd()}).flatMap(openPlain),
    flush() {
      const rest = joining.flush().flatMap(openPlain);
      const cut = part === null ? [] : [part];
      part = null;
      return [...rest, ...cut];
    },
  };
}
