import {
  followTokens,
  openTokenFollower,
  recallTokenFollower,
  type TokenFollower,
  type TokenPage,
  tokenFollowerSchema,
  withOwnRequestEnded,
  withOwnRequestSent,
} from '../../../../src/domain/cost/ledger/token-totals.ts';
import type {RequestUsage} from '../../../../src/domain/traffic/own-requests/request-claim.ts';
import {absent} from '../../../../src/samples/reading.ts';
import {type TokenKind, tokenKinds} from '../../../../src/samples/token-series.ts';

export type Amounts = Record<TokenKind, number>;
export const noAmounts = (): Amounts => ({prompt: 0, cached: 0, output: 0});

export type Step =
  | {
      readonly type: 'serve';
      readonly core: number;
      readonly prompt: number;
      readonly cached: number;
      readonly output: number;
    }
  | {
      readonly type: 'probe';
      readonly core: number;
      readonly prompt: number;
      readonly cached: number;
      readonly output: number;
    }
  /** Of pages without these series, if any. */
  | {readonly type: 'read'; readonly missing: number | null}
  | {readonly type: 'reset'; readonly core: number}
  /** The supervisor is killed: only what it has written is left. */
  | {readonly type: 'recall'}
  | {readonly type: 'bench'};

/** A request of Gantry uses this at most. */
export const MOST_OF_PROBE = {prompt: 100, output: 16};

/** An engine of several cores, what was truly served by whom, and a follower that is written and read back at every step. */
export class ServedEngine {
  readonly #tellsCreation: boolean;
  readonly #cores: {counts: Amounts; created: number}[];
  readonly truth: Record<'client' | 'own' | 'bench', Amounts> = {
    client: noAmounts(),
    own: noAmounts(),
    bench: noAmounts(),
  };
  follower: TokenFollower = openTokenFollower(true);
  #isBench = false;
  #probe: {readonly id: number; readonly usage: RequestUsage} | null = null;
  #probes = 0;

  constructor(coreCount: number, tellsCreation: boolean) {
    this.#tellsCreation = tellsCreation;
    this.#cores = Array.from({length: coreCount}, (_, core) => ({counts: noAmounts(), created: core}));
  }

  step(step: Step): void {
    switch (step.type) {
      case 'serve':
        this.#count(step.core, this.#isBench ? 'bench' : 'client', step);
        break;
      case 'probe':
        this.#turnProbe(step);
        break;
      case 'read':
        this.read(step.missing);
        break;
      case 'reset':
        this.#reset(step.core);
        break;
      case 'recall':
        this.#probe = null;
        this.follower = recallTokenFollower(this.follower);
        break;
      case 'bench':
        // Who used the growth until now is known only if it was read.
        this.read(null);
        this.#isBench = !this.#isBench;
        break;
    }
    this.follower = tokenFollowerSchema.parse(JSON.parse(JSON.stringify(this.follower)));
  }

  /** The second of the steps sends a request of Gantry that was begun by the first. */
  #turnProbe(step: Extract<Step, {type: 'probe'}>): void {
    if (this.#probe === null) {
      const usage = {
        requests: 1,
        promptTokens: step.prompt,
        cachedPromptTokens: step.cached,
        generatedTokens: step.output,
        finishReason: null,
      } as const;
      const expected = {
        ...usage,
        promptTokens: MOST_OF_PROBE.prompt,
        cachedPromptTokens: null,
        generatedTokens: MOST_OF_PROBE.output,
      };
      this.#probes += 1;
      this.follower = withOwnRequestSent(this.follower, this.#probes, expected);
      this.#probe = {id: this.#probes, usage};
      this.#count(step.core, 'own', step);
      return;
    }
    this.follower = withOwnRequestEnded(this.follower, this.#probe.id, this.#probe.usage);
    this.#probe = null;
  }

  /** Ends what is in flight, and reads twice: what a page did not have is in the next. */
  settle(): void {
    if (this.#probe !== null) this.#turnProbe({type: 'probe', core: 0, ...noAmounts()});
    this.read(null);
    this.read(null);
  }

  read(missing: number | null): void {
    this.follower = followTokens(this.follower, this.#page(missing), {elapsedMs: 1_000, isBench: this.#isBench});
  }

  #count(core: number, source: 'client' | 'own' | 'bench', amounts: Amounts): void {
    const {counts} = this.#cores[core % this.#cores.length] ?? {counts: noAmounts()};
    for (const kind of tokenKinds) {
      counts[kind] += amounts[kind];
      this.truth[source][kind] += amounts[kind];
    }
  }

  /** What was served since the last page is lost with the core. */
  #reset(core: number): void {
    this.read(null);
    const found = this.#cores[core % this.#cores.length];
    if (found === undefined) return;
    found.counts = noAmounts();
    found.created += 100;
    // Where the page does not tell, only a page with lower values shows it.
    if (!this.#tellsCreation) this.read(null);
  }

  #page(missing: number | null): TokenPage {
    const tokenSeries = this.#cores.flatMap(({counts, created}, core) =>
      core === missing
        ? []
        : tokenKinds.map((kind) => ({
            kind,
            key: String(core),
            value: counts[kind],
            createdSeconds: this.#tellsCreation ? created : null,
          })),
    );
    // The order of series is not stable.
    return {
      tokenSeries: this.#probes % 2 === 0 ? tokenSeries : tokenSeries.toReversed(),
      cachedPromptTokensTotal: 1,
      processStartTimeSeconds: absent('several processes count'),
    };
  }
}
