import {type Canvas, type CanvasSize, clearCanvas, createCanvas} from './canvas.ts';
import {type Difference, difference} from './difference.ts';
import {type Link, linkStart} from './link.ts';

/** Asks the terminal for its status: it answers once it has drawn everything before. */
const ASK_STATUS = '\u001b[5n';
const CLEAR_SCREEN = '\u001b[m\u001b[2J';

/** Writes to the terminal; `done` is called when the terminal took it. */
export type WriteTerminal = (text: string, done: () => void) => void;

export type Display = {
  /** Draws a frame on an empty canvas of this size and brings the terminal to it, as soon as the terminal takes it. */
  readonly draw: (size: CanvasSize, paint: (canvas: Canvas) => void) => void;
  /** Writes a sequence that changes no cell, between two frames. */
  readonly pass: (sequence: string) => void;
  /** The terminal shows something unknown: the next frame is written whole. */
  readonly invalidate: () => void;
  /** The terminal answered a status request. */
  readonly answered: () => void;
  /** Milliseconds the terminal lags behind, by its last answer; 0 if it never answers. */
  readonly delayMs: () => number;
  /** Resolves when the last frame is on its way to the terminal whole. */
  readonly settled: () => Promise<void>;
  /** Drops what was not yet written, and resolves when the terminal took and answered the rest, or after `waitMs`. */
  readonly stop: (waitMs: number) => Promise<void>;
  /** Draws again after `stop`. */
  readonly start: () => void;
};

/**
 * Shows frames on a terminal: only changed cells are written, one write at a time, and a frame that the terminal is too
 * slow for is replaced by the next one, never queued.
 */
export function createDisplay(write: WriteTerminal, nowMs: () => number): Display {
  const frames = createFramePair();
  const settling = createSettling();
  let isWriting = false;
  let isStopped = false;
  let hasMore = false;
  let passing = '';
  let link: Link = linkStart;

  function advance(): void {
    if (isWriting || isStopped) return;
    if (passing !== '') send(passing);
    else if (hasMore) advanceFrame();
  }

  function advanceFrame(): void {
    const room = link.room(nowMs());
    if (room > 0) {
      const {text, isComplete} = frames.changes(room);
      hasMore = !isComplete;
      if (text === '') settleIfIdle();
      else send(text);
      // The answer says when there is room again.
    } else if (link.isAsking(nowMs())) send('');
  }

  function send(text: string): void {
    const isAsking = link.isAsking(nowMs());
    link = link.written(text.length, isAsking, nowMs());
    isWriting = true;
    passing = '';
    write(isAsking ? text + ASK_STATUS : text, () => {
      isWriting = false;
      settleIfIdle();
      advance();
    });
  }

  /** An answer that arrives after the end would be input of the next program. */
  const isBusy = (): boolean => isWriting || (isStopped ? link.isWaiting(nowMs()) : hasMore || passing !== '');

  function settleIfIdle(): void {
    if (!isBusy()) settling.settle();
  }

  return {
    draw(size, paint) {
      paint(frames.blank(size));
      hasMore = true;
      advance();
    },
    pass(sequence) {
      passing += sequence;
      advance();
    },
    invalidate: frames.forget,
    answered() {
      link = link.answered(nowMs());
      settleIfIdle();
      advance();
    },
    delayMs: () => link.delayMs(nowMs()),
    settled: () => (isBusy() ? settling.settled(null) : Promise.resolve()),
    async stop(waitMs) {
      isStopped = true;
      passing = '';
      if (isBusy()) await settling.settled(waitMs);
    },
    start() {
      isStopped = false;
      frames.forget();
      link = link.restarted();
    },
  };
}

type FramePair = {
  /** The next frame to draw on, empty. */
  readonly blank: (size: CanvasSize) => Canvas;
  /** The terminal shows something unknown. */
  readonly forget: () => void;
  /** What brings the terminal closer to the last frame. */
  readonly changes: (maxCharacters: number) => Difference;
};

/** What the terminal shows, and what it should show. */
function createFramePair(): FramePair {
  let shown = createCanvas({columns: 0, rows: 0});
  let wanted = shown;
  let isUnknown = true;
  return {
    blank(size) {
      if (size.columns === wanted.columns && size.rows === wanted.rows) clearCanvas(wanted);
      else {
        wanted = createCanvas(size);
        isUnknown = true;
      }
      return wanted;
    },
    forget() {
      isUnknown = true;
    },
    changes(maxCharacters) {
      if (!isUnknown) return difference(shown, wanted, maxCharacters);
      shown = createCanvas(wanted);
      isUnknown = false;
      const {text, isComplete} = difference(shown, wanted, maxCharacters);
      return {text: CLEAR_SCREEN + text, isComplete};
    },
  };
}

type Settling = {
  /** Resolves at the next `settle`, or after `waitMs` if that is not null. */
  readonly settled: (waitMs: number | null) => Promise<void>;
  readonly settle: () => void;
};

function createSettling(): Settling {
  const waiting = new Set<() => void>();
  return {
    settled: (waitMs) =>
      new Promise((resolve) => {
        const timer = waitMs === null ? undefined : setTimeout(() => end(), waitMs);
        const end = (): void => {
          clearTimeout(timer);
          waiting.delete(end);
          resolve();
        };
        waiting.add(end);
      }),
    settle() {
      for (const end of waiting) end();
    },
  };
}
