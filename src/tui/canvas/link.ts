/** A terminal that has not answered its first question for so long is not waited for: most of these never answer. */
const NO_ANSWER_MS = 2_000;
/** After so long, the answer to a later question is lost: another program may have read it. */
const LOST_ANSWER_MS = 60_000;
/** Answers come in the order of the questions: when one of several came, those that are not lost follow within this time. */
const NEXT_ANSWER_MS = 5_000;
/** Whoever leaves waits so many times as long as the last answer took, on a bad line up to the longest time: each answer may be lost. */
const LATE_FACTOR = 3;
const LONGEST_WAIT_MS = 30_000;
/** Time between two questions. */
const ASK_INTERVAL_MS = 1_000;
/** The first question follows so much, the header: its answer says how far away the terminal is, and the next one how much is carried. */
const FIRST_BYTES = 250;
/** More than a whole screen of 300 by 100 with its styles. */
const MAX_WINDOW = 256 * 1024;
const MIN_WINDOW = 1_000;
/** What is not urgent uses no more of the window. */
const REST_PART = 0.6;
/** A question is asked early once this part of the window is used. */
const FULL_PART = 4;
/**
 * How long what is drawn may wait on a link that carries less. The picture is renewed once per answer, which takes the way, twice,
 * and this: with more, it would be older than two seconds before the next one.
 */
const MAX_DELAY_MS = 500;
/** The shortest time of an answer to little may include what others have on the link. */
const MAX_WAY_MS = 1_000;
/** So much of what a link has carried at least is on the way at most: an answer may take this time and be no older than the longest. */
const MAX_AGE_MS = MAX_WAY_MS + MAX_DELAY_MS;
/** Less than this says nothing about what a link carries. */
const LEAST_DELAY_MS = 10;
/** A link that has not taken a whole frame for so long is slow, whatever its answers say. */
const HELD_MS = 1_000;

/**
 * How fast the terminal at the other end draws what is written, by its answers to status requests: buffers on the way hide
 * that from every write. Immutable.
 */
export type Link = {
  /** True once any question was answered. */
  readonly hasAnswered: boolean;
  /** How many bytes may be written now. */
  readonly room: (nowMs: number) => number;
  /** How many of them may be other than urgent: the header and the key of the next second find room without waiting for an answer. */
  readonly roomForRest: (nowMs: number) => number;
  /** True if the next write should end with a question. */
  readonly isAsking: (nowMs: number) => boolean;
  /** How many milliseconds an answer may still take that no other program is to read; 0 where none is due. */
  readonly waitMs: (nowMs: number) => number;
  /** So many bytes were written: a border or a point of a plot is one character of three. */
  readonly written: (bytes: number, isAsking: boolean, nowMs: number) => Link;
  readonly answered: (nowMs: number) => Link;
  /** Whether part of a frame has to wait for room. */
  readonly holding: (isHolding: boolean, nowMs: number) => Link;
  /**
   * Milliseconds between a question and its answer, the open one included; a second at least while no frame was written whole
   * for so long. 0 without any answer.
   */
  readonly delayMs: (nowMs: number) => number;
  /** After the terminal was in other hands: an answer may have gone to them, or may still come. */
  readonly restarted: () => Link;
};

type LinkState = {
  readonly hasAnswered: boolean;
  /** When the open question was asked; null for none. */
  readonly askedAtMs: number | null;
  readonly lastAskedAtMs: number;
  /** Questions without an answer, those that may be lost included. */
  readonly unanswered: number;
  readonly lastAnsweredAtMs: number;
  /** Bytes written since the last answered question was asked. */
  readonly onTheWay: number;
  /** When the first of them were written. */
  readonly onTheWaySinceMs: number;
  /** Bytes written after the open question. */
  readonly afterQuestion: number;
  /** When the first of them were written. */
  readonly afterQuestionSinceMs: number;
  readonly window: number;
  readonly lastDelayMs: number;
  /** The shortest time of an answer to little: that of the way itself, whatever it carries. Null before the first. */
  readonly wayMs: number | null;
  /** Since when frames are not written whole; null while they are. */
  readonly heldSinceMs: number | null;
};

