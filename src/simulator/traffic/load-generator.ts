import {type Random, seededRandom, waitingTime, wholeNumber} from '../node/seeded-random.ts';
import type {RequestSpec} from './request.ts';

/** Traffic pattern. */
export type LoadPattern = 'steady' | 'burst' | 'idle';

/** Limits of the traffic. Times in monotonic ms. */
export type LoadOptions = {
  readonly pattern: LoadPattern;
  readonly seed: number;
  readonly startsAtMs: number;
  readonly maxModelLen: number;
  /** Tokens that the KV cache holds: the traffic adapts to it. */
  readonly capacityTokens: number;
  /** Requests that the engine runs at the same time: a team does not open more sessions than that. */
  readonly maxNumSeqs: number;
};

/** A coding agent: its context grows turn by turn, and almost all of it is in the prefix cache. */
type Session = {
  readonly key: string;
  contextTokens: number;
  turnsLeft: number;
  nextTurnAtMs: number;
  isWaiting: boolean;
  turn: number;
};

const WAVE_PERIOD_MS = 300_000;
const FEWEST_SESSIONS = 12;
const MOST_SESSIONS = 34;
/** What one session uses of the cache; more sessions than fit would thrash it. */
const TYPICAL_SESSION_TOKENS = 19_000;
const CACHE_SHARE = 0.74;
/** Sessions open one by one: users do not all arrive in the same second. */
const FIRST_SESSIONS = 5;
const FIRST_SESSIONS_APART_MS = 900;
const SESSION_EVERY_MS = 2_500;
const BURST_EVERY_MS = 60_000;
const BURST_REQUESTS = 48;
/** System prompt and tool descriptions, the same for every session. */
const SHARED_PREFIX_TOKENS = 6_144;
const SHARED_PREFIX_KEY = 'shared-prefix';
const MEAN_THINK_MS = 4_500;

/**
 * The traffic of a team of coding agents, in a wave of some minutes, or in bursts. A closed loop: the next turn of a
 * session starts when the previous answer has been read. Deterministic for a seed.
 */
