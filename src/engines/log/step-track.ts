import type {Finding} from '../../domain/diagnosis/finding.ts';
import {noStepFinding, stalledFinding, unansweredFinding} from '../../domain/lifecycle/lifecycle-findings.ts';
import {isPending, LONG_STALL_MS, type PendingRequests} from '../../domain/traffic/forward-progress.ts';
import type {LoggedTraffic} from '../../samples/logged-traffic.ts';
import {lastingText} from '../../shared/quantities/durations.ts';
import {withinWords} from '../../shared/within-words.ts';
import type {EngineLogEvent} from '../engine.ts';
import {MAX_EVIDENCE_LENGTH} from './failure-catalog.ts';
import type {NumberedLine} from './log-interpreter.ts';

const LOOK_REMEDY =
  'py-spy dump --pid PID | gantry diagnose of each of its processes shows where they wait, and dmesg -T whether a GPU reported an Xid.';
const RESTART_REMEDY = `Restart the engine: /health may still answer. Before that, learn why it hangs: ${LOOK_REMEDY}`;
const UNCERTAIN_REMEDY = `This text does not tell whether it hangs, or whether its clients gave up: see whether it generates tokens now (gantry status, or its counter of generated tokens, twice). If not: ${LOOK_REMEDY}`;

/** Lines since the last step that show that none followed. */
type Standstill = {
  /** From when to when there was no step at least, by the log's own clock; null without times. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  /** The longest time that the engine itself names; 0 if it names none. */
  readonly saidSeconds: number;
  /** The last of these lines. */
  readonly line: NumberedLine;
  /** Each of these lines has a finding of its own. */
  readonly isExplained: boolean;
};

/** What one such line shows. */
type Shown = Pick<Standstill, 'fromMs' | 'isExplained'> & {readonly seconds: number};

/**
 * Whether an engine that serves still makes steps, by what it logs. Lines that stop say nothing: an engine without requests
 * logs none, and of one with requests the text may have been taken before the next one.
 */
export class StepTrack {
  #pending: PendingRequests | null = null;
  #standstill: Standstill | null = null;
  /** The newest line about requests, if another one has to follow it while they last. */
  #unfollowed: {readonly atMs: number; readonly line: NumberedLine} | null = null;
  #periodicMs: number | null = null;
  #lastMs: number | null = null;

