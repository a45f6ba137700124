import type {ApiError} from '../api/commands.ts';

/** Why a supervisor says nothing for this long; null if it may still answer. */
export type SilenceJudge = (silentMs: number) => Promise<ApiError | null>;

/** Ends a request with what is wrong with the supervisor, instead of the connection. */
export class VerdictError extends Error {
  readonly verdict: ApiError;

  constructor(verdict: ApiError) {
    super(verdict.message);
    this.verdict = verdict;
  }
}

/** A supervisor that is not in trouble answers sooner, also on a busy host. */
const ASK_AFTER_MS = 1_500;
const ASK_EVERY_MS = 1_000;

export type SilenceWatch = {
  /** Something arrived. From now on a silence is only asked about after `quietMs`. */
  readonly heard: (quietMs?: number) => void;
  readonly end: () => void;
};

/**
 * While nothing arrives, asks the judge once a second, and calls `onVerdict` with its first answer. What arrives only notes the
 * time: as long as a stream is lively, the process does not wake up for this more often than once in `quietMs`.
 */
export function watchSilence(judge: SilenceJudge | undefined, onVerdict: (error: VerdictError) => void): SilenceWatch {
  if (judge === undefined) return {heard: () => undefined, end: () => undefined};
  let sinceMs = performance.now();
  let askAfterMs = ASK_AFTER_MS;
  let isEnded = false;
  const look = async (): Promise<void> => {
    const silentMs = performance.now() - sinceMs;
    if (silentMs < askAfterMs) return lookIn(askAfterMs - silentMs);
    // A judge that cannot look, as on a disk that does not respond, has no verdict.
    const verdict = await judge(silentMs).catch(() => null);
    // It may have spoken meanwhile.
    if (verdict !== null && performance.now() - sinceMs > silentMs) onVerdict(new VerdictError(verdict));
    lookIn(ASK_EVERY_MS);
  };
  let timer: NodeJS.Timeout | undefined;
  function lookIn(ms: number): void {
    if (!isEnded) timer = setTimeout(() => void look(), ms);
  }
  lookIn(askAfterMs);
  return {
    heard(quietMs = ASK_AFTER_MS) {
      sinceMs = performance.now();
      askAfterMs = quietMs;
    },
    end() {
      isEnded = true;
      clearTimeout(timer);
    },
  };
}