export class LoadGenerator {
  readonly #options: LoadOptions;
  readonly #random: Random;
  readonly #sessions = new Map<string, Session>();
  readonly #sessionOfRequest = new Map<string, Session>();
  #sessionCount = 0;
  #requestCount = 0;
  #nextBurstAtMs: number;
  #nextSessionAtMs: number;
  #pattern: LoadPattern;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#pattern = options.pattern;
    this.#random = seededRandom(options.seed);
    this.#nextBurstAtMs = options.startsAtMs + 10_000;
    this.#nextSessionAtMs = options.startsAtMs;
  }

  /** Changes the pattern from now on: a burst starts immediately. */
  follow(pattern: LoadPattern, nowMs: number): void {
    if (pattern === this.#pattern) return;
    this.#pattern = pattern;
    this.#nextBurstAtMs = nowMs;
  }

  /** Requests that arrive up to `nowMs`, in the order of their arrival. */
  takeArrivals(nowMs: number): readonly RequestSpec[] {
    if (this.#pattern === 'idle' || nowMs < this.#options.startsAtMs) return [];
    this.#openSessions(nowMs);
    const due = [...this.#sessions.values()].filter((session) => !session.isWaiting && session.nextTurnAtMs <= nowMs);
    const turns = due.map((session) => this.#nextTurn(session));
    const arrivals = [...turns, ...this.#burst(nowMs)];
    return arrivals.toSorted((left, right) => left.arrivedAtMs - right.arrivedAtMs);
  }

  /** An answer is complete; requests of others are ignored. */
  finished(id: string, nowMs: number, generatedTokens: number): void {
    const session = this.#sessionOfRequest.get(id);
    if (session === undefined) return;
    this.#sessionOfRequest.delete(id);
    session.isWaiting = false;
    session.contextTokens += generatedTokens;
    session.turnsLeft -= 1;
    session.nextTurnAtMs = nowMs + 800 + waitingTime(this.#random, MEAN_THINK_MS);
    const isOverLimit = session.contextTokens + 2 * this.#growthLimit > this.#contextLimit;
    const isOneTooMany = this.#sessions.size > this.#wantedSessions(nowMs);
    if (session.turnsLeft <= 0 || isOverLimit || isOneTooMany) this.#sessions.delete(session.key);
  }

  /** Sessions that should be open now: a wave, flat in the burst pattern. */
  #wantedSessions(nowMs: number): number {
    const fitting = Math.max(1, Math.floor((CACHE_SHARE * this.#options.capacityTokens) / TYPICAL_SESSION_TOKENS));
    const most = Math.min(MOST_SESSIONS, fitting, this.#options.maxNumSeqs);
    const fewest = Math.min(FEWEST_SESSIONS, Math.ceil(most / 3));
    if (this.#pattern === 'burst') return fewest;
    const phase = ((nowMs - this.#options.startsAtMs) / WAVE_PERIOD_MS) * 2 * Math.PI;
    const height = 0.5 - 0.5 * Math.cos(phase + 0.9);
    return Math.round(fewest + (most - fewest) * height);
  }

  #openSessions(nowMs: number): void {
    const wanted = this.#wantedSessions(nowMs);
    while (this.#sessions.size < wanted) {
      if (this.#sessionCount >= FIRST_SESSIONS) {
        if (nowMs < this.#nextSessionAtMs) return;
        this.#nextSessionAtMs = nowMs + SESSION_EVERY_MS;
      }
      this.#sessionCount += 1;
      const key = `session-${this.#sessionCount}`;
      this.#sessions.set(key, {
        key,
        contextTokens: this.#sessionCount === 1 ? Math.ceil(this.#contextLimit * 0.1) : this.#firstContext(),
        turnsLeft: wholeNumber(this.#random, 6, 22),
        nextTurnAtMs: nowMs + Math.min(FIRST_SESSIONS, this.#sessionCount - 1) * FIRST_SESSIONS_APART_MS,
        isWaiting: false,
        turn: 0,
      });
    }
  }

  /** No session grows beyond this: the context length, and a fair share of the cache. */
  get #contextLimit(): number {
    return Math.min(this.#options.maxModelLen * 0.85, this.#options.capacityTokens / 16, 40_000);
  }

  get #growthLimit(): number {
    return Math.max(16, Math.min(1_700, this.#contextLimit / 12));
  }

  #firstContext(): number {
    return wholeNumber(
      this.#random,
      Math.min(7_000, this.#contextLimit * 0.2),
      Math.min(15_000, this.#contextLimit * 0.5),
    );
  }

  #nextTurn(session: Session): RequestSpec {
    const known = session.turn === 0 ? 0 : session.contextTokens;
    session.turn += 1;
    session.isWaiting = true;
    session.contextTokens += wholeNumber(this.#random, this.#growthLimit * 0.08, this.#growthLimit);
    const spec = this.#request({
      key: session.key,
      knownTokens: known,
      arrivedAtMs: session.nextTurnAtMs,
      promptTokens: session.contextTokens,
      naturalTokens: this.#answerTokens(),
    });
    this.#sessionOfRequest.set(spec.id, session);
    return spec;
  }

  /** Most turns call a tool with few tokens; some write a file. */
  #answerTokens(): number {
    const isLong = this.#random() < 0.25;
    const [low, high] = isLong ? [600, 1_900] : [120, 560];
    return Math.max(1, Math.min(wholeNumber(this.#random, low, high), Math.floor(this.#growthLimit)));
  }

  #burst(nowMs: number): readonly RequestSpec[] {
    if (this.#pattern !== 'burst' || nowMs < this.#nextBurstAtMs) return [];
    const startsAtMs = this.#nextBurstAtMs;
    this.#nextBurstAtMs += BURST_EVERY_MS;
    return Array.from({length: BURST_REQUESTS}, (_, at) =>
      this.#request({
        key: `burst-${startsAtMs}-${at}`,
        knownTokens: 0,
        arrivedAtMs: Math.min(nowMs, startsAtMs + at * 20),
        promptTokens: this.#firstContext(),
        naturalTokens: this.#answerTokens(),
      }),
    );
  }

  #request(turn: {
    readonly key: string;
    readonly knownTokens: number;
    readonly arrivedAtMs: number;
    readonly promptTokens: number;
    readonly naturalTokens: number;
  }): RequestSpec {
    this.#requestCount += 1;
    const room = this.#options.maxModelLen - turn.promptTokens;
    return {
      id: `load-${this.#requestCount}`,
      arrivedAtMs: turn.arrivedAtMs,
      promptTokens: turn.promptTokens,
      maxTokens: Math.max(1, Math.min(16_384, room)),
      naturalTokens: turn.naturalTokens,
      cacheHints: [
        {key: turn.key, tokens: turn.knownTokens},
        {key: SHARED_PREFIX_KEY, tokens: Math.min(SHARED_PREFIX_TOKENS, turn.promptTokens / 2)},
      ],
      cacheKey: turn.key,
    };
  }
}