/** A link of which nothing is known. */
export const linkStart: Link = linkOf({
  hasAnswered: false,
  askedAtMs: null,
  lastAskedAtMs: Number.NEGATIVE_INFINITY,
  unanswered: 0,
  lastAnsweredAtMs: Number.NEGATIVE_INFINITY,
  onTheWay: 0,
  onTheWaySinceMs: Number.NEGATIVE_INFINITY,
  afterQuestion: 0,
  afterQuestionSinceMs: Number.NEGATIVE_INFINITY,
  window: MIN_WINDOW,
  lastDelayMs: 0,
  wayMs: null,
  heldSinceMs: null,
});

function linkOf(state: LinkState): Link {
  const {hasAnswered, askedAtMs, lastAskedAtMs, lastAnsweredAtMs, onTheWay, afterQuestion, window, lastDelayMs} = state;
  // Also after another program had the terminal: one that answers nothing is not asked again.
  const isMuteAt = (nowMs: number): boolean =>
    state.unanswered > 0 && !hasAnswered && nowMs - lastAskedAtMs > NO_ANSWER_MS;
  const isOpenAt = (nowMs: number): boolean => askedAtMs !== null && nowMs - askedAtMs <= LOST_ANSWER_MS;
  const waitMsAt = (nowMs: number): number => leftToWaitMs(state, nowMs);
  // What is known sooner is known of less; while an answer takes longer than it should, nothing says that more would arrive.
  const windowAt = (nowMs: number): number => {
    if (lastAskedAtMs === Number.NEGATIVE_INFINITY) return FIRST_BYTES;
    const isLate = isOpenAt(nowMs) && askedAtMs !== null && nowMs - askedAtMs > (state.wayMs ?? 0) + MAX_DELAY_MS;
    return isLate && hasAnswered ? MIN_WINDOW : window;
  };
  const onTheWayAt = (nowMs: number): number => (askedAtMs !== null && !isOpenAt(nowMs) ? 0 : onTheWay);
  const roomIn = (part: number, nowMs: number): number =>
    isMuteAt(nowMs) ? Number.MAX_SAFE_INTEGER : Math.max(0, Math.floor(windowAt(nowMs) * part) - onTheWayAt(nowMs));
  return {
    hasAnswered,
    room: (nowMs) => roomIn(1, nowMs),
    roomForRest: (nowMs) => roomIn(hasAnswered ? REST_PART : 1, nowMs),
    isAsking: (nowMs) =>
      !isMuteAt(nowMs) &&
      !isOpenAt(nowMs) &&
      // More questions than one are open only where answers may be lost: which of them one belongs to is certain after the last.
      !(lastAnsweredAtMs > lastAskedAtMs && waitMsAt(nowMs) > 0) &&
      (nowMs - lastAskedAtMs >= ASK_INTERVAL_MS || onTheWay >= window / FULL_PART),
    waitMs: waitMsAt,
    written(bytes, isAsking, nowMs) {
      const before = onTheWayAt(nowMs);
      const onTheWaySinceMs = before === 0 ? nowMs : state.onTheWaySinceMs;
      const sent = {...state, onTheWay: before + bytes, onTheWaySinceMs};
      const unanswered = (areLost(state, nowMs) ? 0 : state.unanswered) + 1;
      if (isAsking) return linkOf({...sent, askedAtMs: nowMs, lastAskedAtMs: nowMs, unanswered, afterQuestion: 0});
      const afterQuestionSinceMs = afterQuestion === 0 ? nowMs : state.afterQuestionSinceMs;
      return linkOf({...sent, afterQuestion: afterQuestion + bytes, afterQuestionSinceMs});
    },
    answered(nowMs) {
      const heard = {...state, unanswered: Math.max(0, state.unanswered - 1), lastAnsweredAtMs: nowMs};
      if (askedAtMs === null) return linkOf(heard);
      const delayMs = Math.max(1, nowMs - askedAtMs);
      const arrived = onTheWay - afterQuestion;
      const wayMs = nextWayMs(state.wayMs, arrived, delayMs);
      return linkOf({
        ...heard,
        hasAnswered: true,
        askedAtMs: null,
        onTheWay: afterQuestion,
        onTheWaySinceMs: state.afterQuestionSinceMs,
        window: nextWindow(window, {bytes: arrived, delayMs, sinceMs: nowMs - state.onTheWaySinceMs}, wayMs ?? 0),
        lastDelayMs: delayMs,
        wayMs,
      });
    },
    delayMs(nowMs) {
      if (!hasAnswered) return 0;
      const isHeld = state.heldSinceMs !== null && nowMs - state.heldSinceMs >= HELD_MS;
      return Math.max(lastDelayMs, isHeld ? HELD_MS : 0, askedAtMs === null ? 0 : nowMs - askedAtMs);
    },
    holding: (isHolding, nowMs) => linkOf({...state, heldSinceMs: isHolding ? (state.heldSinceMs ?? nowMs) : null}),
    restarted: () => linkOf({...state, heldSinceMs: null, askedAtMs: null, onTheWay: 0, afterQuestion: 0}),
  };
}

