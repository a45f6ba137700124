import type {RunEvent} from '../../../domain/lifecycle/lifecycle.ts';
import type {HangEvidence, Unanswered} from '../../../domain/lifecycle/lifecycle-findings.ts';
import type {WithoutTime} from '../../loop/clock.ts';
import type {Observe} from '../../snapshot/observation.ts';
import {every} from '../every.ts';

/** From then on the state shows it: three ticks of the metrics without a response, just before their data counts as stale. */
export const UNANSWERED_AFTER_MS = 3_000;
/** From then on another path is asked: metrics alone are late during a long step of some engines. */
const IN_DOUBT_AFTER_MS = 1_500;
const TICK_MS = 500;
/** A server that generated text counts as answering for this long: the next token is requested before that. */
const GENERATED_HOLDS_MS = 20_000;
/** Of a longer time between two ticks only this much counts: this process did not run. */
const LONGEST_TICK_MS = 1_000;

export type AnswerWatchOptions = {
  readonly runId: string;
  readonly clock: {readonly monotonicMs: () => number};
  /** Whether the engine should answer at all. */
  readonly isServing: () => boolean;
  /** As configured now: after this long without any response, the engine counts as degraded. */
  readonly degradedAfterMs: () => number;
  /** How long it had responded to nothing when the watch begins, after an earlier supervisor. */
  readonly earlier?: Unanswered;
  /** What its processes do, for the report. */
  readonly findEvidence: () => Promise<HangEvidence>;
  readonly observe: Observe;
  readonly post: (event: WithoutTime<RunEvent>) => void;
};

export type AnswerWatch = {
  /** The engine's HTTP server responded to something, whatever its status. */
  readonly responded: () => void;
  /** The engine has generated text for a probe: its server answers, whatever its metrics and its health path do. */
  readonly generated: () => void;
  /** True while neither metrics nor the health path respond. */
  readonly isInDoubt: () => boolean;
  readonly stop: () => void;
};

/**
 * Watches whether the HTTP server of a serving engine responds to anything. An engine in a long step still does: its
 * server is another process or thread. Observes for how long it has not, and posts `server-silent` and
 * `server-answers`.
 */
export function watchAnswers(options: AnswerWatchOptions): AnswerWatch {
  const {runId, clock, isServing, degradedAfterMs, findEvidence, observe, post} = options;
  let silentMs = 0;
  let generatedHoldsMs = 0;
  let unansweredMs = 0;
  /** Of before the watch; none after the first answer. */
  let earlier: Unanswered = options.earlier ?? {unansweredMs: 0};
  const unanswered = (): Unanswered => ({...earlier, unansweredMs: earlier.unansweredMs + unansweredMs});
  let tickedAtMs = clock.monotonicMs();
  let isShown = false;
  let report: 'none' | 'prepared' | 'posted' = 'none';
  const answered = (): void => {
    unansweredMs = 0;
    earlier = {unansweredMs: 0};
    if (isShown) observe({type: 'unanswered', unansweredMs: null});
    if (report === 'posted') post({type: 'server-answers', runId});
    isShown = false;
    report = 'none';
  };
  const responded = (): void => {
    silentMs = 0;
    answered();
  };
  const prepareReport = async (): Promise<void> => {
    report = 'prepared';
    const seen = await findEvidence();
    // It may have answered meanwhile.
    if (report !== 'prepared') return;
    report = 'posted';
    post({type: 'server-silent', runId, ...unanswered(), ...seen});
  };
  const stop = every(TICK_MS, async () => {
    const nowMs = clock.monotonicMs();
    const elapsedMs = Math.min(LONGEST_TICK_MS, Math.max(0, nowMs - tickedAtMs));
    tickedAtMs = nowMs;
    if (!isServing()) return responded();
    silentMs += elapsedMs;
    const heldMs = Math.min(generatedHoldsMs, elapsedMs);
    generatedHoldsMs -= heldMs;
    unansweredMs += elapsedMs - heldMs;
    if (unansweredMs < UNANSWERED_AFTER_MS) return;
    isShown = true;
    observe({type: 'unanswered', ...unanswered()});
    if (report === 'none' && unanswered().unansweredMs >= degradedAfterMs()) void prepareReport();
  });
  const generated = (): void => {
    generatedHoldsMs = GENERATED_HOLDS_MS;
    answered();
  };
  return {responded, generated, isInDoubt: () => silentMs >= IN_DOUBT_AFTER_MS, stop};
}