  /** Takes the events of a line. */
  take(events: readonly EngineLogEvent[], line: NumberedLine, atMs: number | null): void {
    this.#lastMs = atMs ?? this.#lastMs;
    const isExplained = events.some(({type}) => type === 'notice');
    for (const event of events) {
      if (event.type === 'traffic') this.#takeTraffic(event.traffic, line, atMs);
      else if (event.type === 'step-awaited')
        this.#stand(line, atMs, {
          fromMs: atMs === null ? null : atMs - event.seconds * 1000,
          seconds: event.seconds,
          isExplained,
        });
      else if (isStep(event)) this.#step();
    }
  }

  /** How long one of its processes has not answered, as the engine says. */
  get awaited(): {readonly line: NumberedLine; readonly seconds: number} | null {
    if (this.#standstill === null || this.#standstill.saidSeconds === 0) return null;
    return {line: this.#standstill.line, seconds: this.#standstill.saidSeconds};
  }

  #takeTraffic(traffic: LoggedTraffic, line: NumberedLine, atMs: number | null): void {
    const {runningRequests, waitingRequests} = traffic;
    const pending = {runningRequests: runningRequests ?? 0, waitingRequests: waitingRequests ?? 0};
    this.#pending = isPending(pending) ? pending : null;
    const beforeMs = this.#periodicMs;
    if (isPeriodic(traffic)) this.#periodicMs = atMs;
    if (this.#pending !== null && isWithoutTokens(traffic)) {
      this.#stand(line, atMs, {fromMs: beforeMs ?? atMs, seconds: 0, isExplained: false});
      return;
    }
    this.#step();
    this.#unfollowed = atMs !== null && mustBeFollowed(traffic) ? {atMs, line} : null;
  }

  #step(): void {
    this.#standstill = null;
    this.#unfollowed = null;
  }

  #stand(line: NumberedLine, atMs: number | null, {fromMs, seconds, isExplained}: Shown): void {
    const known = this.#standstill;
    this.#unfollowed = null;
    this.#standstill = {
      fromMs: earliest(known?.fromMs ?? null, fromMs),
      toMs: atMs ?? known?.toMs ?? null,
      saidSeconds: Math.max(known?.saidSeconds ?? 0, seconds),
      line,
      isExplained: isExplained && known?.isExplained !== false,
    };
  }

  /** True if the log ends without a step for longer than any step takes. */
  get isStalled(): boolean {
    return this.#stalledMs >= LONG_STALL_MS;
  }

  get #stalledMs(): number {
    if (this.#standstill === null) return 0;
    const {fromMs, toMs, saidSeconds} = this.#standstill;
    return Math.max(saidSeconds * 1000, fromMs === null || toMs === null ? 0 : toMs - fromMs);
  }

  /** That it makes no steps, or may make none; empty for an engine that worked, or had nothing to do, at the end of the log. */
  findings(): readonly Finding[] {
    if (this.#standstill !== null) return this.#standstillFindings(this.#standstill);
    const silentMs = this.#unfollowed === null ? 0 : (this.#lastMs ?? 0) - this.#unfollowed.atMs;
    if (this.#pending === null || this.#unfollowed === null || silentMs < LONG_STALL_MS) return [];
    const stall = {...this.#pending, stalledMs: silentMs, isAtLeast: true as const};
    return [noStepFinding(stall, {evidence: evidenceOf(this.#unfollowed.line), remedy: UNCERTAIN_REMEDY})];
  }

  #standstillFindings({line, isExplained, saidSeconds}: Standstill): readonly Finding[] {
    const stalledMs = this.#stalledMs;
    const evidence = evidenceOf(line);
    const stall =
      this.#pending === null || stalledMs === 0 ? null : {...this.#pending, stalledMs, isAtLeast: true as const};
    const sentence =
      saidSeconds > 0
        ? `One of its processes has not answered for ${lastingText(stalledMs, true)}.`
        : 'Its last periodic line has requests and no tokens.';
    if (this.isStalled) {
      const found = stall === null ? unansweredFinding(sentence) : stalledFinding(stall);
      return [{...found, evidence, remedy: RESTART_REMEDY}];
    }
    if (isExplained) return [];
    return [
      stall === null
        ? {
            ...unansweredFinding(sentence),
            severity: 'warning',
            message: `The engine may have stopped generating tokens: ${sentence}`,
            evidence,
            remedy: UNCERTAIN_REMEDY,
          }
        : noStepFinding(stall, {evidence, remedy: UNCERTAIN_REMEDY}),
    ];
  }
}

/** A start that continues, and a request that does; that one begins shows nothing of a step. */
function isStep(event: EngineLogEvent): boolean {
  if (event.type === 'request') return event.request.part !== 'started';
  return event.type === 'ready' || event.type === 'phase' || event.type === 'progress';
}

function earliest(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other);
}

/** It has both rates; a line of a batch has that of its kind. */
function isPeriodic({promptTokensPerSecond, generationTokensPerSecond}: LoggedTraffic): boolean {
  return promptTokensPerSecond !== null && generationTokensPerSecond !== null;
}

/** A batch without tokens was a step. */
function isWithoutTokens({promptTokensPerSecond, generationTokensPerSecond}: LoggedTraffic): boolean {
  return promptTokensPerSecond === 0 && generationTokensPerSecond === 0;
}

/** After a periodic line with tokens there is always another one; after a batch, if requests wait for theirs. */
function mustBeFollowed(traffic: LoggedTraffic): boolean {
  return isPeriodic(traffic) || (traffic.waitingRequests ?? 0) > 0;
}

function evidenceOf({number, text}: NumberedLine): string {
  return `line ${number}: ${withinWords(text, MAX_EVIDENCE_LENGTH)}`;
}

/**
 * The same where several engines of data parallelism write one log: the steps of one do not show that another one makes any.
 * Without a number, or with one number, there is one engine.
 */
export class StepTracks {
  readonly #first = new StepTrack();
  readonly #byReplica = new Map<number, StepTrack>();

  take(events: readonly EngineLogEvent[], line: NumberedLine, atMs: number | null): void {
    for (const event of events) if (event.type === 'traffic' && event.replica !== undefined) this.#add(event.replica);
    if (this.#byReplica.size < 2) {
      this.#first.take(events, line, atMs);
      return;
    }
    // An answer to a client may come from any of them.
    for (const [replica, track] of this.#byReplica) {
      const own = events.filter((event) =>
        event.type === 'traffic' ? event.replica === replica : event.type !== 'request',
      );
      track.take(own, line, atMs);
    }
  }

  #add(replica: number): void {
    if (this.#byReplica.has(replica)) return;
    this.#byReplica.set(replica, this.#byReplica.size === 0 ? this.#first : new StepTrack());
  }

  get awaited(): StepTrack['awaited'] {
    return this.#all.map(({awaited}) => awaited).find((awaited) => awaited !== null) ?? null;
  }

  get isStalled(): boolean {
    return this.#all.some(({isStalled}) => isStalled);
  }

  /** Of the engine that hangs for certain, otherwise of the first that may hang. */
  findings(): readonly Finding[] {
    const stalled = this.#all.find(({isStalled}) => isStalled);
    return stalled?.findings() ?? this.#all.map((track) => track.findings()).find(({length}) => length > 0) ?? [];
  }

  get #all(): readonly StepTrack[] {
    return this.#byReplica.size < 2 ? [this.#first] : [...this.#byReplica.values()];
  }
}