/** True if one of several questions was answered and nothing followed: the answers to the others went to another program. */
function areLost({lastAskedAtMs, lastAnsweredAtMs}: LinkState, nowMs: number): boolean {
  return lastAnsweredAtMs > lastAskedAtMs && nowMs - lastAnsweredAtMs > NEXT_ANSWER_MS;
}

function leftToWaitMs(state: LinkState, nowMs: number): number {
  const {unanswered, hasAnswered, lastAskedAtMs, lastAnsweredAtMs, lastDelayMs} = state;
  if (unanswered === 0) return 0;
  const answerMs = Math.min(LONGEST_WAIT_MS, Math.max(NEXT_ANSWER_MS, LATE_FACTOR * lastDelayMs));
  const untilMs =
    lastAnsweredAtMs > lastAskedAtMs
      ? lastAnsweredAtMs + NEXT_ANSWER_MS
      : lastAskedAtMs + (hasAnswered ? answerMs : NO_ANSWER_MS);
  return Math.max(0, untilMs - nowMs);
}

/** What an answer says: so many bytes have arrived, which were written from `sinceMs` before it on. */
type Arrived = {readonly bytes: number; readonly delayMs: number; readonly sinceMs: number};

/** As much as arrives in the longest delay besides the way itself. */
function nextWindow(window: number, {bytes, delayMs, sinceMs}: Arrived, wayMs: number): number {
  if (delayMs - wayMs > MAX_DELAY_MS / 2)
    return Math.max(MIN_WINDOW, Math.min(window, Math.round((bytes * (wayMs + MAX_DELAY_MS)) / delayMs)));
  // An answer to little does not show that the link carries more.
  if (bytes < window / 2) return window;
  // The way may be shorter than it seems, and then the line carries less: so much at least arrives in that time, whatever it is.
  const bytesPerMs = bytes / Math.max(LEAST_DELAY_MS, sinceMs);
  const certain = Math.round(bytesPerMs * MAX_DELAY_MS);
  // On a busy host every answer is late, and the way seems long.
  const bearable = Math.round(bytesPerMs * MAX_AGE_MS);
  return Math.min(MAX_WINDOW, Math.max(window, certain, Math.min(bearable, Math.max(bytes, window) * 2)));
}

function nextWayMs(wayMs: number | null, arrived: number, delayMs: number): number | null {
  if (arrived > MIN_WINDOW) return wayMs;
  return Math.min(wayMs ?? Number.POSITIVE_INFINITY, delayMs, MAX_WAY_MS);
}
