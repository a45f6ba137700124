import type {TextView} from '../../domain/diagnosis/text-diagnosis.ts';
import type {NumberedLine} from '../../engines/log/log-interpreter.ts';
import {withoutColorRemains} from './viewer/color-remains.ts';
import {readJsonDocument} from './viewer/json-entries.ts';
import {isNewestFirst, oldestFirst} from './viewer/line-order.ts';
import {prefixesOf, recognizeViewer, type Viewer} from './viewer/recognize-viewer.ts';
import {timeStampMs} from './viewer/time-stamp.ts';
import {createViewerUndoing} from './viewer/undo-viewer.ts';
import type {ViewedLine} from './viewer/viewed-line.ts';
import {createLineJoining, wrapWidth} from './viewer/wrapped-lines.ts';

/** First lines, and characters, by which it is decided what a viewer did to a text. */
const HEAD_LINES = 2_000;
const HEAD_CHARACTERS = 2_000_000;
/** Longest text that is turned round, or read as one document. What a viewer shows is no longer. */
const MAX_HELD_LINES = 200_000;
const MAX_HELD_CHARACTERS = 64_000_000;

/** Lines of any text, without what viewers and terminals did to them, the oldest first. */
export type ViewedText = {
  readonly push: (line: NumberedLine) => void;
  /** Gives the lines that were held back; then it is over. */
  readonly end: () => void;
  /** What was undone. */
  readonly view: () => TextView;
};

/** Gives the lines to `take`: one by one, or at the end where the whole text is needed to put them in order. */
export function createViewedText(take: (line: NumberedLine) => void): ViewedText {
  let held: NumberedLine[] = [];
  let heldCharacters = 0;
  let viewer: Viewer | null = null;
  let undoing = createViewerUndoing({width: null, innerWidth: null, json: null, prefixes: []});
  let joining = createLineJoining<ViewedLine>(null);
  let isReversed = false;
  let isStreaming = false;

  function decide(): void {
    viewer = recognizeViewer(held.map(({text}) => text));
    isReversed = viewer.json !== 'document' && isNewestFirst(undo(held, viewer));
    // Only what is held is put in order.
    undoing = createViewerUndoing(viewer, () => null);
    joining = createLineJoining(viewer.innerWidth);
    isStreaming = !isReversed && viewer.json !== 'document';
    if (!isStreaming) return;
    for (const line of held) give(undoing.push(line));
    held = [];
  }

  function give(lines: readonly ViewedLine[]): void {
    for (const {text, number} of lines.flatMap((line) => joining.push(line))) take({text, number});
  }

  function endHeld(found: Viewer): void {
    const entries = found.json === 'document' ? readJsonDocument(held.map(({text}) => text).join('\n')) : null;
    const lines = entries === null ? undo(held, found) : withoutPrefixes(linesOf(entries));
    if (entries !== null) joining = createLineJoining(wrapWidth(lines.map(({text}) => text)));
    isReversed = isNewestFirst(lines);
    give(isReversed ? oldestFirst(lines) : lines);
  }

  return {
    push(raw) {
      const line = {number: raw.number, text: withoutColorRemains(raw.text)};
      if (isStreaming) {
        give(undoing.push(line));
        return;
      }
      if (held.length >= MAX_HELD_LINES || heldCharacters >= MAX_HELD_CHARACTERS) return;
      held.push(line);
      heldCharacters += line.text.length;
      if (viewer === null && (held.length >= HEAD_LINES || heldCharacters >= HEAD_CHARACTERS)) decide();
    },
    end() {
      if (viewer === null) decide();
      if (isStreaming) give(undoing.flush());
      else if (viewer !== null) endHeld(viewer);
      for (const {text, number} of joining.flush()) take({text, number});
      held = [];
    },
    view: () => ({isNewestFirst: isReversed, prefixes: viewer?.prefixes.map(({name}) => name) ?? []}),
  };
}

function undo(lines: readonly NumberedLine[], viewer: Viewer): readonly ViewedLine[] {
  const undoing = createViewerUndoing(viewer);
  return [...lines.flatMap((line) => undoing.push(line)), ...undoing.flush()];
}

/** In a document, lines are counted by its messages. */
function linesOf(entries: NonNullable<ReturnType<typeof readJsonDocument>>): readonly ViewedLine[] {
  const lines = entries.flatMap(({said, time}) => {
    const timeMs = timeStampMs(time ?? '') ?? timeStampMs(said);
    const texts = said.replace(/\n$/, '').split('\n');
    return texts.map((text) => ({text, timeMs}));
  });
  return lines.map((line, index) => ({...line, number: index + 1}));
}

function withoutPrefixes(lines: readonly ViewedLine[]): readonly ViewedLine[] {
  const prefixes = prefixesOf(lines.map(({text}) => text));
  return lines.map((line) => ({
    ...line,
    text: prefixes.reduce((text, {pattern}) => text.replace(pattern, ''), line.text),
  }));
}
