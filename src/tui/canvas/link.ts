/** A terminal that has not answered its first question for so long is not waited for: most of these never answer. */
const NO_ANSWER_MS = 2_000;
/** After so long, the answer to a later question is lost: another program may have read it. */
const LOST_ANSWER_MS = 60_000;
/** Time between two questions. */
const ASK_INTERVAL_MS = 1_000;
/** Characters that may be on their way before the first answer: a whole screen of 120 by 40 with its styles. */
const FIRST_WINDOW = 16 * 1024;
/** More than a whole screen of 300 by 100 with its styles. */
const MAX_WINDOW = 256 * 1024;
const MIN_WINDOW = 1_000;
/** A question is asked early once this part of the window is used. */
const FULL_PART = 4;
/** How old the newest data on the screen may become on a link that carries less than what is drawn. */
const MAX_DELAY_MS = 1_000;

/**
 * How fast the terminal at the other end draws what is written, by its answers to status requests: buffers on the way hide
 * that from every write. Immutable.
 */
export type Link = {
  /** How many characters may be written now. */
  readonly room: (nowMs: number) => number;
  /** True if the next write should end with a question. */
  readonly isAsking: (nowMs: number) => boolean;
  /** True while an answer is expected. */
  readonly isWaiting: (nowMs: number) => boolean;
  readonly written: (characters: number, isAsking: boolean, nowMs: number) => Link;
  readonly answered: (nowMs: number) => Link;
  /** Milliseconds between a question and its answer, the open one included; 0 without any answer. */
  readonly delayMs: (nowMs: number) => number;
  /** After the terminal was in other hands: an answer may have gone to them. */
  readonly restarted: () => Link;
};

type LinkState = {
  readonly hasAnswered: boolean;
  /** When the open question was asked; null for none. */
  readonly askedAtMs: number | null;
  readonly lastAskedAtMs: number;
  /** Characters written since the last answered question was asked. */
  readonly onTheWay: number;
  /** Characters written after the open question. */
  readonly afterQuestion: number;
  readonly window: number;
  readonly lastDelayMs: number;
};

/** A link of which nothing is known. */
export const linkStart: Link = linkOf({
  hasAnswered: false,
  askedAtMs: null,
  lastAskedAtMs: Number.NEGATIVE_INFINITY,
  onTheWay: 0,
  afterQuestion: 0,
  window: FIRST_WINDOW,
  lastDelayMs: 0,
});

function linkOf(state: LinkState): Link {
  const {hasAnswered, askedAtMs, lastAskedAtMs, onTheWay, afterQuestion, window, lastDelayMs} = state;
  const isMuteAt = (nowMs: number): boolean => askedAtMs !== null && !hasAnswered && nowMs - askedAtMs > NO_ANSWER_MS;
  const isOpenAt = (nowMs: number): boolean => askedAtMs !== null && nowMs - askedAtMs <= LOST_ANSWER_MS;
  const onTheWayAt = (nowMs: number): number => (askedAtMs !== null && !isOpenAt(nowMs) ? 0 : onTheWay);
  return {
    room: (nowMs) => (isMuteAt(nowMs) ? Number.MAX_SAFE_INTEGER : Math.max(0, window - onTheWayAt(nowMs))),
    isAsking: (nowMs) =>
      !isMuteAt(nowMs) &&
      !isOpenAt(nowMs) &&
      (nowMs - lastAskedAtMs >= ASK_INTERVAL_MS || onTheWay >= window / FULL_PART),
    isWaiting: (nowMs) => !isMuteAt(nowMs) && isOpenAt(nowMs),
    written(characters, isAsking, nowMs) {
      const sent = {...state, onTheWay: onTheWayAt(nowMs) + characters};
      if (isAsking) return linkOf({...sent, askedAtMs: nowMs, lastAskedAtMs: nowMs, afterQuestion: 0});
      return linkOf({...sent, afterQuestion: afterQuestion + characters});
    },
    answered(nowMs) {
      if (askedAtMs === null) return linkOf(state);
      const delayMs = Math.max(1, nowMs - askedAtMs);
      const arrived = onTheWay - afterQuestion;
      return linkOf({
        ...state,
        hasAnswered: true,
        askedAtMs: null,
        onTheWay: afterQuestion,
        window: nextWindow(window, arrived, delayMs),
        lastDelayMs: delayMs,
      });
    },
    delayMs(nowMs) {
      if (!hasAnswered) return 0;
      return askedAtMs === null ? lastDelayMs : Math.max(lastDelayMs, nowMs - askedAtMs);
    },
    restarted: () => linkOf({...state, askedAtMs: null, onTheWay: 0, afterQuestion: 0}),
  };
}

/** As much as arrives in the longest delay, growing again with each quick answer. */
function nextWindow(window: number, arrived: number, delayMs: number): number {
  if (delayMs <= MAX_DELAY_MS / 2) return Math.min(MAX_WINDOW, window * 2);
  return Math.max(MIN_WINDOW, Math.min(window, Math.round((arrived * MAX_DELAY_MS) / delayMs)));
}
