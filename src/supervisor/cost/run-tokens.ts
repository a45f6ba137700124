import type {TokenTotals} from '../../domain/cost/ledger/entries.ts';
import {
  type BenchLoad,
  endTokens,
  followTokens,
  openTokenFollower,
  recallTokenFollower,
  resumeTokenFollower,
  type TokenFollower,
  withOwnRequestEnded,
  withOwnRequestSent,
} from '../../domain/cost/ledger/token-totals.ts';
import type {Observation} from '../snapshot/observation.ts';

type OwnRequestObservation = Extract<Observation, {type: 'own-request-sent' | 'own-request-ended'}>;
type Page = Extract<Observation, {type: 'metrics'}>['sample'];

/** Follows the counters of one run. */
export class RunTokens {
  readonly runId: string;
  #follower: TokenFollower;
  /** The follower is kept in a file, in which a request cannot be a symbol. */
  readonly #ids = new Map<symbol, number>();
  #nextId: number;

  /**
   * `kept` is what an earlier supervisor knew of the run; without it, `booked` is what the ledger has of it. `isWholeRun` is
   * false if it served before it was first followed.
   */
  constructor(runId: string, kept: TokenFollower | null, isWholeRun: boolean, booked: TokenTotals | null = null) {
    this.runId = runId;
    this.#follower =
      kept !== null
        ? recallTokenFollower(kept)
        : booked === null
          ? openTokenFollower(isWholeRun)
          : resumeTokenFollower(booked, isWholeRun);
    this.#nextId = 1 + Math.max(0, ...this.#follower.claims.map(({id}) => id));
  }

  get follower(): TokenFollower {
    return this.#follower;
  }

  /** A request of Gantry to this run was sent, or ended. */
  ownRequest(observation: OwnRequestObservation): void {
    const {key} = observation;
    if (observation.type === 'own-request-sent') {
      const id = this.#nextId++;
      this.#ids.set(key, id);
      this.#follower = withOwnRequestSent(this.#follower, id, observation.expected);
      return;
    }
    const id = this.#ids.get(key);
    this.#ids.delete(key);
    if (id !== undefined) this.#follower = withOwnRequestEnded(this.#follower, id, observation.usage);
  }

  /** A page was read, `elapsedMs` after the one before; null if that is unknown. `load`: whose it is besides clients'. */
  page(page: Page, elapsedMs: number | null, load: BenchLoad = {isBench: false}): void {
    this.#follower = followTokens(this.#follower, page, {...load, elapsedMs});
  }

  /** The run has ended: no page will come. */
  end(load: BenchLoad = {isBench: false}): void {
    this.#follower = endTokens(this.#follower, load);
  }
}
