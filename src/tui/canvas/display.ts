import type {CanvasSize} from './canvas.ts';
import {createFramePair, type Paint} from './frame-pair.ts';
import {type Link, linkStart} from './link.ts';

/** Asks the terminal for its status: it answers once it has drawn everything before. */
const ASK_STATUS = '\u001b[5n';

const NOTHING_WRITTEN = {text: '', isComplete: false};

/** How long a terminal that owes no answer may take for what is being written when it is left. */
const LEAVE_MS = 500;
/** From then on, whoever leaves reads what is waited for; a Ctrl+C ends the wait. */
const SAY_WAITING_MS = 1_000;
/** In the last row, however many the terminal has. */
const WAITING = '\u001b[m\u001b[999;1H\u001b[2Kwaiting for the terminal (Ctrl+C ends it)';

/** Writes to the terminal; `done` is called when the terminal took it. */
export type WriteTerminal = (text: string, done: () => void) => void;

export type Display = {
  /**
   * Has a frame of this size painted and brings the terminal to it, as soon as the terminal takes it. What it
   * changes is written first if it is urgent: the effect of a key.
   */
  readonly draw: (size: CanvasSize, paint: Paint, isUrgent?: boolean) => void;
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
  /**
   * Drops what was not yet written, and resolves when the terminal took and answered the rest: what it answers later would be
   * typed into the next program. A terminal that does not answer is not waited for without end. `parting`: what ends the reports
   * that it sends by itself; one that answers is asked once more after it, so that none is on its way then.
   */
  readonly stop: (parting?: string) => Promise<void>;
  /** Ends the wait of `stop`: the terminal is gone, or its user waits no longer. */
  readonly hurry: () => void;
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
  let [isWriting, isStopped, hasMore, passing] = [false, false, false, ''];
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

  const send = (text: string): void => put(text, link.isAsking(nowMs()));

  function put(text: string, isAsking: boolean): void {
    link = link.written(Buffer.byteLength(text), isAsking, nowMs());
    [isWriting, passing] = [true, ''];
    write(isAsking ? text + ASK_STATUS : text, () => {
      isWriting = false;
      settleIfIdle();
      advance();
    });
  }

  const isBusy = (): boolean => isWriting || (!isStopped && (hasMore || passing !== ''));

  /** Whoever stops looks at each step whether anything is left to wait for. */
  const settleIfIdle = (): void => (isStopped || !isBusy() ? settling.settle() : undefined);

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
    settled: () => (isBusy() ? settling.settled() : Promise.resolve()),
    async stop(parting = '') {
      isStopped = true;
      passing = '';
      await waitToLeave({isWriting: () => isWriting, link: () => link, put, settling, nowMs}, parting);
    },
    hurry: settling.hurry,
    start() {
      isStopped = false;
      settling.restart();
      frames.forget();
      link = link.restarted();
    },
  };
}

/** What the end of a display depends on. */
type Leaving = {
  readonly isWriting: () => boolean;
  readonly link: () => Link;
  readonly put: (text: string, isAsking: boolean) => void;
  readonly settling: Settling;
  readonly nowMs: () => number;
};

/** Resolves when nothing is left to wait for. */
async function waitToLeave({isWriting, link, put, settling, nowMs}: Leaving, parting: string): Promise<void> {
  const untilMs = nowMs() + LEAVE_MS;
  const takingMs = (): number => (isWriting() ? untilMs - nowMs() : 0);
  const dueMs = (): number => Math.max(takingMs(), link().waitMs(nowMs()));
  // A terminal that does not take what is being written would take this one after it was left.
  const saying = setTimeout(() => (isWriting() ? undefined : put(WAITING, false)), SAY_WAITING_MS);
  // Of one that has answered nothing yet, the first answer says whether it will answer that question.
  await settling.settledWithin(() => (link().hasAnswered ? takingMs() : dueMs()));
  if (parting !== '' && link().hasAnswered && !isWriting() && !settling.isHurried()) put(parting, true);
  await settling.settledWithin(dueMs);
  clearTimeout(saying);
}

type Settling = {
  /** Resolves at the next `settle`. */
  readonly settled: () => Promise<void>;
  /** Resolves once no time is left; asked again after each `settle`. */
  readonly settledWithin: (leftMs: () => number) => Promise<void>;
  /** No time is left until `restart`. */
  readonly hurry: () => void;
  readonly isHurried: () => boolean;
  readonly restart: () => void;
  readonly settle: () => void;
};

function createSettling(): Settling {
  const waiting = new Set<() => void>();
  let isHurried = false;
  const settle = (): void => {
    for (const end of waiting) end();
  };
  const settled = (waitMs: number | null): Promise<void> =>
    new Promise((resolve) => {
      const timer = waitMs === null ? undefined : setTimeout(() => end(), waitMs);
      const end = (): void => {
        clearTimeout(timer);
        waiting.delete(end);
        resolve();
      };
      waiting.add(end);
    });
  return {
    settled: () => settled(null),
    async settledWithin(leftMs) {
      for (let ms = leftMs(); ms > 0 && !isHurried; ms = leftMs()) await settled(ms);
    },
    hurry() {
      isHurried = true;
      settle();
    },
    isHurried: () => isHurried,
    restart() {
      isHurried = false;
    },
    settle,
  };
}
