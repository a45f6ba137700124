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

/** A line, and the container that wrote it where the text tells it. */
export type ServiceLine = NumberedLine & Pick<ViewedLine, 'service'>;

/** Gives the lines to `take`: one by one, or at the end where the whole text is needed to put them in order. */
export function createViewedText(take: (line: ServiceLine) => void): ViewedText {
  let held = new HeldLines();
  let viewer: Viewer | null = null;
  let undoing = createViewerUndoing(untouched);
  let joining = createLineJoining<ViewedLine>(null);
  let isReversed = false;
  let isStreaming = false;
  const page = new PastedPage();
  const cutLines = new CutLines();

  function decide(): void {
    const lines = page.readFirst(held.lines);
    viewer = recognizeViewer(lines.filter(({isQuoted}) => isQuoted).map(({text}) => text));
    isReversed = !isDocument(viewer) && isNewestFirst(undo(lines, viewer));
    // What stands around a document is no part of it, and what stands above a text that is turned round is not its end.
    isStreaming = !isReversed && !isDocument(viewer);
    held = new HeldLines(isStreaming ? lines : lines.filter(({isQuoted}) => isQuoted));
    for (const line of held.lines) cutLines.take(line, viewer.cut);
    // Only what is held is put in order.
    undoing = createViewerUndoing(viewer, () => null);
    joining = createLineJoining(viewer.innerWrapping);
    if (!isStreaming) return;
    for (const line of held.lines) give(undoing.push(line));
    held = new HeldLines();
  }

  function deliver({text, number, service}: ViewedLine): void {
    const line = {text: text.trimEnd(), number, service};
    cutLines.read(line);
    take(line);
  }

  function give(lines: readonly ViewedLine[]): void {
    for (const line of lines.flatMap((shown) => joining.push(shown))) deliver(line);
  }

  function endHeld(found: Viewer): void {
    const entries = readEntries(held.lines, found);
    const lines = entries === null ? undo(held.lines, found) : withoutPrefixes(linesOf(entries));
    if (entries !== null) joining = createLineJoining(innerWrapping(lines));
    isReversed = isNewestFirst(lines);
    give(isReversed ? oldestFirst(lines) : lines);
  }

  return {
    push(shown) {
      if (viewer === null) {
        held.push(shown);
        if (held.isHead) decide();
        return;
      }
      const line = page.read(shown);
      if (line === null) return;
      cutLines.take(line, viewer.cut);
      if (isStreaming) give(undoing.push(line));
      else if (line.isQuoted) held.push(line);
    },
    end() {
      if (viewer === null) decide();
      if (isStreaming) give(undoing.flush());
      else if (viewer !== null) endHeld(viewer);
      for (const line of joining.flush()) deliver(line);
      held = new HeldLines();
    },
    view: () => ({
      isNewestFirst: isReversed,
      prefixes: [...page.prefixes, ...(viewer?.prefixes ?? [])].map(({name}) => name),
    }),
    cutLines,
  };
}

/** Lines that wait until the whole text is there, within bounds. */
class HeldLines {
  readonly lines: NumberedLine[];
  #characters: number;

  constructor(lines: readonly NumberedLine[] = []) {
    this.lines = [...lines];
    this.#characters = lines.reduce((sum, {text}) => sum + text.length, 0);
  }

  /** They are enough to decide by. */
  get isHead(): boolean {
    return this.lines.length >= HEAD_LINES || this.#characters >= HEAD_CHARACTERS;
  }

  push(line: NumberedLine): void {
    if (this.lines.length >= MAX_HELD_LINES || this.#characters >= MAX_HELD_CHARACTERS) return;
    this.lines.push(line);
    this.#characters += line.text.length;
  }
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
  return form === 'json-document' ? readJsonDocument(texts, filledTo) : null;
}

/** In a document, lines are counted by its messages. */
function linesOf(entries: readonly JsonEntry[]): readonly ViewedLine[] {
  const lines = entries.flatMap(({said, time}) => {
    const timeMs = timeStampMs(time ?? '') ?? timeStampMs(said);
    const texts = said.replace(/\n$/, '').split('\n');
    return texts.map((text) => ({text, timeMs, service: null}));
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
