import type {TextView} from '../../domain/diagnosis/text-diagnosis.ts';
import type {NumberedLine} from '../../engines/log/log-interpreter.ts';
import {withoutColorRemains} from './viewer/color-remains.ts';
import {CutLines} from './viewer/cut-lines.ts';
import {type JsonEntry, readJsonDocument} from './viewer/json-entries.ts';
import {isNewestFirst, oldestFirst} from './viewer/line-order.ts';
import {PastedPage} from './viewer/pasted-page.ts';
import {prefixesOf, recognizeViewer, untouched, type Viewer} from './viewer/recognize-viewer.ts';
import {readTable} from './viewer/table-entries.ts';
import {timeStampMs} from './viewer/time-stamp.ts';
import {createViewerUndoing} from './viewer/undo-viewer.ts';
import type {ViewedLine} from './viewer/viewed-line.ts';
import {createLineJoining, findWrapping, type Wrapping} from './viewer/wrapped-lines.ts';

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
  /** Lines whose ends are not in the text. */
  readonly cutLines: CutLines;
};

/** Gives the lines to `take`: one by one, or at the end where the whole text is needed to put them in order. */
export function createViewedText(take: (line: NumberedLine) => void): ViewedText {
  let held: NumberedLine[] = [];
  let heldCharacters = 0;
  let viewer: Viewer | null = null;
  let undoing = createViewerUndoing(untouched);
  let joining = createLineJoining<ViewedLine>(null);
  let isReversed = false;
  let isStreaming = false;
  const page = new PastedPage();
  const cutLines = new CutLines();

  function decide(): void {
    const lines = page.readFirst(held);
    viewer = recognizeViewer(lines.filter(({isQuoted}) => isQuoted).map(({text}) => text));
    // What stands around a document is no part of it.
    held = isDocument(viewer) ? lines.filter(({isQuoted}) => isQuoted) : [...lines];
    for (const line of held) cutLines.take(line, viewer.cut);
    isReversed = !isDocument(viewer) && isNewestFirst(undo(held, viewer));
    // Only what is held is put in order.
    undoing = createViewerUndoing(viewer, () => null);
    joining = createLineJoining(viewer.innerWrapping);
    isStreaming = !isReversed && !isDocument(viewer);
    if (!isStreaming) return;
    for (const line of held) give(undoing.push(line));
    held = [];
  }

  function deliver({text, number}: ViewedLine): void {
    const line = {text: text.trimEnd(), number};
    cutLines.read(line);
    take(line);
  }

  function give(lines: readonly ViewedLine[]): void {
    for (const line of lines.flatMap((shown) => joining.push(shown))) deliver(line);
  }

  function endHeld(found: Viewer): void {
    const entries = readEntries(held, found);
    const lines = entries === null ? undo(held, found) : withoutPrefixes(linesOf(entries));
    if (entries !== null) joining = createLineJoining(innerWrapping(lines));
    isReversed = isNewestFirst(lines);
    give(isReversed ? oldestFirst(lines) : lines);
  }

  return {
    push(shown) {
      const line = viewer === null ? shown : page.read(shown);
      if (line === null) return;
      if (viewer !== null) cutLines.take(line, viewer.cut);
      if (isStreaming) return give(undoing.push(line));
      if (held.length >= MAX_HELD_LINES || heldCharacters >= MAX_HELD_CHARACTERS) return;
      held.push(line);
      heldCharacters += line.text.length;
      if (viewer === null && (held.length >= HEAD_LINES || heldCharacters >= HEAD_CHARACTERS)) decide();
    },
    end() {
      if (viewer === null) decide();
      if (isStreaming) give(undoing.flush());
      else if (viewer !== null) endHeld(viewer);
      for (const line of joining.flush()) deliver(line);
      held = [];
    },
    view: () => ({
      isNewestFirst: isReversed,
      prefixes: [...page.prefixes, ...(viewer?.prefixes ?? [])].map(({name}) => name),
    }),
    cutLines,
  };
}

function undo(lines: readonly NumberedLine[], viewer: Viewer): readonly ViewedLine[] {
  const undoing = createViewerUndoing(viewer);
  return [...lines.flatMap((line) => undoing.push(line)), ...undoing.flush()];
}

function innerWrapping(lines: readonly ViewedLine[]): Wrapping | null {
  const texts = lines.map(({text}) => text);
  return findWrapping(texts, {isInner: true});
}

/** Only as a whole it can be read. */
function isDocument({form}: Viewer): boolean {
  return form === 'json-document' || form === 'table';
}

function readEntries(lines: readonly NumberedLine[], {form, filledTo}: Viewer): readonly JsonEntry[] | null {
  const texts = lines.map(({text}) => withoutColorRemains(filledTo === null ? text : text.trimEnd()));
  if (form === 'table') return readTable(texts, filledTo);
  return form === 'json-document' ? readJsonDocument(texts) : null;
}

/** In a document, lines are counted by its messages. */
function linesOf(entries: readonly JsonEntry[]): readonly ViewedLine[] {
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
