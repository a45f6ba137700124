import type {Canvas, CanvasSize} from './canvas.ts';
import {createFramePair} from './frame-pair.ts';
import {type Link, linkStart} from './link.ts';

/** Asks the terminal for its status: it answers once it has drawn everything before. */
const ASK_STATUS = '\u001b[5n';

const NOTHING_WRITTEN = {text: '', isComplete: false};

/** Writes to the terminal; `done` is called when the terminal took it. */
export type WriteTerminal = (text: string, done: () => void) => void;

export type Display = {
  /**
   * Draws a frame on an empty canvas of this size and brings the terminal to it, as soon as the terminal takes it. What it
   * changes is written first if it is urgent: the effect of a key.
   */
  readonly draw: (size: CanvasSize, paint: (canvas: Canvas) => void, isUrgent?: boolean) => void;
  /** Writes a sequence that changes no cell, between two frames. */
  readonly pass: (sequence: string) => void;
  /** The terminal shows something unknown: the next frame is written whole. */
  readonly invalidate: () => void;
  /** The terminal answered a status request. */
  readonly answered: () => void;
  /** Milliseconds the terminal lags behind, by its last answer, or by what waits for one; 0 if it never answers. */
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
  let [isWriting, isStopped, hasMore] = [false, false, false];
  let passing = '';
  let link: Link = linkStart;

  function advance(): void {
    if (isWriting || isStopped) return;
    if (passing !== '') send(passing);
    else if (hasMore) advanceFrame();
  }

  function advanceFrame(): void {
    const room = link.room(nowMs());
    const {text, isComplete} = room > 0 ? frames.changes(room, link.roomForRest(nowMs())) : NOTHING_WRITTEN;
    if (room > 0) {
      hasMore = !isComplete;
      link = link.holding(!isComplete, nowMs());
    }
    if (text !== '') send(text);
    else if (!hasMore) settleIfIdle();
    else if (link.isAsking(nowMs())) send(''); // The answer says when there is room again.
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
    draw(size, paint, isUrgent = false) {
      frames.paint(size, paint, isUrgent);
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
